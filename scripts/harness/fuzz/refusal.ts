import * as z from "zod";
import { parseJson } from "../../../shared/json.ts";
import { errorSchema } from "../../../workers/api/contract/error.ts";
import type { Reply } from "./ask.ts";
import { Broken } from "./brokenPromise.ts";

/** A longer text repeats too much of the request. */
const LONGEST_TEXT = 500;

/** @throws Broken */
export function checkShape<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Broken(`${what} does not have the contract's shape: ${z.prettifyError(parsed.error)}`);
}

/**
 * Checks an error answer.
 *
 * @param refusable the statuses that it may have
 * @throws Broken
 */
export function checkRefusal({ status, type, text }: Reply, refusable: ReadonlySet<number>): void {
  if (!refusable.has(status)) throw new Broken(`status ${status}: ${text.slice(0, 500)}`);
  if (!type.startsWith("application/json")) throw new Broken(`a refusal of the type "${type}"`);
  const { error } = checkShape(errorSchema, parseJson(text), `the refusal (${status})`);
  const longest = Math.max(error.message.length, error.param?.length ?? 0);
  if (error.message === "" || longest > LONGEST_TEXT) {
    throw new Broken(`a refusal of ${longest} characters: ${text.slice(0, 300)}`);
  }
}
