import sharp, { type Sharp } from "sharp";
import { testEmbeddings, testPixels } from "../../../workers/bench/data.ts";
import type { Question } from "./load.ts";

/** sharp subsamples chroma 4:2:0 by default. */
const JPEG = { quality: 85 };

/** An image like those of cameras and web pages: smooth with some noise. */
function photo(width: number, height: number): Sharp {
  const noise = testPixels({ width, height });
  const pixels = noise.map((value, i) => {
    const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
    return 30 + (x / width) * 120 + (y / height) * 60 + value / 8;
  });
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}

/** POST /embed with a picture of this size in pixels. */
export async function embedQuestion(width: number, height: number): Promise<Question> {
  const body = await photo(width, height).jpeg(JPEG).toBuffer();
  return { route: "/embed", type: "image/jpeg", body };
}

/** POST /embed with a picture of this size, in each format that the API accepts. */
export async function largeQuestions(width: number, height: number) {
  const image = photo(width, height);
  const formats: [string, string, Sharp][] = [
    ["JPEG", "image/jpeg", image.clone().jpeg(JPEG)],
    ["JPEG, progressive", "image/jpeg", image.clone().jpeg({ ...JPEG, progressive: true })],
    ["PNG", "image/png", image.clone().png({ compressionLevel: 6 })],
    ["WebP", "image/webp", image.clone().webp({ quality: 85, effort: 0 })],
  ];
  return Promise.all(
    formats.map(async ([title, type, picture]) => {
      const question: Question = { route: "/embed", type, body: await picture.toBuffer() };
      return { title, question };
    }),
  );
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
