import * as z from "zod";
import { contractOf } from "../../../workers/api/contract/api.ts";
import { ERRORS } from "../../../workers/api/contract/error.ts";
import { parseJson } from "../../../shared/json.ts";
import type { Question, Reply } from "./ask.ts";
import { Broken } from "./brokenPromise.ts";
import { checkRefusal, checkShape } from "./refusal.ts";

/** A collection that is full is the only refusal of its kind that a client may bring about. */
const FULL = 507;

const refusable = new Set(
  Object.keys(ERRORS)
    .map(Number)
    .filter((status) => status < 500 || status === FULL),
);

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
  checkShape(schema, value, "the answer");
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
    checkRefusal(reply, refusable);
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
