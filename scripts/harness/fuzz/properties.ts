import * as z from "zod";
import { contractOf } from "../../../workers/api/contract/api.ts";
import { ERRORS, errorSchema } from "../../../workers/api/contract/error.ts";
import { parseJson } from "../../../shared/json.ts";
import type { Question, Reply } from "./ask.ts";

/** The Worker broke one of its promises. */
export class Broken extends Error {
  override name = "Broken";
}

/** A longer text repeats too much of the request. */
const LONGEST_TEXT = 500;

function check<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Broken(`${what} does not have the contract's shape: ${z.prettifyError(parsed.error)}`);
}

/** A collection that is full is the only refusal of that kind that a client may bring about. */
const FULL = 507;

const refusable = new Set(Object.keys(ERRORS).map(Number));

function checkRefusal({ status, type, text }: Reply): void {
  if ((status >= 500 && status !== FULL) || !refusable.has(status)) {
    throw new Broken(`status ${status}: ${text.slice(0, 500)}`);
  }
  if (!type.startsWith("application/json")) throw new Broken(`a refusal of the type "${type}"`);
  const { error } = check(errorSchema, parseJson(text), `the refusal (${status})`);
  const longest = Math.max(error.message.length, error.param?.length ?? 0);
  if (error.message === "" || longest > LONGEST_TEXT) {
    throw new Broken(`a refusal of ${longest} characters: ${text.slice(0, 300)}`);
  }
}

const vectorSchema = z.union([z.array(z.number()), z.base64()]);

/** All vectors in an answer. Its `data` may be other things: models have none. */
const vectorsSchema = z.object({
  embeddings: z.array(vectorSchema).default([]),
  data: z.array(z.object({ embedding: vectorSchema.optional() })).default([]),
});

function lengthOf(vector: number[] | string): number {
  if (typeof vector !== "string") return Math.hypot(...vector);
  const bytes = Buffer.from(vector, "base64");
  return Math.hypot(
    ...Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i)),
  );
}

function checkAnswer(schema: z.ZodType, value: unknown): void {
  check(schema, value, "the answer");
  const { embeddings, data } = vectorsSchema.parse(value);
  const others = data.map(({ embedding }) => embedding).filter((it) => it !== undefined);
  for (const vector of [...embeddings, ...others]) {
    const length = lengthOf(vector);
    if (!(Math.abs(length - 1) < 1e-3)) throw new Broken(`an embedding of length ${length}`);
  }
}

/**
 * Checks that an answer or a refusal is as the contract says.
 *
 * @throws Broken
 */
export function checkReply({ method, path }: Question, reply: Reply): void {
  const { status, type, text } = reply;
  if (method === "HEAD") {
    if (status >= 500) throw new Broken(`status ${status}`);
    return;
  }
  const [route = ""] = path.split("?");
  const contract = contractOf(method, route);
  if (status >= 400) {
    checkRefusal(reply);
  } else if (contract) {
    const statuses: readonly number[] = contract.answer.statuses ?? [200];
    if (!statuses.includes(status)) throw new Broken(`status ${status}`);
    const { type: expected = "application/json" } = contract.answer;
    if (!type.startsWith(expected)) throw new Broken(`an answer of the type "${type}"`);
    if (contract.answer.type === undefined) checkAnswer(contract.answer.schema, parseJson(text));
  } else if (method !== "GET") {
    // All other routes are pages.
    throw new Broken(`${method} ${route} answered ${status}`);
  }
}
