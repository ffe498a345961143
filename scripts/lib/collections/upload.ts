import type { Skipped } from "../../../trainer/data/skipped.ts";
import type { File } from "./batches.ts";
import { type CollectionClient, Refused } from "./client.ts";

/** What has become of the files of a folder. */
export class Tally {
  created = 0;
  replaced = 0;
  /** Files that the collection held already. */
  there = 0;
  readonly skipped: Skipped[] = [];

  get sent(): number {
    return this.created + this.replaced;
  }

  get done(): number {
    return this.sent + this.there + this.skipped.length;
  }
}

/**
 * Writes files as items, and counts them.
 *
 * @throws Refused if the collection is full, or the Worker refuses the request for another reason than a file
 */
export async function upload(
  client: CollectionClient,
  files: readonly File[],
  tally: Tally,
): Promise<void> {
  const answer = await client.write(files).catch((error: unknown) => {
    // The Worker may take less in a request than is usual.
    if (error instanceof Refused && error.code === "body_too_large") return error;
    throw error;
  });
  if (answer instanceof Refused) {
    const [only] = files;
    if (files.length === 1 && only) {
      tally.skipped.push({ path: only.path, reason: answer.message });
      return;
    }
    const middle = Math.ceil(files.length / 2);
    await upload(client, files.slice(0, middle), tally);
    await upload(client, files.slice(middle), tally);
    return;
  }
  for (const result of answer.results) if (result) tally[result.status] += 1;
  for (const { index, code, message } of answer.errors) {
    if (code === "collection_full") throw new Refused(`the Worker answered 507: ${message}`, code);
    const path = files[index]?.path ?? `file ${index} of a request`;
    // The message begins with the file's place in the request.
    tally.skipped.push({ path, reason: message.replace(/^files\[\d+\] /, "") });
  }
}
