import type { IRequestStrict } from "itty-router";
import * as z from "zod";
import { versionSchema } from "../../../shared/package/manifest.ts";
import { HttpError } from "../../http/errors.ts";
import type { Key } from "../../http/keys.ts";
import { BrokenObject } from "../bucket.ts";
import { channelFieldSchema, moveChannel, readChannel } from "../channels.ts";
import type { Env } from "../env.ts";
import { modelName, readJson } from "../input.ts";
import { demandLease, namedLease } from "../jobs/fence.ts";
import { demandSignature, findFiles, noVersion } from "../versions.ts";

const bodySchema = z.strictObject({
  version: versionSchema,
  channel: channelFieldSchema,
  /** The version that the channel must still serve; null: none. Without it, the channel may serve any. */
  from: versionSchema.nullable().optional(),
});

/** A broken pointer is replaced; its history is lost. */
function replaceable(error: unknown): { etag: string } {
  if (error instanceof BrokenObject) return { etag: error.object.etag };
  throw error;
}

/** POST /models/<name>/promote: makes a channel serve a version. */
export async function promote(request: IRequestStrict, env: Env, key: Key): Promise<Response> {
  const { MODELS, SIGNERS } = env;
  const name = modelName(request);
  const lease = namedLease(request, key);
  const { version, channel, from } = await readJson(request, bodySchema);
  const id = { name, channel };
  const current = await readChannel(MODELS, id).catch(replaceable);
  const files = await findFiles(MODELS, name, version);
  if (!files.all) throw noVersion(name, version);
  await demandSignature(MODELS, name, version, SIGNERS);
  await demandLease(lease, env, { model: name, channel });
  const pointer = current && "version" in current ? current : undefined;
  if (pointer?.version === version) {
    const { history, updated } = pointer;
    return Response.json({ name, channel, version, history, updated });
  }
  if (from !== undefined && from !== (pointer?.version ?? null)) {
    const now = pointer ? `version ${pointer.version}` : "no version";
    const problem = `channel "${channel}" of "${name}" serves ${now}, not ${from ?? "none"}, as it did`;
    throw new HttpError("conflict", problem, "from");
  }
  const history = pointer ? [pointer.version, ...pointer.history] : [];
  const moved = await moveChannel(MODELS, id, current, { version, history });
  return Response.json({ name, channel, ...moved });
}
