import { downloadFile, modelInfo, pathsInfo } from "@huggingface/hub";
import * as z from "zod";
import { UserError } from "../../error.ts";
import { reasonOfFault } from "../../registry/fault.ts";
import { Passing } from "../../registry/patience.ts";
import { Silence } from "../../registry/silence.ts";
import { commitSchema } from "./cache.ts";
import { digestSchema } from "./digest.ts";
import type { HubSettings } from "./settings.ts";

/** How long an answer may take to begin. */
const SILENCE_MS = 30_000;

/** The hub cannot be reached. */
export class Unreachable extends Passing {
  override name = "Unreachable";
}

/** A file of a repository at a commit. */
export interface HubFile {
  /** SHA-256 of the content, or Git's SHA-1 of it. */
  digest: string;
  bytes: number;
  /** The content from a byte on. */
  read(from: number): ReadableStream<Uint8Array>;
}

const WITH_TOKEN =
  "put a token of your account (https://huggingface.co/settings/tokens) into HF_TOKEN";

/** Speaks to Hugging Face's hub about one repository, through its own client. */
export class Repository {
  private readonly access: { hubUrl: string; accessToken?: string; fetch: typeof fetch };

  /** @param name such as timm/mobilenetv2_100.ra_in1k */
  constructor(
    private readonly settings: HubSettings,
    readonly name: string,
    signal: AbortSignal,
  ) {
    const { url, token } = settings;
    const asking: typeof fetch = async (address, init) => {
      const hurry = new AbortController();
      const silence = new Silence(SILENCE_MS, (reason) => hurry.abort(reason));
      silence.listen();
      const response = await fetch(address, {
        ...init,
        signal: AbortSignal.any([signal, hurry.signal]),
      })
        .catch((error: unknown) => {
          signal.throwIfAborted();
          throw new Unreachable(`${url} cannot be reached: ${reasonOfFault(error)}`);
        })
        .finally(() => silence.rest());
      this.check(response);
      return response;
    };
    this.access = { hubUrl: url, fetch: asking, ...(token !== null && { accessToken: token }) };
  }

  /**
   * The commit of a branch, a tag or a commit.
   *
   * @throws UserError if there is none, or no access; Unreachable; Passing
   */
  async commit(revision: string): Promise<string> {
    const info = await modelInfo({
      ...this.access,
      name: this.name,
      revision,
      additionalFields: ["sha"],
    });
    return this.expect(commitSchema, info.sha);
  }

  /** @throws UserError if the repository does not have the file; Unreachable; Passing */
  async file(commit: string, path: string): Promise<HubFile> {
    const what = { ...this.access, repo: this.name, revision: commit };
    const [found] = await pathsInfo({ ...what, paths: [path] });
    if (found === undefined) {
      throw new UserError(
        `${this.name} has no ${path} at ${commit}; if it has weights in another file, download that and pass its path: --init <file>`,
      );
    }
    return {
      digest: this.expect(digestSchema, found.lfs?.oid ?? found.oid),
      bytes: this.expect(z.int().min(0), found.size),
      // Its other protocol cannot go on from a byte.
      read: (from) => readFrom(downloadFile({ ...what, path, xet: false }), from),
    };
  }

  /** What the hub says becomes the name of a file. @throws UserError if it is not of its form */
  private expect<T>(schema: z.ZodType<T>, value: unknown): T {
    const { success, data } = schema.safeParse(value);
    if (success) return data;
    throw new UserError(
      `${this.settings.url} does not answer as the hub does: ${this.name} has ${JSON.stringify(value)}`,
    );
  }

  /** @throws UserError if the hub refuses; Passing if it fails */
  private check({ ok, status, headers }: Response): void {
    if (ok) return;
    const { name, settings } = this;
    const code = headers.get("x-error-code");
    const message = headers.get("x-error-message");
    const isKnown = settings.token !== null;
    if (status >= 500 || status === 429) {
      throw new Passing(`${settings.url} answers ${status}${message ? `: ${message}` : ""}`);
    }
    if (code === "GatedRepo") {
      throw new UserError(
        `${name} is gated: accept its terms at ${settings.url}/${name}` +
          (isKnown ? " with the account of the token in HF_TOKEN" : `, and ${WITH_TOKEN}`),
      );
    }
    if (code === "RevisionNotFound") {
      throw new UserError(`${name} has no such branch, tag or commit; without @ it is the newest`);
    }
    // The hub does not tell whether a repository that one may not read exists.
    if (code === "RepoNotFound" || status === 404 || status === 401) {
      throw new UserError(
        `${settings.url} has no repository ${name}; check its name; if it is private, ` +
          (isKnown ? "use the token of an account that may read it (HF_TOKEN)" : WITH_TOKEN),
      );
    }
    throw new UserError(`${settings.url} refuses ${name} with ${status}: ${message ?? ""}`);
  }
}

/** @param content null: there is no such file */
function readFrom(content: Promise<Blob | null>, from: number): ReadableStream<Uint8Array> {
  const through = new TransformStream<Uint8Array, Uint8Array>();
  content
    .then((blob) => blob?.slice(from).stream().pipeTo(through.writable))
    .catch((error: unknown) => through.writable.abort(error))
    .catch(() => undefined);
  return through.readable;
}
