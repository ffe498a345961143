import { decodedParts } from "./body.ts";
import { HttpError } from "./errors.ts";

/** The lines of a body in UTF-8, after gzip is undone, read as they are asked for. */
export class Lines {
  private readonly parts: AsyncIterator<Uint8Array> | undefined;
  private readonly decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  /** Complete lines, of which some are taken. */
  private lines: string[] = [];
  private taken = 0;
  /** The line that has not ended. */
  private rest: string[] = [];
  private restLength = 0;
  private number = 0;
  private ended = false;

  /** @throws HttpError 415 for a content encoding other than gzip */
  constructor(request: Request) {
    this.parts = decodedParts(request)?.[Symbol.asyncIterator]();
  }

  /**
   * @param limit of the line's characters
   * @returns the next line, without its end; undefined after the last
   * @throws HttpError 413 body_too_large, 400 incomplete_body if the client disconnects or the gzip data are broken
   */
  async next(limit: number): Promise<string | undefined> {
    while (this.taken === this.lines.length && !this.ended) {
      if (this.restLength > limit) throw this.tooLong(limit);
      this.add(await this.read());
    }
    const line = this.lines[this.taken++];
    if (line === undefined) return undefined;
    if (line.length > limit) throw this.tooLong(limit);
    this.number += 1;
    return line;
  }

  /** Leaves the rest of the body to `drainBody`. */
  async close(): Promise<void> {
    await this.parts?.return?.();
  }

  private tooLong(limit: number): HttpError {
    const problem = `line ${this.number + 1} of the body is longer than ${limit} characters`;
    return new HttpError("body_too_large", problem);
  }

  private add(text: string): void {
    const pieces = text.split("\n");
    const last = pieces.pop() ?? "";
    if (pieces.length > 0) {
      pieces[0] = this.rest.join("") + (pieces[0] ?? "");
      [this.lines, this.taken, this.rest, this.restLength] = [pieces, 0, [], 0];
    }
    this.rest.push(last);
    this.restLength += last.length;
  }

  /** More of the text. What follows the last line end is a line, unless it is empty. */
  private async read(): Promise<string> {
    const part = await this.arrive();
    try {
      if (part) return this.decoder.decode(part, { stream: true });
      this.ended = true;
      return this.decoder.decode() + (this.restLength > 0 ? "\n" : "");
    } catch {
      throw new HttpError("invalid_request", "the body is not UTF-8");
    }
  }

  private async arrive(): Promise<Uint8Array | undefined> {
    try {
      const next = await this.parts?.next();
      return next?.done === false ? next.value : undefined;
    } catch {
      throw new HttpError(
        "incomplete_body",
        "the body ends too early or is not what its encoding says",
      );
    }
  }
}
