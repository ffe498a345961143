import type { IRequestStrict } from "itty-router";
import type * as z from "zod";
import { datasetNameSchema, datasetVersionSchema } from "../../shared/dataset/dataset.ts";
import { jobIdSchema } from "../../shared/jobs/job.ts";
import { nestsDeeper } from "../../shared/json.ts";
import { modelNameSchema, versionSchema } from "../../shared/package/manifest.ts";
import { readBody } from "../http/body.ts";
import { demandMediaType, parseJsonBody } from "../http/content.ts";
import { HttpError } from "../http/errors.ts";
import { parse } from "../http/parse.ts";

const MAX_JSON_BYTES = 16_384;

/** How deep a body may nest. */
const MAX_DEPTH = 32;

/** The model name in the path. @throws HttpError 400 */
export const modelName = ({ params }: IRequestStrict) =>
  parse(modelNameSchema, params.name, "name");

/** The version in the path. @throws HttpError 400 */
export const modelVersion = ({ params }: IRequestStrict) =>
  parse(versionSchema, params.version, "version");

/** The name of a data set in the path. @throws HttpError 400 */
export const datasetName = ({ params }: IRequestStrict) =>
  parse(datasetNameSchema, params.name, "name");

/** The version of a data set in the path. @throws HttpError 400 */
export const datasetVersion = ({ params }: IRequestStrict) =>
  parse(datasetVersionSchema, params.version, "version");

/** The id of a job in the path. @throws HttpError 400 */
export const jobId = ({ params }: IRequestStrict) => parse(jobIdSchema, params.id, "id");

/** The query of a request. @throws HttpError 400 */
export const readQuery = <T>(request: Request, schema: z.ZodType<T>): T =>
  parse(schema, Object.fromEntries(new URL(request.url).searchParams));

/** Reads a JSON body; an empty body means `{}`. @throws HttpError 400, 413, 415 */
export async function readJson<T>(
  request: Request,
  schema: z.ZodType<T>,
  limit = MAX_JSON_BYTES,
): Promise<T> {
  const bytes = await readBody(request, limit);
  if (bytes.length === 0) return parse(schema, {});
  demandMediaType(request, "application/json");
  const json = parseJsonBody(bytes);
  // Schemas recurse, and a stack is limited.
  if (nestsDeeper(json, MAX_DEPTH)) {
    const problem = `the body nests lists and objects deeper than ${MAX_DEPTH} levels`;
    throw new HttpError("invalid_request", problem);
  }
  return parse(schema, json);
}
