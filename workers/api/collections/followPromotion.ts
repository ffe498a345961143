import { logError } from "../../http/log.ts";
import type { CollectionRecord } from "../../protocol/collection.ts";
import type { Settings } from "../env.ts";
import { type Occasion, useModel } from "../request/select.ts";
import { collectionObject } from "./objects.ts";
import { spaceOf } from "./space.ts";

/** Begins to embed the items of a collection by its target, from the stored pictures. */
async function beginEmbedding(
  { TASKS }: Settings,
  { name, uid, shards, target }: CollectionRecord,
): Promise<void> {
  if (!target || !TASKS) return;
  const { version } = target;
  const task = { task: "embed" as const, collection: name, uid, version, after: null };
  await TASKS.sendBatch(
    Array.from({ length: shards }, (_, shard) => ({ body: { ...task, shard } })),
  );
}

/** When this isolate last looked whether a move to a version has got stuck. */
const looked = new Map<string, number>();

const LOOK_MS = 60_000;

/** Serves the target if all is ready, and else embeds what is left, in case a message was lost. */
async function unstick(settings: Settings, record: CollectionRecord): Promise<void> {
  const now = Date.now();
  const last = looked.get(record.uid);
  looked.set(record.uid, last ?? now);
  if (last === undefined || now - last < LOOK_MS) return;
  looked.set(record.uid, now);
  const moved = await collectionObject(settings, record.name).advance();
  if (moved) await beginEmbedding(settings, moved);
}

/**
 * Looks whether another version of a collection's model is served now than the collection serves. If so, the
 * collection begins to move to it: its stored pictures are embedded in the background. A failure is logged; the
 * next request looks again.
 */
export async function followPromotion(occasion: Occasion, record: CollectionRecord): Promise<void> {
  const { name, model, served, target } = record;
  const { settings } = occasion;
  try {
    const promoted = await useModel(occasion, { name: model }, (it) =>
      Promise.resolve(spaceOf(it)),
    );
    if (promoted.version !== (target ?? served).version) {
      const moving = await collectionObject(settings, name).retarget(promoted);
      if (moving) await beginEmbedding(settings, moving);
    } else if (target) {
      await unstick(settings, record);
    }
  } catch (error) {
    logError(error, { collection: name });
  }
}
