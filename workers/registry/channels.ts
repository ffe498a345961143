import { type Channel, channelNameSchema, parseChannel } from "../storage/channel.ts";
import { channelKey, channelsPrefix } from "../storage/layout.ts";
import { listFolder, parseStored, putIfAbsent, readAll, type Unreadable } from "./bucket.ts";
import { HttpError } from "../http/errors.ts";
import { findFiles } from "./versions.ts";

/** The field `channel` of a request. */
export const channelFieldSchema = channelNameSchema.default("stable");

/** A channel of a model. */
export interface ChannelId {
  name: string;
  channel: string;
}

/** A stored pointer whose content may be broken. The next write compares the ETag. */
type Found = Partial<Channel> & { etag: string };

/** A pointer with its ETag. */
export type ReadChannel = Channel & { etag: string };

const MAX_HISTORY = 100;

/** The refusal of a request that depends on a broken pointer. @param problem what is wrong, and where */
export const brokenChannel = (problem: string) =>
  new HttpError(
    "broken_channel",
    `${problem}; which version the channel serves is unknown: promote a version there first`,
  );

/** @throws BrokenObject if the pointer is invalid */
export async function readChannel(
  bucket: R2Bucket,
  { name, channel }: ChannelId,
): Promise<ReadChannel | undefined> {
  const object = await bucket.get(channelKey(name, channel));
  if (!object) return undefined;
  const pointer = await parseStored(object, parseChannel);
  return { ...pointer, etag: object.etag };
}

/** The channels of a model by name, and the broken pointers. */
export async function readChannels(
  bucket: R2Bucket,
  name: string,
): Promise<{ channels: Record<string, Channel>; unreadable: Unreadable[] }> {
  const { files } = await listFolder(bucket, channelsPrefix(name));
  const names = files.map((file) => file.replace(/\.json$/, ""));
  const { found, unreadable } = await readAll(
    names.map(async (channel) => [channel, await readChannel(bucket, { name, channel })] as const),
  );
  const entries = found.flatMap(([channel, pointer]) =>
    pointer ? [[channel, withoutEtag(pointer)] as const] : [],
  );
  return { channels: Object.fromEntries(entries), unreadable };
}

function withoutEtag({ version, history, updated }: ReadChannel): Channel {
  return { version, history, updated };
}

/**
 * Moves a channel by compare-and-swap: only if it has not changed since it was read. Takes the move back if the
 * version was deleted meanwhile, so that the channel never stays at a version that is not there.
 *
 * @param current the pointer when it was read; undefined if it did not exist
 * @throws HttpError 409 conflict if another request moved the channel or deleted the version first
 */
export async function moveChannel(
  bucket: R2Bucket,
  { name, channel }: ChannelId,
  current: Found | undefined,
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
    current === undefined
      ? await putIfAbsent(bucket, key, text)
      : await bucket.put(key, text, { onlyIf: { etagMatches: current.etag } });
  if (!moved) {
    throw new HttpError(
      "conflict",
      `another request moved channel "${channel}" of "${name}" first; check it, then try again`,
    );
  }
  if ((await findFiles(bucket, name, next.version)).all) return pointer;
  await moveBack(bucket, moved, current);
  throw new HttpError(
    "conflict",
    `another request deleted version ${next.version} of "${name}" while channel "${channel}" moved to it; ` +
      "the channel is where it was",
  );
}

/** Undoes a move, unless another has followed. A channel that had no valid pointer gets none. */
async function moveBack(
  bucket: R2Bucket,
  { key, etag }: R2Object,
  before: Found | undefined,
): Promise<void> {
  if (before?.version !== undefined) {
    const { version, history, updated } = before;
    const text = JSON.stringify({ version, history, updated });
    await bucket.put(key, text, { onlyIf: { etagMatches: etag } });
  } else if ((await bucket.head(key))?.etag === etag) {
    // R2 has no conditional deletion: a move of a new channel between these lines would be lost.
    await bucket.delete(key);
  }
}
