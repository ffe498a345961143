import type { IRequestStrict } from "itty-router";
import * as z from "zod";
import { versionSchema } from "../../../shared/package/manifest.ts";
import { channelFieldSchema, moveChannel, readChannel } from "../channels.ts";
import type { Env } from "../env.ts";
import { modelName, readJson } from "../input.ts";
import { demandSignature, findFiles, noVersion } from "../versions.ts";

const bodySchema = z.strictObject({ version: versionSchema, channel: channelFieldSchema });

/** POST /models/<name>/promote: lets a channel serve a version. */
export async function promote(
  request: IRequestStrict,
  { MODELS, SIGNERS }: Env,
): Promise<Response> {
  const name = modelName(request);
  const { version, channel } = await readJson(request, bodySchema);
  const current = await readChannel(MODELS, { name, channel });
  const files = await findFiles(MODELS, name, version);
  if (!files.all) throw noVersion(name, version);
  await demandSignature(MODELS, name, version, SIGNERS);
  if (current?.version === version) {
    const { history, updated } = current;
    return Response.json({ name, channel, version, history, updated });
  }
  const history = current ? [current.version, ...current.history] : [];
  const moved = await moveChannel(MODELS, { name, channel }, current?.etag, { version, history });
  return Response.json({ name, channel, ...moved });
}
