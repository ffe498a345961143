import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { Refusal, ShardSetup } from "../../../workers/protocol/shard.ts";
import { LOCAL } from "./space.ts";

const { SHARDS } = env;

let collections = 0;

export const shardOf = (uid: string, index: number) =>
  SHARDS.get(SHARDS.idFromName(`${uid}/${index}`));

/** Sets up the shards of a new collection. */
export async function newShards(shards: number, setup: Partial<ShardSetup> = {}) {
  const uid = `collection-${collections++}`;
  const made = Array.from({ length: shards }, (_, index) => shardOf(uid, index));
  const common = { uid, shards, limit: 10_000, space: LOCAL, ...setup };
  await Promise.all(made.map((shard, index) => shard.setUp({ ...common, index })));
  return made;
}

export async function newShard(setup: Partial<ShardSetup> = {}) {
  const [shard] = await newShards(1, setup);
  return shard;
}

/** Runs the alarms of shards until nothing is outdated. */
export async function settle(shards: Awaited<ReturnType<typeof newShards>>): Promise<void> {
  for (;;) {
    for (const shard of shards) await runDurableObjectAlarm(shard);
    const states = await Promise.all(shards.map(async (shard) => accepted(await shard.state())));
    if (states.every(({ outdated }) => outdated === 0)) return;
  }
}

const isRefusal = (answer: object): answer is Refusal => "refused" in answer;

/** Expects an answer that is no refusal. */
export function accepted<T extends object>(answer: T): Exclude<T, Refusal> {
  const isAccepted = (any: T): any is Exclude<T, Refusal> => !isRefusal(any);
  if (isAccepted(answer)) return answer;
  throw new Error(`refused: ${JSON.stringify(answer)}`);
}
