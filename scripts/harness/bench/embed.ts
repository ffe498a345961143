import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Manifest } from "../../../shared/package/manifest.ts";
import { PEAK_FLOPS, type Subject } from "../../../workers/bench/protocol.ts";
import { cosine } from "./cosine.ts";
import { type BenchNetwork, countFlops, drawNetwork, NETWORKS, pack, QUICK } from "./networks.ts";
import { writeOnnx } from "./onnx/network.ts";
import { Ort } from "./ort.ts";
import { type Contestant, race } from "./race.ts";
import type { EmbedRow } from "./report.ts";
import type { Stage } from "./stage.ts";
import type { BenchWorker, PackageId } from "./worker.ts";

/** The arithmetic of the engine, the weights that cause it, and how close the result must be. */
interface Variant {
  precision: EmbedRow["precision"];
  scheme: Manifest["quantization"]["scheme"];
  leastCosine: number;
}

const FLOAT32: Variant = { precision: "float32", scheme: "none", leastCosine: 0.9999 };
/** This holds for random weights and an image of noise. It says nothing about int8 on real ones. */
const INT8: Variant = { precision: "int8", scheme: "int8", leastCosine: 0.95 };
const VARIANTS: readonly Variant[] = [FLOAT32, INT8];

/** Embeds the test image with one subject, and keeps the embedding. */
class Embedder {
  values: number[] = [];
  readonly run: Contestant = async (runs) => {
    const task = { task: "embed", subject: this.subject, ...this.id, runs } as const;
    const { ms, answer } = await this.worker.ask(task);
    this.values = answer.values ?? [];
    return ms;
  };

  constructor(
    private readonly worker: BenchWorker,
    private readonly subject: Subject,
    private readonly id: PackageId,
  ) {}
}

const peak =
  (worker: BenchWorker, build: "simd" | "relaxed"): Contestant =>
  async (runs) =>
    (await worker.ask({ task: "peak", build, runs })).ms;

/** Measures one network with the engine in all its variants, plain tfjs and onnxruntime-web, in turn. */
async function measureNetwork(stage: Stage, network: BenchNetwork): Promise<EmbedRow[]> {
  stage.say(`embed: ${network.title}`);
  const drawn = await drawNetwork(network);
  const packages = await Promise.all(VARIANTS.map(({ scheme }) => pack(drawn, scheme)));
  const onnx = join(stage.folder, `${network.name}.onnx`);
  await writeFile(onnx, writeOnnx(drawn.content, drawn.tensors));
  const ort = await Ort.open(onnx, drawn.content.input);
  try {
    return await stage.withWorker(async (worker) => {
      const engines: { variant: Variant; embedder: Embedder }[] = [];
      for (const [i, variant] of VARIANTS.entries()) {
        const id = await worker.put(packages[i]!);
        engines.push({ variant, embedder: new Embedder(worker, "engine", id) });
      }
      const tfjs = new Embedder(worker, "tfjs", await worker.put(await pack(drawn, "none")));
      let ofOrt: number[] | undefined;
      const contestants = new Map<string, Contestant>([
        ...engines.map(({ variant, embedder }) => [variant.precision, embedder.run] as const),
        ["tfjs", tfjs.run],
        ["simd", peak(worker, "simd")],
        ["relaxed", peak(worker, "relaxed")],
      ]);
      if (ort) {
        contestants.set("ort", async (runs) => {
          const { ms, embedding } = await ort.run(runs);
          ofOrt = embedding;
          return ms;
        });
      }
      const times = await race(contestants, stage.pace);
      const msOf = (name: string) => times.get(name) ?? NaN;
      const gflops = (flops: number, ms: number) => flops / ms / 1e6;
      return engines.map(({ variant: { precision, leastCosine }, embedder }) => {
        const rate = gflops(countFlops(drawn), msOf(precision));
        const peakRate = gflops(PEAK_FLOPS, msOf("simd"));
        const others = [tfjs.values, ...(ofOrt ? [ofOrt] : [])];
        const least = Math.min(...others.map((values) => cosine(embedder.values, values)));
        if (!(least >= leastCosine)) {
          throw new Error(
            `${network.title}, ${precision}: the cosine with the others' embeddings is ${least}, below ${leastCosine}`,
          );
        }
        return {
          network: network.title,
          precision,
          engine_ms: msOf(precision),
          tfjs_ms: msOf("tfjs"),
          ort_ms: ort ? msOf("ort") : null,
          mflop: countFlops(drawn) / 1e6,
          engine_gflops: rate,
          peak_gflops: peakRate,
          relaxed_peak_gflops: gflops(PEAK_FLOPS, msOf("relaxed")),
          peak_share: rate / peakRate,
          cosine: least,
        };
      });
    });
  } finally {
    ort?.stop();
  }
}

/** Milliseconds to embed one image, from bytes of RGB to a unit vector. */
export async function measureEmbed(stage: Stage): Promise<EmbedRow[]> {
  const rows: EmbedRow[] = [];
  for (const network of stage.quick ? [QUICK] : NETWORKS) {
    rows.push(...(await measureNetwork(stage, network)));
  }
  return rows;
}
