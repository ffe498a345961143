import { Progress } from "../../../trainer/console/progress.ts";
import { UserError } from "../../../trainer/error.ts";
import type { Metadata } from "../../../workers/protocol/metadata.ts";
import type { CollectionClient, Page } from "./client.ts";

/** Items of a page, whose embeddings come along. */
const PAGE = 500;

/** All embeddings of a collection, and the item of each. */
export interface CollectionEmbeddings {
  model: string;
  version: string;
  /** n * d values, row by row. */
  embeddings: Float32Array;
  d: number;
  rows: { id: string; metadata: Metadata }[];
}

/** Little-endian float32 values of base64. */
function readFloats(embedding: string | number[] | undefined): Float32Array {
  const bytes = Buffer.from(typeof embedding === "string" ? embedding : "", "base64");
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
}

function join(parts: Float32Array[], d: number): Float32Array {
  const all = new Float32Array(parts.length * d);
  parts.forEach((part, at) => {
    all.set(part, at * d);
  });
  return all;
}

/**
 * Reads all embeddings of a collection, page by page. If the collection moves to another version meanwhile, begins
 * anew, because embeddings of different versions must not be compared.
 *
 * @throws UserError if the collection is empty or does not exist, the Worker does not answer, or when aborted
 */
export async function exportCollection(
  client: CollectionClient,
  signal: AbortSignal,
): Promise<CollectionEmbeddings> {
  const collection = await client.find();
  if (!collection) throw new UserError(`there is no collection ${client.name}`);
  if (collection.count === 0) throw new UserError(`the collection ${client.name} is empty`);
  const progress = new Progress("exporting", "items", collection.count);
  const parts: Float32Array[] = [];
  const rows: CollectionEmbeddings["rows"] = [];
  let page: Page | undefined;
  try {
    while (page?.next !== null) {
      if (signal.aborted) throw new UserError("stopped; nothing was written");
      const next: Page = await client.list(page?.next ?? null, PAGE, "embedding");
      if (page && page.version !== next.version) {
        page = undefined;
        parts.length = 0;
        rows.length = 0;
        continue;
      }
      page = next;
      for (const { id, metadata, embedding } of page.items) {
        parts.push(readFloats(embedding));
        rows.push({ id, metadata });
      }
      progress.update(rows.length);
    }
  } finally {
    progress.stop();
  }
  const d = parts[0]?.length ?? 0;
  if (d === 0 || parts.some((part) => part.length !== d)) {
    throw new UserError(
      `${client.url.href} does not answer as the API does: embeddings are missing`,
    );
  }
  const { model, version } = page;
  return { model, version, embeddings: join(parts, d), d, rows };
}
