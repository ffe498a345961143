import sharp from "sharp";
import { testEmbeddings, testPixels } from "../../workers/bench/data.ts";
import type { Question } from "./load.ts";

/** A JPEG as a camera or a web page would send it: smooth with some noise, 4:2:0. */
async function jpeg(width: number, height: number): Promise<Buffer> {
  const noise = testPixels({ width, height });
  const pixels = noise.map((value, i) => {
    const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
    return 30 + (x / width) * 120 + (y / height) * 60 + value / 8;
  });
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 85 })
    .toBuffer();
}

/** POST /embed with a picture of this size in pixels. */
export async function embedQuestion(width: number, height: number): Promise<Question> {
  return { route: "/embed", type: "image/jpeg", body: await jpeg(width, height) };
}

/** POST /similarity of one against so many embeddings, as JSON. @param d their length */
export function similarityQuestion(candidates: number, d: number): Question {
  const values = testEmbeddings(candidates + 1, d);
  const items = Array.from({ length: candidates + 1 }, (_, i) => ({
    embedding: Array.from(values.subarray(i * d, (i + 1) * d)),
  }));
  const body = JSON.stringify({ source: items[0], candidates: items.slice(1) });
  return { route: "/similarity", type: "application/json", body: Buffer.from(body) };
}
