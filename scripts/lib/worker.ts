import * as z from "zod";
import { parseJson } from "../../shared/json.ts";
import { UserError } from "../../trainer/error.ts";
import { retrying } from "../../workers/client/retry.ts";
import { unreachable } from "./unreachable.ts";

const answerSchema = z.object({
  model: z.string(),
  version: z.string(),
  dimensions: z.int(),
  embeddings: z.array(z.base64()),
});

const errorSchema = z.object({
  error: z.object({ message: z.string(), param: z.string().nullish() }),
});

/** A Worker's embeddings of some images. */
export interface Answer {
  model: string;
  version: string;
  /** Length of an embedding. */
  d: number;
  /** n * d values in the order of the files. */
  embeddings: Float32Array;
}

/** The Worker refused one of the files because of its content. */
export class FileRefused extends Error {
  override name = "FileRefused";
  /** @param file its position in the request */
  constructor(
    message: string,
    readonly file: number,
  ) {
    super(message);
  }
}

/** Asks again while the Worker is busy. */
const ask = retrying(4);

/** Base64 of little-endian float32 values. */
function readFloats(base64: string): Float32Array {
  const bytes = Buffer.from(base64, "base64");
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
}

/** POST /embed of the API Worker. */
export class WorkerClient {
  /**
   * @param key an API key, if the Worker requires one
   * @param model name or name@version; if not given, the Worker chooses
   */
  constructor(
    private readonly url: URL,
    private readonly key: string | undefined,
    private readonly model: string | undefined,
  ) {}

  /**
   * Embeds image files.
   *
   * @throws FileRefused if the Worker refuses one of them
   * @throws UserError with the Worker's own words if it refuses the whole request, or if it does not answer
   */
  async embed(files: readonly Uint8Array<ArrayBuffer>[]): Promise<Answer> {
    const form = new FormData();
    form.set("encoding_format", "base64");
    for (const [i, bytes] of files.entries()) form.append("files", new Blob([bytes]), String(i));
    const response = await this.post(form);
    const text = await response.text();
    if (!response.ok) throw this.refusal(response.status, text);
    const answer = answerSchema.safeParse(parseJson(text));
    const rows = answer.data?.embeddings.map(readFloats) ?? [];
    const d = answer.data?.dimensions ?? 0;
    if (!answer.data || rows.length !== files.length || rows.some((row) => row.length !== d)) {
      throw new UserError(
        `${this.url.href} does not answer as the API does: ${text.slice(0, 200)}`,
      );
    }
    const embeddings = new Float32Array(files.length * d);
    rows.forEach((row, at) => {
      embeddings.set(row, at * d);
    });
    return { model: answer.data.model, version: answer.data.version, d, embeddings };
  }

  private async post(form: FormData): Promise<Response> {
    const address = new URL("/embed", this.url);
    if (this.model !== undefined) address.searchParams.set("model", this.model);
    const headers: Record<string, string> =
      this.key === undefined ? {} : { authorization: `Bearer ${this.key}` };
    return ask(address, { method: "POST", headers, body: form }).catch((error: unknown) => {
      throw unreachable(`the Worker at ${this.url.href}`, error);
    });
  }

  private refusal(status: number, text: string): Error {
    const parsed = errorSchema.safeParse(parseJson(text));
    if (!parsed.success) {
      return new UserError(`the Worker answered ${status}: ${text.slice(0, 200)}`);
    }
    const { message, param } = parsed.data.error;
    const [, file] = /^files\[(\d+)\]/.exec(param ?? "") ?? [];
    if (file !== undefined) return new FileRefused(message, Number(file));
    return new UserError(`the Worker answered ${status}: ${message}`);
  }
}
