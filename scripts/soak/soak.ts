import { setTimeout } from "node:timers/promises";
import type { RegistryClient } from "../registry.ts";
import type { Servers } from "../serve.ts";
import { Client } from "./client.ts";
import { Fleet } from "./fleet.ts";
import { type Memory, medianMemory, readMemory } from "./memory.ts";
import { Mix } from "./mix.ts";
import { Run } from "./run.ts";
import { settle } from "./settle.ts";

/** How much to ask. */
export interface Load {
  /** A multiple of ten. */
  requests: number;
  connections: number;
  seed: number;
}

/** One of ten parts of the requests, in their order. */
export interface Tenth {
  /** Milliseconds that each request took. */
  times: number[];
  memory: Memory;
}

export interface Soak {
  /** How often each kind was asked, and what of it failed. */
  kinds: Run["kinds"];
  /** Fewer than ten where it was broken off. */
  tenths: Tenth[];
  promotions: number;
  /** What went wrong, the first of it; empty where all is well. */
  failures: string[];
}

const TENTHS = 10;
const MOST_SAMPLES = 5;
const REQUESTS_PER_SAMPLE = 100;
const ENDING_MS = 1000;

/**
 * Asks the API Worker for all that it can do, checks every answer, and measures its memory between the
 * requests. Takes tfjs's wasm backend.
 *
 * @param servers fresh ones whose API lets its inspector listen
 * @param signal breaks it off
 * @param onProgress called with the number of answers so far
 */
export async function soak(
  servers: Servers,
  registry: RegistryClient,
  { requests, connections, seed }: Load,
  signal: AbortSignal,
  onProgress: (done: number) => void,
): Promise<Soak> {
  const fleet = await Fleet.publish(registry);
  const mix = await Mix.open(seed, fleet);
  const over = new AbortController();
  const client = new Client(servers.apiUrl, connections, AbortSignal.any([signal, over.signal]));
  const run = new Run(client, mix, onProgress);
  signal.addEventListener("abort", () => run.stop("broken off"));
  void servers.ended.then((which) => {
    run.stop(`the workerd of the ${which} has ended, and nobody stopped it`);
    over.abort();
  });
  const samples = Math.max(
    1,
    Math.min(MOST_SAMPLES, Math.floor(requests / TENTHS / REQUESTS_PER_SAMPLE)),
  );
  const tenths: Tenth[] = [];
  let promotions = 0;
  /** Some of the requests, with a promotion among them, and the memory afterwards. */
  const turn = async (count: number) => {
    const promoting = promotions++ > 0 ? fleet.promote() : undefined;
    const [times] = await Promise.all([run.load(count, connections), promoting]);
    await settle(fleet, mix, client);
    return { times, memory: await readMemory(servers, client) };
  };
  try {
    for (let tenth = 0; tenth < TENTHS && !run.isOver; tenth++) {
      const turns: Awaited<ReturnType<typeof turn>>[] = [];
      for (let i = 0; i < samples; i++) {
        // Together they are all of the tenth.
        const [from, to] = [i, i + 1].map((at) => Math.floor((requests / TENTHS / samples) * at));
        turns.push(await turn(to - from));
      }
      tenths.push({
        times: turns.flatMap(({ times }) => times),
        memory: medianMemory(turns.map(({ memory }) => memory)),
      });
    }
  } catch (error) {
    // The end of workerd is heard of later than that it does not answer.
    await Promise.race([servers.ended, setTimeout(ENDING_MS)]);
    if (!run.isOver) throw error;
  } finally {
    client.close();
  }
  return { kinds: run.kinds, tenths, promotions: promotions - 1, failures: run.failures };
}
