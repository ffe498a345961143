import type { IRequestStrict } from "itty-router";
import type * as z from "zod";
import { modelNameSchema, versionSchema } from "../../shared/package/manifest.ts";
import { readBody } from "../http/body.ts";
import { HttpError } from "./error.ts";

const MAX_JSON_BYTES = 16_384;

/**
 * Checks what a client sent.
 *
 * @param param the field's name, where the value is one field and not a body of several
 * @throws HttpError 400 with the name of the wrong field
 */
function check<T>(schema: z.ZodType<T>, value: unknown, param?: string): T {
  const { data, error, success } = schema.safeParse(value);
  if (success) return data;
  const [issue] = error.issues;
  const path = issue.code === "unrecognized_keys" ? issue.keys.slice(0, 1) : issue.path;
  const field = param ?? (path.map(String).join(".") || undefined);
  const where = field === undefined ? "the body" : `"${field}"`;
  throw new HttpError(400, "invalid_field", `${where}: ${issue.message}`, { param: field });
}

/** The model that the path names. @throws HttpError 400 */
export const modelName = ({ params }: IRequestStrict) =>
  check(modelNameSchema, params.name, "name");

/** The version that the path names. @throws HttpError 400 */
export const modelVersion = ({ params }: IRequestStrict) =>
  check(versionSchema, params.version, "version");

/** @throws HttpError 415 */
export function demandMediaType(request: Request, expected: string): void {
  const given = request.headers.get("content-type") ?? "no content type";
  if (given.split(";", 1)[0].trim().toLowerCase() === expected) return;
  throw new HttpError(415, "unsupported_media_type", `send ${expected}, not ${given}`);
}

/** Reads a JSON body; none at all stands for `{}`. @throws HttpError 400 | 415, BodyTooLarge */
export async function readJson<T>(request: Request, schema: z.ZodType<T>): Promise<T> {
  const bytes = await readBody(request, MAX_JSON_BYTES);
  if (bytes.length === 0) return check(schema, {});
  demandMediaType(request, "application/json");
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new HttpError(400, "malformed_json", "the body is not JSON");
  }
  return check(schema, json);
}
