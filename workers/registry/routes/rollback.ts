import type { IRequestStrict } from "itty-router";
import * as z from "zod";
import { BrokenObject } from "../bucket.ts";
import { brokenChannel, channelFieldSchema, moveChannel, readChannel } from "../channels.ts";
import type { Env } from "../env.ts";
import { HttpError } from "../../http/errors.ts";
import { modelName, readJson } from "../input.ts";
import { demandSignature, findFiles } from "../versions.ts";

const bodySchema = z.strictObject({ channel: channelFieldSchema });

function refuseBroken(error: unknown): never {
  throw error instanceof BrokenObject ? brokenChannel(error.message) : error;
}

/** POST /models/<name>/rollback: makes a channel serve the previous version that still exists. */
export async function rollback(
  request: IRequestStrict,
  { MODELS, SIGNERS }: Env,
): Promise<Response> {
  const name = modelName(request);
  const { channel } = await readJson(request, bodySchema);
  const current = await readChannel(MODELS, { name, channel }).catch(refuseBroken);
  if (!current) {
    throw new HttpError(
      "unknown_channel",
      `model "${name}" has no channel "${channel}"`,
      "channel",
    );
  }
  for (const [i, version] of current.history.entries()) {
    // After a -> b -> a, with b deleted, the previous version is the served one.
    if (version === current.version) continue;
    const files = await findFiles(MODELS, name, version);
    if (!files.all) continue;
    await demandSignature(MODELS, name, version, SIGNERS);
    const history = current.history.slice(i + 1);
    const moved = await moveChannel(MODELS, { name, channel }, current, { version, history });
    return Response.json({ name, channel, ...moved });
  }
  throw new HttpError(
    "nothing_to_roll_back",
    `channel "${channel}" of "${name}" has served no other version that still exists`,
  );
}
