import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import {
  contentsLine,
  type DatasetEntry,
  type DatasetIndex,
  datasetVersion,
  entrySchema,
  indexSchema,
} from "../../shared/dataset/dataset.ts";
import { LocalServer } from "../localServer.ts";

/** The data sets of a registry in memory, which can be damaged and can fail. */
export class Registry extends LocalServer {
  readonly shards = new Map<string, Buffer>();
  readonly versions = new Map<string, { index: DatasetIndex; entries: string }>();
  /** By the name of the data set. */
  readonly latest = new Map<string, string>();
  /** Method and path of each request. */
  readonly asked: string[] = [];
  /** Answers in place of the registry; returns false where it does not. */
  instead: (asked: string, response: ServerResponse) => boolean = () => false;
  shard(sha256: string): Buffer {
    const bytes = this.shards.get(sha256);
    if (!bytes) throw new Error(`there is no shard ${sha256}`);
    return bytes;
  }

  version(version: string): { index: DatasetIndex; entries: string } {
    const found = this.versions.get(version);
    if (!found) throw new Error(`there is no version ${version}`);
    return found;
  }

  /** How often requests were made that begin so. */
  count(start: string): number {
    return this.asked.filter((asked) => asked.startsWith(start)).length;
  }

  protected async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "", url = "" } = request;
    const asked = `${method} ${url}`;
    const body = await buffer(request);
    this.asked.push(asked);
    if (this.instead(asked, response)) return;
    const send = (status: number, value: unknown) => {
      response.writeHead(status).end(JSON.stringify(value));
    };
    const missing = () => send(404, { error: { code: "unknown", message: "there is none" } });
    const [, , name = "", part, last] = url.split("/");
    if (part === "shards" && last !== undefined) {
      const shard = this.shards.get(last);
      if (method === "PUT") {
        if (createHash("sha256").update(body).digest("hex") !== last) throw new Error("digest");
        this.shards.set(last, body);
        send(201, {});
      } else if (shard) response.writeHead(200, { "content-length": shard.length }).end(shard);
      else missing();
    } else if (method === "POST") send(201, { name, version: await this.make(body) });
    else if (part === undefined) {
      const latest = this.latest.get(name);
      if (latest === undefined) return missing();
      const own = Array.from(this.versions).filter(([, { index }]) => index.name === name);
      const versions = own.map(([version, { index }]) => {
        const { images, classes, bytes } = index;
        return { version, images, classes, bytes, created: new Date(0).toISOString() };
      });
      send(200, { name, latest, versions });
    } else {
      const found = this.versions.get(part);
      if (!found) missing();
      else if (last === "entries") response.writeHead(200).end(found.entries);
      else send(200, { ...found.index, version: part, created: new Date(0).toISOString() });
    }
  }

  private async make(body: Buffer): Promise<string> {
    const [first = "", ...lines] = gunzipSync(body).toString().trimEnd().split("\n");
    const index = indexSchema.parse(JSON.parse(first));
    const entries: DatasetEntry[] = lines.map((line) => entrySchema.parse(JSON.parse(line)));
    for (const { sha256 } of index.shards) if (!this.shards.has(sha256)) throw new Error(sha256);
    const contents = createHash("sha256").update(entries.map(contentsLine).join("")).digest("hex");
    const version = await datasetVersion(index, contents);
    this.versions.set(version, { index, entries: lines.map((line) => `${line}\n`).join("") });
    this.latest.set(index.name, version);
    return version;
  }
}
