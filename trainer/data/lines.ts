import { UserError } from "../error.ts";

/** Longer than any line of NDJSON that is read; only an index with very many classes comes near it. */
const MAX_LINE = 64_000_000;

/**
 * Splits UTF-8 into lines, without their ends.
 *
 * @throws UserError if a line is so long that it would fill the memory
 */
export async function* linesOf(source: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of source) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > MAX_LINE) throw new UserError(`a line is longer than ${MAX_LINE} characters`);
    yield* lines;
  }
  rest += decoder.decode();
  if (rest !== "") yield rest;
}
