import { modelNameSchema, versionSchema } from "../../../shared/package/manifest.ts";
import type { Model } from "../../../shared/model.ts";
import type { AppContext } from "../app.ts";
import type { Settings } from "../env.ts";
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

/** What using a model needs of a request, or of a message of the queue. */
export interface Occasion {
  settings: Settings;
  waitUntil: (promise: Promise<unknown>) => void;
}

export const occasionOf = (c: AppContext): Occasion => ({
  settings: c.var.settings,
  waitUntil: (promise) => c.executionCtx.waitUntil(promise),
});

const loadContext = ({ settings, waitUntil }: Occasion): LoadContext => ({
  bucket: settings.MODELS,
  channel: settings.CHANNEL,
  refreshMs: settings.REFRESH_SECONDS * 1000,
  loadMs: settings.LOAD_SECONDS * 1000,
  arithmetic: settings.ARITHMETIC,
  signers: settings.SIGNERS,
  modelBytes: settings.MODEL_BYTES,
  waitUntil,
});

/**
 * Runs `callback` with a model. The callback must not await I/O.
 *
 * @throws HttpError 404 if the model does not exist, 503 if it cannot be loaded
 */
export async function useModel<T>(
  occasion: Occasion,
  selector: Selector,
  callback: (model: Model, refreshError: string | undefined) => Promise<T>,
): Promise<T> {
  try {
    return await models.use(selector, loadContext(occasion), (model) =>
      callback(model, models.refreshError(selector.name)),
    );
  } catch (error) {
    if (error instanceof ModelMissing) throw unknownModel(selector.name, error.message);
    if (error instanceof ModelUnavailable) throw modelUnavailable(error);
    throw error;
  }
}

const modelUnavailable = ({ message }: Error) =>
  new HttpError("model_unavailable", `no model to answer with: ${message}`);

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
  try {
    return await useModel(occasionOf(c), selector, callback);
  } catch (error) {
    // That the default model is missing is not the client's fault.
    const isDefault = asked === undefined && error instanceof HttpError;
    throw isDefault && error.code === "unknown_model" ? modelUnavailable(error) : error;
  }
}
