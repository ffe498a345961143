import { modelNameSchema, versionSchema } from "../../../shared/package/manifest.ts";
import type { Model } from "../../../shared/model.ts";
import type { AppContext } from "../app.ts";
import { ModelMissing } from "../models/stored.ts";
import {
  type LoadContext,
  Models,
  type ModelStatistics,
  ModelUnavailable,
  type Selector,
} from "../models/models.ts";
import { HttpError } from "../../http/errors.ts";

const models = new Models();

/** Statistics of the models of this isolate. */
export const modelStatistics = (): ModelStatistics => models.statistics;

function selectorOf(c: AppContext, asked: string | undefined): Selector {
  if (asked === undefined) return { name: c.var.settings.DEFAULT_MODEL };
  const [name, version, ...rest] = asked.split("@");
  const valid =
    name !== undefined &&
    modelNameSchema.safeParse(name).success &&
    (version === undefined || versionSchema.safeParse(version).success) &&
    rest.length === 0;
  if (valid) return { name, version };
  throw unknownModel(asked, "expected name or name@version");
}

const unknownModel = (asked: string, why: string) =>
  new HttpError("unknown_model", `there is no model "${asked}": ${why}`, "model");

/**
 * Runs `callback` with the requested model: `?model=name`, `?model=name@version` or the default model. The
 * callback must not await I/O, so read the body first.
 *
 * @param asked the requested model, if the request does not name it in the query
 * @throws HttpError 404 if the model does not exist, 503 if it cannot be loaded
 */
export async function withModel<T>(
  c: AppContext,
  callback: (model: Model, refreshError: string | undefined) => Promise<T>,
  asked = c.req.query("model"),
): Promise<T> {
  const selector = selectorOf(c, asked);
  const { MODELS, CHANNEL, REFRESH_SECONDS, LOAD_SECONDS, ARITHMETIC, MODEL_BYTES, SIGNERS } =
    c.var.settings;
  const context: LoadContext = {
    bucket: MODELS,
    channel: CHANNEL,
    refreshMs: REFRESH_SECONDS * 1000,
    loadMs: LOAD_SECONDS * 1000,
    arithmetic: ARITHMETIC,
    signers: SIGNERS,
    modelBytes: MODEL_BYTES,
    waitUntil: (promise) => c.executionCtx.waitUntil(promise),
  };
  try {
    return await models.use(selector, context, (model) =>
      callback(model, models.refreshError(selector.name)),
    );
  } catch (error) {
    if (error instanceof ModelMissing && asked !== undefined) {
      throw unknownModel(asked, error.message);
    }
    if (error instanceof ModelMissing || error instanceof ModelUnavailable) {
      throw new HttpError("model_unavailable", `no model to answer with: ${error.message}`);
    }
    throw error;
  }
}
