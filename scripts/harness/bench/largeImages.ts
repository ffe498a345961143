import { applyLoad } from "./load.ts";
import { drawNetwork, MOBILENET_LARGE, pack, QUICK } from "./networks.ts";
import { embedQuestion, largeQuestions } from "./questions.ts";
import type { LargeImage } from "./report.ts";
import { peakGrowth } from "../measure/resident.ts";
import type { Stage } from "./stage.ts";

/** 12 megapixels, as phones make them, and 6, the default limit. */
const SIZES: [number, number][] = [
  [4000, 3000],
  [3000, 2000],
];

/** Limits high enough that the API does not refuse these images. */
const LIMITS = { DECODE_BYTES: "1000000000", MAX_BODY_BYTES: "100000000" };

/** Measures each image in a fresh workerd, whose memory no other image has filled. */
export async function measureImages(stage: Stage): Promise<LargeImage[]> {
  const network = stage.quick ? QUICK : MOBILENET_LARGE;
  const { name } = await stage.publish(await pack(await drawNetwork(network), "int8"));
  const warm = await embedQuestion(32, 32);
  const once = { requests: 1, connections: 1, signal: stage.signal };
  const rows: LargeImage[] = [];
  for (const [width, height] of stage.quick ? [[300, 200] as const] : SIZES) {
    for (const { title, question } of await largeQuestions(width, height)) {
      stage.say(`memory: ${width}x${height} ${title}`);
      const grown = await stage.withApi(
        name,
        async (url) => {
          await applyLoad(url, warm, once);
          return peakGrowth(async () => {
            await applyLoad(url, question, once);
          });
        },
        LIMITS,
      );
      rows.push({ image: title, pixels: width * height, peak_bytes: grown });
    }
  }
  return rows;
}
