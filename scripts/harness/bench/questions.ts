import { testEmbeddings } from "../../../workers/bench/data.ts";
import type { Question } from "./load.ts";
import { photo } from "./photo.ts";

/** sharp subsamples chroma 4:2:0 by default. */
const JPEG = { quality: 85 };

/** POST /embed with a picture of this size in pixels. */
export async function embedQuestion(width: number, height: number): Promise<Question> {
  const body = await (await photo(width, height)).jpeg(JPEG).toBuffer();
  return { route: "/embed", type: "image/jpeg", body };
}

/** POST /similarity of one embedding against several, as JSON. @param d length of an embedding */
export function similarityQuestion(candidates: number, d: number): Question {
  const values = testEmbeddings(candidates + 1, d);
  const items = Array.from({ length: candidates + 1 }, (_, i) => ({
    embedding: Array.from(values.subarray(i * d, (i + 1) * d)),
  }));
  const body = JSON.stringify({ source: items[0], candidates: items.slice(1) });
  return { route: "/similarity", type: "application/json", body: Buffer.from(body) };
}
