import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import * as z from "zod";
import {
  type DatasetEntry,
  type DatasetIndex,
  datasetNameSchema,
  datasetVersionSchema,
  entrySchema,
  indexSchema,
} from "../../shared/dataset/dataset.ts";
import { parseJson } from "../../shared/json.ts";
import { linesOf } from "../data/lines.ts";
import { UserError } from "../error.ts";
import { type Access, ask, Refused } from "./ask.ts";
import { Passing } from "./patience.ts";

const summarySchema = z.object({
  name: datasetNameSchema,
  latest: datasetVersionSchema.nullable(),
});
const listSchema = z.object({ datasets: z.array(summarySchema) });

const datasetSchema = summarySchema.extend({
  versions: z.array(
    z.object({
      version: datasetVersionSchema,
      images: z.int(),
      classes: z.int(),
      bytes: z.int(),
      created: z.string(),
    }),
  ),
});

const createdSchema = z.object({ version: datasetVersionSchema });

export type DatasetSummary = z.infer<typeof summarySchema>;
export type DatasetVersions = z.infer<typeof datasetSchema>;

/** A shard, as an index names it. */
export type ShardName = DatasetIndex["shards"][number];

const versionedSchema = z.looseObject({ version: z.string(), created: z.string() });

/** What to do about a shard that the registry has not, or not whole. */
const REMEDY = "remove the versions that have it, and push the folder again";

const shardsOf = (name: string, sha256: string) => `/datasets/${name}/shards/${sha256}`;

/** The data sets of a registry, over its HTTP API. @throws Refused, Unanswered */
export class DatasetClient {
  constructor(private readonly access: Access) {}

  list(): Promise<DatasetSummary[]> {
    return ask(this.access, "/datasets", {}, async (answer) => {
      return (await answer.json(listSchema)).datasets;
    });
  }

  /** @returns null if there is no such data set */
  show(name: string): Promise<DatasetVersions | null> {
    return ask(this.access, `/datasets/${name}`, { also: [404] }, async (answer) =>
      answer.status === 404 ? null : answer.json(datasetSchema),
    );
  }

  index(name: string, version: string): Promise<DatasetIndex> {
    return ask(this.access, `/datasets/${name}/${version}`, {}, async (answer) => {
      const { version: _, created: __, ...index } = await answer.json(versionedSchema);
      return answer.parse(indexSchema, index);
    });
  }

  /** The entries of a version, checked against the digest of its index. */
  entries(name: string, version: string, index: DatasetIndex): Promise<DatasetEntry[]> {
    const path = `/datasets/${name}/${version}/entries`;
    return ask(this.access, path, {}, async (answer) => {
      const entries: DatasetEntry[] = [];
      const hash = createHash("sha256");
      for await (const line of linesOf(answer.chunks())) {
        if (entries.length === index.images) throw answer.strange("it has too many entries");
        hash.update(`${line}\n`);
        entries.push(answer.parse(entrySchema, parseJson(line), `line ${entries.length + 1}`));
      }
      // A connection that ends early has no other sign where the server does not state a length.
      if (hash.digest("hex") !== index.entries) {
        throw new Passing(
          `the registry's answer to ${path} has another SHA-256 than the index states`,
        );
      }
      return entries;
    });
  }

  hasShard(name: string, sha256: string): Promise<boolean> {
    const question = { method: "HEAD", also: [404] } as const;
    return ask(this.access, shardsOf(name, sha256), question, ({ status }) =>
      Promise.resolve(status !== 404),
    );
  }

  async putShard(name: string, sha256: string, body: Uint8Array<ArrayBuffer>): Promise<void> {
    const headers = { "content-type": "application/x-tar" };
    const question = { method: "PUT", body, headers } as const;
    await ask(this.access, shardsOf(name, sha256), question, (answer) => answer.text());
  }

  /**
   * Writes a shard to a file.
   *
   * @param arrived called with the bytes that have come, or with less than before where it starts again
   * @throws UserError if the shard is not what the index states, or is gone; the file is then of no use
   */
  async downloadShard(
    name: string,
    { sha256, bytes }: ShardName,
    path: string,
    arrived: (bytes: number) => void,
  ): Promise<void> {
    const shard = `shard ${sha256.slice(0, 16)}`;
    await ask(this.access, shardsOf(name, sha256), {}, async (answer) => {
      const file = await open(path, "w");
      try {
        const hash = createHash("sha256");
        let length = 0;
        for await (const chunk of answer.chunks()) {
          length += chunk.length;
          if (length > bytes) {
            throw new UserError(
              `${shard} of ${name} is longer than the ${bytes} bytes that its index states`,
            );
          }
          hash.update(chunk);
          await file.writeFile(chunk);
          arrived(length);
        }
        if (length < bytes) {
          const problem = `${shard} of ${name} ended after ${length} of ${bytes} bytes`;
          // A connection that ends early has no other sign where the length is not stated.
          if (answer.header("content-length") !== String(length)) throw new Passing(problem);
          throw new UserError(`${problem}; it is damaged in the registry: ${REMEDY}`);
        }
        if (hash.digest("hex") !== sha256) {
          throw new UserError(
            `${shard} of ${name} has another SHA-256 than its name states; it is damaged in the registry: ${REMEDY}`,
          );
        }
      } finally {
        await file.close();
      }
    }).catch((error: unknown) => {
      if (!(error instanceof Refused && error.code === "unknown_shard")) throw error;
      throw new UserError(`${shard} of ${name} is gone from the registry: ${REMEDY}`);
    });
  }

  /**
   * Makes a version.
   *
   * @param body the line of the index, then those of the entries, compressed by gzip
   */
  create(
    name: string,
    body: Uint8Array<ArrayBuffer>,
  ): Promise<{ version: string; isNew: boolean }> {
    const headers = { "content-type": "application/x-ndjson", "content-encoding": "gzip" };
    const question = { method: "POST", body, headers } as const;
    return ask(this.access, `/datasets/${name}`, question, async (answer) => {
      const { version } = await answer.json(createdSchema);
      return { version, isNew: answer.status === 201 };
    });
  }

  async remove(name: string, version: string): Promise<void> {
    const path = `/datasets/${name}/${version}`;
    await ask(this.access, path, { method: "DELETE" }, (answer) => answer.text());
  }
}
