import { setTimeout } from "node:timers/promises";
import type { Servers } from "../../lib/serve.ts";
import { Client } from "./client.ts";
import type { Fleet } from "./fleet.ts";
import { type Memory, medianMemory, readMemory } from "./memory.ts";
import { Mix } from "./mix.ts";
import { Run } from "./run.ts";
import { settle } from "./settle.ts";

/** How much to ask. */
export interface Load {
  requests: number;
  /** That the requests are judged in, which must divide them. */
  parts: number;
  connections: number;
  seed: number;
}

/** Of the requests, in their order. */
export interface Part {
  /** Milliseconds that each request took. */
  times: number[];
  memory: Memory;
}

export interface Soak {
  /** How often each kind was asked, and what of it failed. */
  kinds: Run["kinds"];
  /** Fewer than were asked for where it was broken off. */
  parts: Part[];
  promotions: number;
  /** What went wrong, the first of it; empty where all is well. */
  failures: string[];
}

const MOST_SAMPLES = 5;
const REQUESTS_PER_SAMPLE = 200;
const ENDING_MS = 1000;

/**
 * Asks the API Worker for all that it can do, checks every answer, and measures its memory between the
 * requests.
 *
 * @param servers whose API lets its inspector listen, and has the variables of the fleet
 * @param fleet published there
 * @param signal breaks it off
 * @param onProgress called with the number of answers so far
 */
export async function soak(
  servers: Servers,
  fleet: Fleet,
  { requests, parts: count, connections, seed }: Load,
  signal: AbortSignal,
  onProgress: (done: number) => void,
): Promise<Soak> {
  const mix = await Mix.open(seed, fleet);
  const over = new AbortController();
  const client = new Client(servers.apiUrl, connections, AbortSignal.any([signal, over.signal]));
  const run = new Run(client, mix, onProgress);
  signal.addEventListener("abort", () => run.stop("broken off"));
  void servers.ended.then((which) => {
    run.stop(`the workerd of the ${which} has ended, and nobody stopped it`);
    over.abort();
  });
  const size = requests / count;
  const samples = Math.max(1, Math.min(MOST_SAMPLES, Math.floor(size / REQUESTS_PER_SAMPLE)));
  const parts: Part[] = [];
  let promotions = 0;
  /** Some of the requests, with a promotion among them, and the memory afterwards. */
  const turn = async (requests: number) => {
    const promoting = promotions++ > 0 ? fleet.promote() : undefined;
    const [times] = await Promise.all([run.load(requests, connections), promoting]);
    await settle(fleet, mix, client);
    return { times, memory: await readMemory(servers, client) };
  };
  try {
    for (let part = 0; part < count && !run.isOver; part++) {
      const turns: Awaited<ReturnType<typeof turn>>[] = [];
      for (let i = 0; i < samples; i++) {
        // Together they are all of the part.
        const before = (sample: number) => Math.floor((size / samples) * sample);
        turns.push(await turn(before(i + 1) - before(i)));
      }
      parts.push({
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
  return { kinds: run.kinds, parts, promotions: promotions - 1, failures: run.failures };
}
