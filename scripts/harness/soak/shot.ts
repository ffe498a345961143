import type * as z from "zod";
import type { Post, Reply } from "../measure/ask.ts";

/** One request. */
export interface Shot {
  /** The name of its kind in the table. */
  kind: string;
  /** Path and query. */
  route: string;
  /** If not given, the request is a GET. */
  post?: Post;
  /** @returns what is wrong with an answer; undefined if it is right */
  check: (reply: Reply) => string | undefined;
}

export const jsonPost = (value: unknown): Post => ({
  type: "application/json",
  body: Buffer.from(JSON.stringify(value)),
});

/** Reads an answer that should have this status and shape. @throws Error that says what is wrong */
export function parseReply<T>({ status, text }: Reply, expected: number, schema: z.ZodType<T>): T {
  if (status !== expected) {
    throw new Error(`answered ${status}, not ${expected}: ${text.slice(0, 300)}`);
  }
  return schema.parse(JSON.parse(text));
}

/** Makes a check of a function that throws if something is wrong. */
export const checkBy = (read: (reply: Reply) => void): Shot["check"] => {
  return (reply) => {
    try {
      read(reply);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };
};
