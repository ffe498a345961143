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
  /** The requests are judged in so many equal parts. Their number must be a multiple of it. */
  parts: number;
  connections: number;
  seed: number;
}

/** A part of the requests. */
export interface Part {
  /** Milliseconds that each request took. */
  times: number[];
  memory: Memory;
}

export interface Soak {
  /** How often each kind was asked, and how often it failed. */
  kinds: Run["kinds"];
  /** Fewer than asked for if the soak was stopped. */
  parts: Part[];
  promotions: number;
  /** The first failures, in words; empty if all is well. */
  failures: string[];
}

const MOST_SAMPLES = 5;
const REQUESTS_PER_SAMPLE = 200;
const ENDING_MS = 1000;

/**
 * Asks every route of the API Worker, checks every answer, and measures its memory between the requests.
 *
 * @param servers their API's inspector must listen, and the API must have the fleet's variables
 * @param fleet published on these servers
 * @param signal stops it
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
  signal.addEventListener("abort", () => run.stop("stopped"));
  void servers.ended.then((which) => {
    run.stop(`the workerd of the ${which} has ended unexpectedly`);
    over.abort();
  });
  const size = requests / count;
  const samples = Math.max(1, Math.min(MOST_SAMPLES, Math.floor(size / REQUESTS_PER_SAMPLE)));
  const parts: Part[] = [];
  let promotions = 0;
  /** Asks some of the requests, with a promotion among them, and reads the memory afterwards. */
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
        // The turns add up to the whole part.
        const before = (sample: number) => Math.floor((size / samples) * sample);
        turns.push(await turn(before(i + 1) - before(i)));
      }
      parts.push({
        times: turns.flatMap(({ times }) => times),
        memory: medianMemory(turns.map(({ memory }) => memory)),
      });
    }
  } catch (error) {
    // The end of workerd is reported later than its failing requests.
    await Promise.race([servers.ended, setTimeout(ENDING_MS)]);
    if (!run.isOver) throw error;
  } finally {
    client.close();
  }
  return { kinds: run.kinds, parts, promotions: promotions - 1, failures: run.failures };
}
