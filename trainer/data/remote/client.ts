import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { Readable } from "node:stream";
import * as z from "zod";
import {
  type DatasetEntry,
  type DatasetIndex,
  datasetNameSchema,
  datasetVersionSchema,
  entrySchema,
  indexSchema,
} from "../../../shared/dataset/dataset.ts";
import { firstIssue } from "../../../shared/firstIssue.ts";
import { parseJson } from "../../../shared/json.ts";
import { UserError } from "../../error.ts";
import { linesOf } from "../lines.ts";
import { Passing, PATIENCE, type Patience, withPatience } from "./patience.ts";

const errorSchema = z.object({ error: z.object({ message: z.string() }) });

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

/** What is asked of the registry, beside the path. */
interface Question {
  method?: "HEAD" | "PUT" | "POST" | "DELETE";
  body?: Uint8Array<ArrayBuffer>;
  headers?: Record<string, string>;
  /** Statuses that are answers, besides those of success. */
  also?: readonly number[];
}

const shardsOf = (name: string, sha256: string) => `/datasets/${name}/shards/${sha256}`;

/**
 * Gives work a signal that aborts with another and does not outlive the work. `fetch` leaves its listener behind until
 * the garbage is collected, so that a signal for very many requests would gather as many.
 */
async function withOwnSignal<T>(
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const own = new AbortController();
  const abort = () => own.abort(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await work(own.signal);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** How long the server asks to wait, in milliseconds. */
function retryAfterMs(response: Response): number | null {
  const seconds = Number(response.headers.get("retry-after") ?? NaN);
  return seconds >= 0 ? 1000 * seconds : null;
}

/**
 * The data sets of a registry, over its HTTP API. Asks again after failures that may pass.
 *
 * @throws UserError with the registry's own words if it refuses
 */
export class DatasetClient {
  constructor(
    private readonly url: string,
    private readonly token: string,
    private readonly signal: AbortSignal,
    private readonly patience: Patience = PATIENCE,
  ) {}

  async list(): Promise<DatasetSummary[]> {
    return (await this.json("/datasets", listSchema)).datasets;
  }

  /** @returns null if there is no such data set */
  async show(name: string): Promise<DatasetVersions | null> {
    const path = `/datasets/${name}`;
    return this.ask(path, { also: [404] }, async (response) =>
      response.status === 404 ? null : this.parse(path, datasetSchema, await this.text(response)),
    );
  }

  async index(name: string, version: string): Promise<DatasetIndex> {
    const path = `/datasets/${name}/${version}`;
    return this.ask(path, {}, async (response) => {
      const { success, data } = z
        .looseObject({ version: z.string(), created: z.string() })
        .safeParse(parseJson(await this.text(response)));
      const { version: _, created: __, ...index } = data ?? {};
      if (!success) throw this.strange(path, "it has no version");
      const parsed = indexSchema.safeParse(index);
      if (!parsed.success) throw this.strange(path, this.issue(parsed.error));
      return parsed.data;
    });
  }

  /** The entries of a version, checked against the digest of its index. */
  async entries(name: string, version: string, index: DatasetIndex): Promise<DatasetEntry[]> {
    const path = `/datasets/${name}/${version}/entries`;
    return this.ask(path, {}, async (response) => {
      const entries: DatasetEntry[] = [];
      const hash = createHash("sha256");
      for await (const line of linesOf(this.chunks(response))) {
        if (entries.length === index.images) throw this.strange(path, "it has too many entries");
        hash.update(`${line}\n`);
        const parsed = entrySchema.safeParse(parseJson(line));
        if (!parsed.success) {
          throw this.strange(path, `line ${entries.length + 1}: ${this.issue(parsed.error)}`);
        }
        entries.push(parsed.data);
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

  async hasShard(name: string, sha256: string): Promise<boolean> {
    const question = { method: "HEAD", also: [404] } as const;
    return this.ask(shardsOf(name, sha256), question, ({ status }) =>
      Promise.resolve(status !== 404),
    );
  }

  async putShard(name: string, sha256: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const headers = { "content-type": "application/x-tar" };
    await this.ask(
      shardsOf(name, sha256),
      { method: "PUT", body: bytes, headers },
      async (response) => {
        await this.text(response);
      },
    );
  }

  /**
   * Writes a shard to a file.
   *
   * @param arrived called with the bytes that have come, or with less than before where it starts again
   * @throws UserError if the shard is not what the index states; the file is then of no use
   */
  async downloadShard(
    name: string,
    { sha256, bytes }: ShardName,
    path: string,
    arrived: (bytes: number) => void,
  ): Promise<void> {
    const shard = `shard ${sha256.slice(0, 16)}`;
    await this.ask(shardsOf(name, sha256), {}, async (response) => {
      const file = await open(path, "w");
      try {
        const hash = createHash("sha256");
        let length = 0;
        for await (const chunk of this.chunks(response)) {
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
          throw new Passing(`${shard} of ${name} ended after ${length} of ${bytes} bytes`);
        }
        if (hash.digest("hex") !== sha256) {
          throw new UserError(
            `${shard} of ${name} has another SHA-256 than its name states; it is damaged in the registry: remove the versions that have it, and push the folder again`,
          );
        }
      } finally {
        await file.close();
      }
    });
  }

  /**
   * Makes a version.
   *
   * @param body the line of the index, then those of the entries, compressed by gzip
   */
  async create(
    name: string,
    body: Uint8Array<ArrayBuffer>,
  ): Promise<{ version: string; isNew: boolean }> {
    const path = `/datasets/${name}`;
    const headers = { "content-type": "application/x-ndjson", "content-encoding": "gzip" };
    return this.ask(path, { method: "POST", body, headers }, async (response) => {
      const { version } = this.parse(path, createdSchema, await this.text(response));
      return { version, isNew: response.status === 201 };
    });
  }

  async remove(name: string, version: string): Promise<void> {
    await this.ask(`/datasets/${name}/${version}`, { method: "DELETE" }, async (response) => {
      await this.text(response);
    });
  }

  private json<T>(path: string, schema: z.ZodType<T>): Promise<T> {
    return this.ask(path, {}, async (response) =>
      this.parse(path, schema, await this.text(response)),
    );
  }

  private async ask<T>(
    path: string,
    { method, body, headers = {}, also = [] }: Question,
    read: (response: Response) => Promise<T>,
  ): Promise<T> {
    const work = async (signal: AbortSignal) => {
      const response = await fetch(new URL(path, this.url), {
        method,
        body,
        headers: { ...headers, authorization: `Bearer ${this.token}` },
        signal,
      }).catch((error: unknown) => {
        throw this.broken("does not answer", error);
      });
      if (response.ok || also.includes(response.status)) return read(response);
      const text = await this.text(response);
      const parsed = errorSchema.safeParse(parseJson(text));
      const reason = parsed.success ? parsed.data.error.message : text.slice(0, 200);
      const said = `the registry answered ${response.status} to ${path}: ${reason}`;
      if (response.status === 429 || response.status >= 500) {
        throw new Passing(said, retryAfterMs(response));
      }
      throw new UserError(said);
    };
    const attempt = () => withOwnSignal(this.signal, work);
    return withPatience(this.patience, this.signal, attempt).catch((error: unknown) => {
      if (!(error instanceof Passing)) throw error;
      throw new UserError(`${error.message} (tried ${this.patience.attempts} times)`);
    });
  }

  private async *chunks(response: Response): AsyncGenerator<Buffer> {
    if (!response.body) return;
    try {
      for await (const chunk of Readable.fromWeb(response.body) as AsyncIterable<Buffer>) {
        yield chunk;
      }
    } catch (error) {
      if (error instanceof UserError) throw error;
      throw this.broken("broke off its answer", error);
    }
  }

  private text(response: Response): Promise<string> {
    return response.text().catch((error: unknown) => {
      throw this.broken("broke off its answer", error);
    });
  }

  private broken(what: string, error: unknown): Error {
    this.signal.throwIfAborted();
    const { cause } = error instanceof Error ? error : {};
    const reason = cause instanceof Error ? cause.message : String(error);
    return new Passing(`the registry at ${this.url} ${what}: ${reason}`);
  }

  private parse<T>(path: string, schema: z.ZodType<T>, text: string): T {
    const parsed = schema.safeParse(parseJson(text));
    if (parsed.success) return parsed.data;
    throw this.strange(path, this.issue(parsed.error));
  }

  private issue(error: z.ZodError): string {
    const { path, message } = firstIssue(error);
    return [path.map(String).join("."), message].filter((part) => part !== "").join(": ");
  }

  private strange(path: string, reason: string): UserError {
    return new UserError(`${this.url} does not answer ${path} as a registry does: ${reason}`);
  }
}
