import sharp from "sharp";
import { COLD_STEPS } from "../../../workers/bench/protocol.ts";
import { type BenchNetwork, drawNetwork, MOBILENET_LARGE, pack, QUICK } from "./networks.ts";
import { median } from "../measure/quantile.ts";
import type { ColdRow } from "./report.ts";
import type { Stage } from "./stage.ts";
import type { PackageId } from "./worker.ts";

const REPETITIONS = 7;

type Times = Record<(typeof COLD_STEPS)[number] | "first", number>;

/** A tiny picture, so that decoding it takes no time: the load of the model is what counts. */
const tinyPng = async (): Promise<Uint8Array<ArrayBuffer>> => {
  const background = { r: 200, g: 100, b: 50 };
  const image = sharp({ create: { width: 32, height: 32, channels: 3, background } });
  return Uint8Array.from(await image.png().toBuffer());
};

/** Milliseconds of the API Worker's first answer. */
function timeFirstEmbed(stage: Stage, { name }: PackageId, body: Uint8Array<ArrayBuffer>) {
  return stage.withApi(name, async (url) => {
    const headers = { "content-type": "image/png" };
    const started = performance.now();
    const response = await fetch(new URL("/embed", url), { method: "POST", headers, body });
    const text = await response.text();
    if (!response.ok) throw new Error(`the API answered ${response.status}: ${text}`);
    return performance.now() - started;
  });
}

/** Times every step in a fresh isolate, then all of them together through the API. */
async function repeat(stage: Stage, id: PackageId, image: Uint8Array<ArrayBuffer>): Promise<Times> {
  const times: Times = { wasm: 0, read: 0, hash: 0, decode: 0, upload: 0, embed: 0, first: 0 };
  await stage.withWorker(async (worker) => {
    for (const step of COLD_STEPS) {
      times[step] = (await worker.ask({ task: "cold", step, ...id })).ms;
    }
  });
  return { ...times, first: await timeFirstEmbed(stage, id, image) };
}

async function measureNetwork(stage: Stage, network: BenchNetwork): Promise<ColdRow> {
  stage.say(`cold: ${network.title}`);
  const files = await pack(await drawNetwork(network), "int8");
  const id = await stage.publish(files);
  const image = await tinyPng();
  const all: Times[] = [];
  for (let i = 0; i < (stage.quick ? 1 : REPETITIONS); i++)
    all.push(await repeat(stage, id, image));
  const of = (step: keyof Times) => median(all.map((times) => times[step]));
  return {
    network: network.title,
    package_bytes: files.weights.length + new TextEncoder().encode(files.manifest).length,
    wasm_ms: of("wasm"),
    read_ms: of("read"),
    hash_ms: of("hash"),
    dequantize_ms: Math.max(0, of("decode") - of("hash")),
    upload_ms: of("upload"),
    first_inference_ms: of("embed"),
    first_embed_ms: of("first"),
  };
}

/** Milliseconds from a fresh isolate to the first embedding, with int8 packages. */
export async function measureCold(stage: Stage): Promise<ColdRow[]> {
  const rows: ColdRow[] = [];
  for (const network of stage.quick ? [QUICK] : [MOBILENET_LARGE, QUICK]) {
    rows.push(await measureNetwork(stage, network));
  }
  return rows;
}
