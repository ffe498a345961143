import type { AppContext } from "../app.ts";
import type { Answer } from "../contract/contract.ts";
import type { models as contract } from "../contract/models.ts";
import { listModels } from "../models/listed.ts";

/** GET /v1/models: the models that answer, in the format of OpenAI's API. */
export async function models(c: AppContext): Promise<Response> {
  const { MODELS, CHANNEL } = c.var.settings;
  const listed = await listModels(MODELS, CHANNEL);
  return c.json({
    object: "list",
    data: listed.map(({ name, promoted }) => ({
      id: name,
      object: "model",
      created: Math.floor(promoted.getTime() / 1000),
      owned_by: "pddm-edge",
    })),
  } satisfies Answer<typeof contract>);
}
