import type { IRequestStrict } from "itty-router";
import type * as z from "zod";
import { datasetNameSchema, datasetVersionSchema } from "../../shared/dataset/dataset.ts";
import { modelNameSchema, versionSchema } from "../../shared/package/manifest.ts";
import { readBody } from "../http/body.ts";
import { demandMediaType, parseJsonBody } from "../http/content.ts";
import { parse } from "../http/parse.ts";

const MAX_JSON_BYTES = 16_384;

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

/** Reads a JSON body; an empty body means `{}`. @throws HttpError 400, 413, 415 */
export async function readJson<T>(request: Request, schema: z.ZodType<T>): Promise<T> {
  const bytes = await readBody(request, MAX_JSON_BYTES);
  if (bytes.length === 0) return parse(schema, {});
  demandMediaType(request, "application/json");
  return parse(schema, parseJsonBody(bytes));
}
