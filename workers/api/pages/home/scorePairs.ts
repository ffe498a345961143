import type { Info } from "./answers.ts";
import type { Client } from "./client.ts";
import { pairsPerRequest } from "./limits.ts";
import type { Picture, Scores } from "./picture.ts";
import { Times } from "./times.ts";

/**
 * Scores every pair of embedded pictures that has no scores yet.
 *
 * @returns the number of those pairs, and the time
 * @throws Refusal
 */
export async function scorePairs(
  client: Client,
  pictures: readonly Picture[],
  scores: Scores,
  info: Info,
): Promise<{ pairs: number; times: Times }> {
  const times = new Times();
  const missing = pictures.flatMap((a, i) =>
    pictures.slice(i + 1).flatMap((b) => {
      const { vector: v } = a;
      const { vector: w } = b;
      return v && w && !scores.get(a, b) ? [{ a, b, vectors: [v, w] as const }] : [];
    }),
  );
  const most = pairsPerRequest(info.limits, info.dimensions);
  for (let start = 0; start < missing.length; start += most) {
    const some = missing.slice(start, start + most);
    const timed = await client.similarity(some.map(({ vectors }) => vectors));
    some.forEach(({ a, b }, i) => scores.set(a, b, timed.answer[i]!));
    times.add(timed);
  }
  return { pairs: missing.length, times };
}
