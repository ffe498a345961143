import type * as z from "zod";
import { firstIssue } from "../../shared/firstIssue.ts";
import { HttpError } from "./errors.ts";

/** Appends a path to `where`: ["inputs", 2, "image"] becomes `inputs[2].image`. */
function pathText(path: PropertyKey[], where: string): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    return text ? `${text}.${String(key)}` : String(key);
  }, where);
}

/** JSON has no undefined: an undefined value was not sent. */
const missing = ({ code, input }: z.core.$ZodRawIssue) =>
  code === "invalid_type" && input === undefined ? "it is missing" : undefined;

/**
 * Checks a value of a request against a schema.
 *
 * @param where its path in the request; empty for the whole body
 * @throws HttpError 400 invalid_request that names the first invalid field
 */
export function parse<T>(schema: z.ZodType<T>, value: unknown, where = ""): T {
  const parsed = schema.safeParse(value, { error: missing });
  if (parsed.success) return parsed.data;
  const issue = firstIssue(parsed.error);
  const unknown = issue.code === "unrecognized_keys" ? issue.keys.slice(0, 1) : [];
  const param = pathText([...issue.path, ...unknown], where) || null;
  throw new HttpError("invalid_request", `${param ?? "the body"}: ${issue.message}`, param);
}
