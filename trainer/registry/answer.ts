import { Readable } from "node:stream";
import type * as z from "zod";
import { firstIssue } from "../../shared/firstIssue.ts";
import { parseJson } from "../../shared/json.ts";
import { UserError } from "../error.ts";
import { reasonOfFault } from "./fault.ts";
import { Passing } from "./patience.ts";
import type { Silence } from "./silence.ts";

/** Longer than any list or index. */
const MOST_TEXT_BYTES = 32_000_000;

/** What a registry answers. Its body can be read once. */
export class Answer {
  constructor(
    private readonly response: Response,
    private readonly asked: { url: string; path: string },
    private readonly silence: Silence,
  ) {}

  get status(): number {
    return this.response.status;
  }

  header(name: string): string | null {
    return this.response.headers.get(name);
  }

  /** The body as it comes. @throws Passing if the connection breaks or is silent */
  async *chunks(): AsyncGenerator<Buffer> {
    if (!this.response.body) return;
    try {
      this.silence.listen();
      for await (const chunk of Readable.fromWeb(this.response.body) as AsyncIterable<Buffer>) {
        // The reader may take its time.
        this.silence.rest();
        yield chunk;
        this.silence.listen();
      }
    } catch (error) {
      const reason = reasonOfFault(error);
      throw new Passing(`the registry at ${this.asked.url} broke off its answer: ${reason}`);
    } finally {
      this.silence.rest();
    }
  }

  /** @throws UserError if it is longer; a short body may unpack to a very long one */
  async bytes(most: number): Promise<Uint8Array<ArrayBuffer>> {
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of this.chunks()) {
      length += chunk.length;
      if (length > most) throw this.strange(`it is longer than ${most} bytes`);
      chunks.push(chunk);
    }
    // In a buffer of its own: small ones of Node share theirs.
    return new Uint8Array(Buffer.concat(chunks));
  }

  async text(): Promise<string> {
    return new TextDecoder().decode(await this.bytes(MOST_TEXT_BYTES));
  }

  /** @throws UserError if it is not what a registry says */
  async json<T>(schema: z.ZodType<T>): Promise<T> {
    return this.parse(schema, parseJson(await this.text()));
  }

  /** @throws UserError if a part of the answer is not what a registry says */
  parse<T>(schema: z.ZodType<T>, value: unknown, part = ""): T {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    const { path, message } = firstIssue(parsed.error);
    const place = [part, path.map(String).join("."), message].filter((it) => it !== "");
    throw this.strange(place.join(": "));
  }

  strange(reason: string): UserError {
    const { url, path } = this.asked;
    return new UserError(
      `the answer of ${url} to ${path} is not understood: ${reason}; is this a registry of the same version?`,
    );
  }
}
