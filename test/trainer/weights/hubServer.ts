import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import * as z from "zod";
import { LocalServer } from "../../localServer.ts";

interface Repository {
  /** By branch. */
  commits: Record<string, string>;
  files: Record<string, Buffer>;
  /** Who may read it; null: everybody. */
  token: string | null;
  gated: boolean;
}

const hex = (algorithm: string, ...parts: (string | Buffer)[]) =>
  parts.reduce((hash, part) => hash.update(part), createHash(algorithm)).digest("hex");

export const sha256 = (bytes: Buffer): string => hex("sha256", bytes);
export const gitSha1 = (bytes: Buffer): string => hex("sha1", `blob ${bytes.length}\0`, bytes);

/** Large files are kept elsewhere, and named by another digest. */
const isLarge = (path: string) => path.endsWith(".safetensors");

/** The part of the hub that is documented for reading models: repositories, their files, and where these lie. */
export class HubServer extends LocalServer {
  readonly repositories = new Map<string, Repository>();
  /** Method and path of each request, with the range of bytes. */
  readonly asked: string[] = [];
  /** Authorization headers that the store of large files was sent. */
  readonly leaked: string[] = [];
  /** The next answers of the store: how many bytes come before the connection breaks. */
  breaks: number[] = [];
  /** The next answers of all: statuses. */
  failures: number[] = [];
  /** What the store sends instead of the right bytes. */
  damage: ((bytes: Buffer) => Buffer) | null = null;
  /** Instead of the right commits and digests. */
  claimedCommit: string | null = null;
  claimedDigest: string | null = null;
  /** Instead of the right size of files. */
  claimedBytes: number | null = null;

  add(name: string, files: Record<string, Buffer>, token: string | null = null, gated = false) {
    const commit = hex("sha1", name);
    this.repositories.set(name, { commits: { main: commit }, files, token, gated });
    return commit;
  }

  protected override async answer(request: IncomingMessage, response: ServerResponse) {
    const { method = "", url = "", headers } = request;
    this.asked.push([method, url.replace(/\?.*/, ""), headers.range].filter(Boolean).join(" "));
    const failure = this.failures.shift();
    if (failure !== undefined) return void response.writeHead(failure).end();
    const refuse = (status: number, code: string) =>
      void response.writeHead(status, { "x-error-code": code, "x-error-message": code }).end();
    const { pathname } = new URL(url, "http://hub");
    const stored = /^\/store\/(\w+\/\S+?)\/file\/(.+)$/.exec(pathname);
    if (stored) {
      if (headers.authorization !== undefined) this.leaked.push(headers.authorization);
      const bytes = this.repositories.get(stored[1])?.files[stored[2]];
      if (bytes) return this.send(bytes, request, response);
    }
    const api = /^\/api\/models\/([^/]+\/[^/]+)\/(revision|paths-info)\/([^/]+)$/.exec(pathname);
    const resolved = /^\/([^/]+\/[^/]+)\/resolve\/([^/]+)\/(.+)$/.exec(pathname);
    const [name, revision] = api ? [api[1], api[3]] : [resolved?.[1] ?? "", resolved?.[2] ?? ""];
    const repository = this.repositories.get(name);
    const bearer = headers.authorization?.replace(/^Bearer /, "") ?? null;
    if (!repository) return refuse(bearer === null ? 401 : 404, "RepoNotFound");
    const mayRead = repository.token === null || repository.token === bearer;
    // What a gated repository is, everybody may know; not what its files hold.
    if (!mayRead && !repository.gated) return refuse(bearer === null ? 401 : 404, "RepoNotFound");
    const commit =
      repository.commits[revision] ??
      (Object.values(repository.commits).includes(revision) ? revision : undefined);
    if (commit === undefined) return refuse(404, "RevisionNotFound");
    if (api?.[2] === "revision") {
      const info = {
        _id: "0",
        id: name,
        sha: this.claimedCommit ?? commit,
        private: false,
        gated: false,
      };
      return void response.end(JSON.stringify({ ...info, lastModified: "2026-01-01T00:00:00Z" }));
    }
    if (api) {
      const { paths } = z
        .object({ paths: z.array(z.string()) })
        .parse(JSON.parse(await text(request)));
      const found = paths.flatMap((path) => {
        const bytes = repository.files[path];
        if (!bytes) return [];
        const size = this.claimedBytes ?? bytes.length;
        const lfs = isLarge(path)
          ? { lfs: { oid: this.claimedDigest ?? sha256(bytes), size, pointerSize: 130 } }
          : {};
        return [{ type: "file", path, size, oid: gitSha1(bytes), ...lfs }];
      });
      response.setHeader("content-type", "application/json");
      return void response.end(JSON.stringify(found));
    }
    if (!mayRead) return refuse(bearer === null ? 401 : 403, "GatedRepo");
    const path = resolved?.[3] ?? "";
    const bytes = repository.files[path];
    if (!bytes) return refuse(404, "EntryNotFound");
    response.setHeader("x-repo-commit", commit);
    if (!isLarge(path)) return this.send(bytes, request, response);
    // Another origin: a client must not send it the token.
    const { port } = new URL(`http://${headers.host}`);
    const location = `http://localhost:${port}/store/${name}/file/${path}`;
    const linked = { "x-linked-etag": `"${sha256(bytes)}"`, "x-linked-size": bytes.length };
    response.writeHead(302, { location, ...linked }).end();
  }

  private send(right: Buffer, request: IncomingMessage, response: ServerResponse): void {
    const bytes = this.damage?.(right) ?? right;
    const [, from = "0", to = ""] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "") ?? [];
    const part = bytes.subarray(Number(from), to === "" ? undefined : Number(to) + 1);
    const range = `bytes ${from}-${Number(from) + part.length - 1}/${bytes.length}`;
    const isPart = request.headers.range !== undefined;
    response.writeHead(isPart ? 206 : 200, {
      "content-length": part.length,
      etag: `"${gitSha1(right)}"`,
      ...(isPart && { "content-range": range }),
    });
    const breaksAt = part.length > 1 ? this.breaks.shift() : undefined;
    if (breaksAt === undefined) response.end(part);
    else response.write(part.subarray(0, breaksAt), () => response.destroy());
  }
}
