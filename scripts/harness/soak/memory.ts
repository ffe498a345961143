import { usedHeap, wasmMemory } from "../measure/inspector.ts";
import { median } from "../measure/quantile.ts";
import { residentBytes } from "../measure/resident.ts";
import type { Servers } from "../../lib/serve.ts";
import type { Client } from "./client.ts";

/** Memory of the isolate, after garbage collection and with the same models loaded, and of workerd. */
export interface Memory {
  /** Bytes of JavaScript's heap. */
  js: number;
  /** Bytes of all WebAssembly memories: tfjs's, the codecs', and one per int8 model. */
  wasm: number;
  /** Bytes of tfjs's memory alone. */
  tfjs: number;
  tensors: number;
  /** Resident bytes of both workerds; null without /proc. */
  resident: number | null;
}

/** Reads a gauge of /metrics. @throws Error if it is missing */
function gauge(metrics: string, name: string): number {
  const [, value] = new RegExp(`^${name} (\\d+)$`, "m").exec(metrics) ?? [];
  if (value === undefined) throw new Error(`/metrics does not hold ${name}`);
  return Number(value);
}

export async function readMemory(servers: Servers, client: Client): Promise<Memory> {
  const inspector = await servers.inspectorUrl();
  const work = () => client.get("/healthz");
  const wasm = await wasmMemory(inspector, work);
  const js = await usedHeap(inspector, work);
  const metrics = await client.get("/metrics");
  return {
    js,
    wasm,
    tfjs: gauge(metrics, "pddm_tfjs_heap_bytes"),
    tensors: gauge(metrics, "pddm_tfjs_tensors"),
    resident: residentBytes(),
  };
}

/** The median of each value. @param samples at least one */
export function medianMemory(samples: readonly Memory[]): Memory {
  const of = (name: Exclude<keyof Memory, "resident">) =>
    median(samples.map((sample) => sample[name]));
  const resident = samples.flatMap((sample) => sample.resident ?? []);
  return {
    js: of("js"),
    wasm: of("wasm"),
    tfjs: of("tfjs"),
    tensors: of("tensors"),
    resident: resident.length > 0 ? median(resident) : null,
  };
}
