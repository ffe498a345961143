import type { IRequestStrict } from "itty-router";
import * as z from "zod";
import { channelFieldSchema, moveChannel, readChannel } from "../channels.ts";
import type { Env } from "../env.ts";
import { HttpError } from "../error.ts";
import { modelName, readJson } from "../input.ts";
import { demandSignature, findFiles } from "../versions.ts";

const bodySchema = z.strictObject({ channel: channelFieldSchema });

/** POST /models/<name>/rollback: lets a channel serve what it served before. */
export async function rollback(
  request: IRequestStrict,
  { MODELS, SIGNERS }: Env,
): Promise<Response> {
  const name = modelName(request);
  const { channel } = await readJson(request, bodySchema);
  const current = await readChannel(MODELS, { name, channel });
  if (!current) {
    throw new HttpError(404, "not_found", `model "${name}" has no channel "${channel}"`, {
      param: "channel",
    });
  }
  for (const [i, version] of current.history.entries()) {
    // Once what lay between was deleted, the version before may be the one that is served already.
    if (version === current.version) continue;
    const files = await findFiles(MODELS, name, version);
    if (!files.all) continue;
    await demandSignature(MODELS, name, version, SIGNERS);
    const history = current.history.slice(i + 1);
    const moved = await moveChannel(MODELS, { name, channel }, current.etag, { version, history });
    return Response.json({ name, channel, ...moved });
  }
  throw new HttpError(
    409,
    "nothing_to_roll_back",
    `channel "${channel}" of "${name}" has served no other version that still exists`,
  );
}
