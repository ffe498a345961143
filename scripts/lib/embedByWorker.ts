import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Progress } from "../../trainer/console/progress.ts";
import { listImages } from "../../trainer/data/layouts/recognise.ts";
import { type Skipped, skippedLines } from "../../trainer/data/skipped.ts";
import { UserError } from "../../trainer/error.ts";
import { FileRefused, WorkerClient } from "./worker.ts";

/** Embeddings of a folder's images, and which image each belongs to. */
export interface FolderEmbeddings {
  /** Name and version of the model. */
  model: string;
  version: string;
  /** n * d values, row by row. */
  embeddings: Float32Array;
  d: number;
  rows: { path: string; class: string }[];
}

/** How much is sent in one request. */
const FILES_AT_ONCE = 16;
const BYTES_AT_ONCE = 7_500_000;

interface File {
  path: string;
  className: string;
  bytes: Uint8Array<ArrayBuffer>;
}

/** The files of a folder in the order of their paths, in groups that fit into a request. */
async function* batches(folder: string, records: { path: string; className: string }[]) {
  let batch: File[] = [];
  let size = 0;
  for (const { path, className } of records) {
    const bytes = new Uint8Array(await readFile(join(folder, path)));
    if (
      batch.length === FILES_AT_ONCE ||
      (batch.length > 0 && size + bytes.length > BYTES_AT_ONCE)
    ) {
      yield batch;
      batch = [];
      size = 0;
    }
    batch.push({ path, className, bytes });
    size += bytes.length;
  }
  if (batch.length > 0) yield batch;
}

/**
 * Sends the image files of a folder to a running Worker. Files that the Worker refuses are left out.
 *
 * @param model name or name@version; if not given, the Worker chooses
 * @param say prints a line for a person
 * @throws UserError if the folder is wrong, if the Worker refuses, or when aborted
 */
export async function embedByWorker(
  folder: string,
  { url, key, model }: { url: URL; key?: string; model?: string },
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<FolderEmbeddings> {
  const { records, remarks } = await listImages(folder);
  for (const line of remarks) say(line);
  records.sort((a, b) => (a.path < b.path ? -1 : 1));
  const skipped: Skipped[] = [];
  const rows: FolderEmbeddings["rows"] = [];
  const parts: Float32Array[] = [];
  let client = new WorkerClient(url, key, model);
  let served: { model: string; version: string; d: number } | undefined;
  let done = 0;
  const progress = new Progress("embedding", "images", records.length);
  try {
    for await (const batch of batches(folder, records)) {
      done += batch.length;
      while (batch.length > 0) {
        if (signal.aborted) throw new UserError("stopped; nothing was written");
        try {
          const answer = await client.embed(batch.map(({ bytes }) => bytes));
          // Another version may be promoted meanwhile; all rows must come from the first one.
          if (!served) client = new WorkerClient(url, key, `${answer.model}@${answer.version}`);
          served ??= answer;
          parts.push(answer.embeddings);
          rows.push(...batch.map(({ path, className }) => ({ path, class: className })));
          break;
        } catch (error) {
          if (!(error instanceof FileRefused)) throw error;
          const [refused] = batch.splice(error.file, 1);
          if (!refused) throw new UserError(`the Worker refused a file not sent: ${error.message}`);
          // The message begins with the file's place in the request.
          const reason = error.message.replace(/^files\[\d+\] /, "");
          skipped.push({ path: refused.path, reason });
        }
      }
      progress.update(done);
    }
  } finally {
    progress.stop();
  }
  for (const line of skippedLines(skipped)) say(line);
  if (!served) throw new UserError(`${folder} holds no image that the Worker can embed`);
  const { d, version } = served;
  const embeddings = new Float32Array(rows.length * d);
  let at = 0;
  for (const part of parts) {
    embeddings.set(part, at);
    at += part.length;
  }
  return { model: served.model, version, embeddings, d, rows };
}
