import { createHash } from "node:crypto";
import { pipeline, type Readable } from "node:stream";
import { type Extract, extract, type Header } from "tar-stream";
import { type DatasetEntry, keySchema } from "../../../shared/dataset/dataset.ts";
import { UserError } from "../../error.ts";

/** What a shard is said to be. */
export interface ShardContents {
  sha256: string;
  bytes: number;
  /** Those of its images that the version has. */
  entries: readonly DatasetEntry[];
}

/** An image of a shard, checked. */
export interface ReadImage {
  entry: DatasetEntry;
  bytes: Buffer;
}

type Refuse = (entry: string, reason: string) => UserError;

/** A file of an archive. */
type Source = Extract extends AsyncIterable<infer T> ? T : never;

/** @throws UserError if the header is of something that no shard may hold */
function checkHeader(refuse: Refuse, { name, type, size }: Header, left: number): void {
  if (type !== "file") throw refuse(name, `is a ${type}, not a file`);
  if (!keySchema.safeParse(name).success) {
    throw refuse(name, "is not a path below the folder, with /, without . and ..");
  }
  if (size > left) {
    throw refuse(name, `claims ${size} bytes where the shard has ${left} left`);
  }
}

/**
 * Reads the images of a shard that a version has, one at a time. A shard may hold others that the version has no
 * longer: these are passed over.
 *
 * @param source the bytes of the shard
 * @throws UserError that names the shard and the entry, if anything in it is not as the version says
 */
export async function* readShard(
  source: Readable,
  { sha256, bytes: total, entries }: ShardContents,
): AsyncGenerator<ReadImage> {
  const shard = `shard ${sha256.slice(0, 16)}`;
  const refuse: Refuse = (entry, reason) =>
    new UserError(`${shard}: ${JSON.stringify(entry)} ${reason}; the shard is refused`);
  const wanted = new Map(entries.map((entry) => [entry.key, entry]));
  const seen = new Set<string>();
  const hash = createHash("sha256");
  let arrived = 0;
  const tar = extract();
  async function* counted() {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      arrived += chunk.length;
      if (arrived > total) {
        throw new UserError(`${shard} is longer than the ${total} bytes that its index states`);
      }
      hash.update(chunk);
      yield chunk;
    }
  }
  let fault: unknown = null;
  const flowed = new Promise<void>((resolve) => {
    pipeline(counted, tar, (error) => {
      fault = error;
      resolve();
    });
  });
  let place = 0;
  try {
    for await (const file of tar) {
      const { name, size } = file.header;
      checkHeader(refuse, file.header, total - place);
      place += size;
      if (seen.has(name)) throw refuse(name, "occurs twice");
      seen.add(name);
      const entry = wanted.get(name);
      if (!entry) {
        file.resume();
        continue;
      }
      yield { entry, bytes: await readImage(file, entry, refuse) };
    }
  } catch (error) {
    if (error instanceof UserError) throw error;
    await flowed;
    if (fault instanceof UserError) throw fault;
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(`${shard} is not a tar archive to its end: ${reason}`);
  }
  await flowed;
  if (arrived !== total) {
    throw new UserError(`${shard} has ${arrived} bytes instead of the ${total} of its index`);
  }
  if (hash.digest("hex") !== sha256) {
    throw new UserError(`${shard} has another SHA-256 than its index states; it is damaged`);
  }
  const missing = entries.find(({ key }) => !seen.has(key));
  if (missing) throw refuse(missing.key, "is not in it");
}

async function readImage(
  file: Source,
  { key, bytes, sha256 }: DatasetEntry,
  refuse: Refuse,
): Promise<Buffer> {
  if (file.header.size !== bytes) {
    throw refuse(key, `has ${file.header.size} bytes instead of ${bytes}`);
  }
  const chunks: Buffer[] = [];
  for await (const chunk of file as AsyncIterable<Buffer>) chunks.push(chunk);
  const content = Buffer.concat(chunks);
  if (createHash("sha256").update(content).digest("hex") !== sha256) {
    throw refuse(key, "has another SHA-256 than its entry states");
  }
  return content;
}
