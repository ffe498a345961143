import { sample, seededRandom } from "../../../trainer/random.ts";
import { applyLoad, type Question } from "./load.ts";
import { median } from "../measure/quantile.ts";
import type { CacheRow, HttpRow } from "./report.ts";
import type { Stage } from "./stage.ts";

const CONNECTIONS = 8;

/** Adds a comment to a JPEG, so that its bytes change and its pixels do not. */
function commented(jpeg: Uint8Array, comment: number): Uint8Array {
  const segment = Buffer.from([0xff, 0xfe, 0, 6, 0, 0, 0, 0]);
  segment.writeUInt32BE(comment, 4);
  const startBytes = 2;
  return Buffer.concat([jpeg.subarray(0, startBytes), segment, jpeg.subarray(startBytes)]);
}

/**
 * Measures what the cache of embeddings gains and costs: with one image, which is cached from the second
 * request on, and with images that never repeat. All take turns, each time in another order.
 *
 * @param question /embed with a JPEG
 */
export async function measureCache(
  stage: Stage,
  model: string,
  question: Question,
): Promise<CacheRow[]> {
  const { signal, quick } = stage;
  const [rounds, requests] = quick ? [1, 16] : [9, 200];
  stage.say("http: with and without the cache of embeddings");
  let count = 0;
  const questions = {
    one: question,
    different: () => ({ ...question, body: commented(question.body, count++) }),
  };
  const measure = async (urls: { off: string; on: string }) => {
    const all = (["one", "different"] as const).flatMap((images) =>
      (["off", "on"] as const).map((cache) => ({ images, cache, turns: [] as HttpRow[] })),
    );
    const turn = ({ images, cache }: (typeof all)[number]) =>
      applyLoad(urls[cache], questions[images], { requests, connections: CONNECTIONS, signal });
    for (const one of all) await turn(one);
    for (let round = 0; round < rounds; round++) {
      for (const one of sample(all, all.length, seededRandom(round))) {
        one.turns.push(await turn(one));
      }
    }
    return all.map(({ images, cache, turns }): CacheRow => {
      const of = (figure: "requests_per_s" | "p50_ms" | "p99_ms") =>
        median(turns.map((row) => row[figure]));
      return {
        ...{ images, cache, connections: CONNECTIONS, requests, rounds },
        requests_per_s: of("requests_per_s"),
        p50_ms: of("p50_ms"),
        p99_ms: of("p99_ms"),
      };
    });
  };
  return stage.withApi(model, (on) =>
    stage.withApi(model, (off) => measure({ on, off }), { variables: { CACHE_BYTES: "0" } }),
  );
}
