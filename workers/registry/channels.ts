import {
  channelKey,
  channelNameSchema,
  channelSchema,
  channelsPrefix,
  type Channel,
} from "../storage/layout.ts";
import { listFolder, parseStored, putIfAbsent } from "./bucket.ts";
import { HttpError } from "./error.ts";

/** The channel that a promotion moves when it names none. */
export const channelFieldSchema = channelNameSchema.default("stable");

/** Which channel of which model. */
export interface ChannelId {
  name: string;
  channel: string;
}

/** A channel as it was read; `etag` says so to the write that follows. */
export type ReadChannel = Channel & { etag: string };

const MAX_HISTORY = 100;

export async function readChannel(
  bucket: R2Bucket,
  { name, channel }: ChannelId,
): Promise<ReadChannel | undefined> {
  const object = await bucket.get(channelKey(name, channel));
  if (!object) return undefined;
  const pointer = await parseStored(object, (text) => channelSchema.parse(JSON.parse(text)));
  return { ...pointer, etag: object.etag };
}

/** Every channel of a model, by name. */
export async function readChannels(
  bucket: R2Bucket,
  name: string,
): Promise<Record<string, Channel>> {
  const { files } = await listFolder(bucket, channelsPrefix(name));
  const channels = files.map((file) => file.replace(/\.json$/, ""));
  const entries = await Promise.all(
    channels.map(async (channel) => {
      const pointer = await readChannel(bucket, { name, channel });
      return pointer ? [[channel, withoutEtag(pointer)] as const] : [];
    }),
  );
  return Object.fromEntries(entries.flat());
}

function withoutEtag({ version, history, updated }: ReadChannel): Channel {
  return { version, history, updated };
}

/**
 * Moves a channel by compare-and-swap: only if it still is what was read.
 *
 * @param etag of the channel when it was read; undefined when it was not there
 * @throws HttpError 409 when another request has moved it since
 */
export async function moveChannel(
  bucket: R2Bucket,
  { name, channel }: ChannelId,
  etag: string | undefined,
  next: { version: string; history: string[] },
): Promise<Channel> {
  const pointer: Channel = {
    version: next.version,
    history: next.history.slice(0, MAX_HISTORY),
    updated: new Date().toISOString(),
  };
  const key = channelKey(name, channel);
  const text = JSON.stringify(pointer);
  const moved =
    etag === undefined
      ? await putIfAbsent(bucket, key, text)
      : (await bucket.put(key, text, { onlyIf: { etagMatches: etag } })) !== null;
  if (!moved) {
    throw new HttpError(
      409,
      "conflict",
      `another request has moved channel "${channel}" of "${name}" just now; look, then try again`,
    );
  }
  return pointer;
}
