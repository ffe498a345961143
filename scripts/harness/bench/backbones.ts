import { BACKENDS } from "../../../trainer/backends/names.ts";
import { fineTuningOf } from "../../../trainer/bench/networks.ts";
import { measureRow } from "../../../trainer/bench/row.ts";
import { examine } from "../../../trainer/doctor/examine.ts";
import { type Backbone } from "../../../trainer/networks/backbones/backbone.ts";
import { BACKBONES, DEFAULT_BACKBONE } from "../../../trainer/networks/backbones/registry.ts";
import type { PackageFiles } from "../../../shared/package/codec.ts";
import { hasFloat32Room } from "../../../workers/api/models/float32Room.ts";
import { cpuTime } from "../measure/cpuTime.ts";
import { peakGrowth, residentBytes, workerds } from "../measure/resident.ts";
import { benchNetwork, type Drawn, drawNetwork, pack } from "./networks.ts";
import { type Contestant, race } from "./race.ts";
import type { BackboneRow } from "./report.ts";
import type { Stage } from "./stage.ts";
import type { BenchWorker, PackageId } from "./worker.ts";

const ARITHMETICS = [
  { precision: "int8", scheme: "int8" },
  { precision: "float32", scheme: "none" },
] as const;

const embed = (worker: BenchWorker, id: PackageId, runs: number) =>
  worker.ask({ task: "embed", subject: "engine", ...id, runs });

const CPU_IS_TOLD = process.platform === "linux";

/** Takes the time of processors, where the system tells it. */
const contestant =
  (worker: BenchWorker, id: PackageId): Contestant =>
  async (runs) => {
    const before = CPU_IS_TOLD ? cpuTime(workerds()) : 0;
    const { ms } = await embed(worker, id, runs);
    return CPU_IS_TOLD ? cpuTime(workerds()) - before : ms;
  };

/** The backend that `npm run train` takes here. */
async function firstBackend(signal: AbortSignal) {
  for (const backend of BACKENDS) {
    if ((await examine(backend, signal)).runs) return backend;
  }
  throw new Error("no backend runs here");
}

/** Numbers that the network holds, with its layer of the embedding. */
const parametersOf = ({ content, tensors }: Drawn): number => {
  const layers = new Set(content.network.map(({ name }) => name));
  return [...tensors].reduce(
    (sum, [name, { values }]) =>
      sum + (layers.has(name.slice(0, name.lastIndexOf("/"))) ? values.length : 0),
    0,
  );
};

type Precision = (typeof ARITHMETICS)[number]["precision"];

/** Milliseconds of processor time per image, the arithmetics in turn in one isolate. */
function raceAll(stage: Stage, packages: ReadonlyMap<Precision, PackageFiles>) {
  return stage.withWorker(async (worker) => {
    const contestants = new Map<string, Contestant>();
    for (const [precision, files] of packages) {
      contestants.set(precision, contestant(worker, await worker.put(files)));
    }
    return race(contestants, stage.pace);
  });
}

/**
 * What a fresh isolate grows by while it opens a package and answers once, and while it goes on answering, with the heap
 * of tfjs that S needs. The local R2 is part of the same process.
 */
async function measureMemory(stage: Stage, files: PackageFiles) {
  const id = await stage.publish(files);
  return stage.withWorker(async (worker) => {
    const before = residentBytes();
    const opening = await peakGrowth(async () => void (await embed(worker, id, 1)));
    const opened = residentBytes();
    const more = await peakGrowth(async () => void (await embed(worker, id, 10)));
    const known = before !== null && opened !== null && more !== null;
    const { wasmBytes = 0 } = (await worker.ask({ task: "memory" })).answer;
    return {
      wasm_bytes: wasmBytes,
      opening_bytes: opening,
      answering_bytes: known ? opened - before + more : null,
    };
  });
}

async function measureBackbone(stage: Stage, network: string, size: number) {
  stage.say(`backbones: ${network}@${size}`);
  const bench = benchNetwork(`${network}@${size}`, { network, size });
  const drawn = await drawNetwork(bench);
  const packages = new Map<Precision, PackageFiles>();
  for (const { precision, scheme } of ARITHMETICS) {
    if (precision === "float32" && !hasFloat32Room(drawn.content)) continue;
    packages.set(precision, await pack(drawn, scheme));
  }
  const times = await raceAll(stage, packages);
  const rows = [];
  for (const [precision, files] of packages) {
    rows.push({
      precision,
      package_bytes: files.weights.length,
      ms: times.get(precision) ?? NaN,
      ...(await measureMemory(stage, files)),
    });
  }
  return { network: bench.title, parameters: parametersOf(drawn), rows };
}

/**
 * Measures what backbones that can start from pretrained weights cost, with random weights: at the edge in both
 * arithmetics, and in fine-tuning.
 */
export async function measureBackbones(stage: Stage): Promise<BackboneRow[]> {
  const { signal, quick } = stage;
  const all = Object.entries<Backbone>(BACKBONES).filter(([, { schemes }]) => schemes);
  const chosen = quick ? [[DEFAULT_BACKBONE, BACKBONES[DEFAULT_BACKBONE]] as const] : all;
  const backend = await firstBackend(signal);
  const measured: BackboneRow[] = [];
  for (const [network, { usual, smallest }] of chosen) {
    const { size } = quick ? smallest : usual;
    const edge = await measureBackbone(stage, network, size);
    stage.say(`backbones: ${network} in training`);
    const trained = await measureRow(backend, quick ? "quick" : fineTuningOf(network), signal);
    signal.throwIfAborted();
    measured.push({
      ...edge,
      backend,
      training_images_per_s: trained.measured?.images_per_s ?? null,
    });
  }
  return measured;
}
