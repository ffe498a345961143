import type { HttpError } from "../../http/errors.ts";
import type { ItemError } from "../../protocol/collection.ts";
import { isRefusal, readRecord } from "../collections/records.ts";
import { collectionObject, shardObject } from "../collections/objects.ts";
import { addVectors } from "../collections/candidates/vectorize.ts";
import { vectorsOf } from "../collections/vectors.ts";
import type { Item } from "../request/items.ts";
import type { Occasion } from "../request/select.ts";
import type { TaskOf } from "./task.ts";

/** Items that a message embeds. */
const SLICE = 16;

/** Embeds a slice of items by the version that their collection wants next. After the last it serves it. */
export async function embedSlice(occasion: Occasion, task: TaskOf<"embed">): Promise<void> {
  const { settings } = occasion;
  const record = await readRecord(occasion, task.collection);
  const { target } = record;
  if (record.uid !== task.uid || target?.version !== task.version) return;
  const collection = collectionObject(settings, record.name);
  const shard = shardObject(settings, record, task.shard);
  const items = await shard.pending(task.after, SLICE);
  if (isRefusal(items)) return;
  const failed: Omit<ItemError, "attempts" | "at">[] = [];
  const pictured: { id: string; revision: number; item: Item }[] = [];
  for (const { id, revision, image } of items) {
    const object = image && (await settings.MODELS.get(image.key));
    if (object) {
      const picture = new Uint8Array(await object.arrayBuffer());
      pictured.push({ id, revision, item: { kind: "image", where: id, bytes: () => picture } });
    } else {
      const message = "its stored picture is missing: send the item again";
      failed.push({ id, code: "picture_missing", message });
    }
  }
  const vectors = await vectorsOf(
    occasion,
    record.model,
    target,
    pictured.map(({ item }) => item),
    ({ code, message }: HttpError, i) => {
      failed.push({ id: pictured[i]!.id, code, message });
      return null;
    },
  );
  await shard.supply(
    target.version,
    pictured.flatMap(({ id, revision }, i) => {
      const vector = vectors[i];
      return vector ? { id, revision, vector } : [];
    }),
  );
  if (record.candidates === "vectorize") {
    const supplied = items.flatMap(({ id, metadata }) => {
      const vector = vectors[pictured.findIndex((it) => it.id === id)];
      return vector ? [{ id, metadata, vectors: { [target.version]: vector } }] : [];
    });
    await addVectors(settings, record, supplied);
  }
  await collection.note(failed);
  await collection.settle(pictured.flatMap(({ id }, i) => (vectors[i] ? id : [])));
  const last = items.at(-1);
  if (items.length === SLICE && last) await settings.TASKS?.send({ ...task, after: last.id });
  else await collection.advance();
}
