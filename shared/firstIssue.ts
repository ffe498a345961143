import type * as z from "zod";

/** The first problem that a schema finds in a value; messages name only this one. */
export function firstIssue(error: z.ZodError): z.core.$ZodIssue {
  const [issue] = error.issues;
  if (!issue) throw new Error("a schema refused a value and gave no reason", { cause: error });
  return issue;
}
