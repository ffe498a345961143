import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { BackendName } from "../backends/names.ts";
import type { Say } from "../console/say.ts";
import { compute } from "./compute.ts";

const MIB = 2 ** 20;

/**
 * Finds the backend that runs here. It opens in a process of its own, which gives the GPU's memory back. WebAssembly
 * runs everywhere.
 *
 * @returns null if aborted
 * @throws ComputeError with the remedy if the chosen backend does not run here
 */
export async function chooseBackend(
  backend: "auto" | BackendName,
  say: Say,
  signal: AbortSignal,
): Promise<BackendName | null> {
  if (backend === "wasm") return backend;
  const hear = (report: { kind: string; line?: string }) => {
    if (report.kind === "say" && report.line !== undefined) say(report.line);
  };
  const signals = { kill: signal, stop: signal };
  const report = await compute({ kind: "open", backend }, hear, signals).catch((error: unknown) => {
    if (signal.aborted) return null;
    throw error;
  });
  if (report === null) return null;
  if (report.kind !== "opened") throw new Error(`unexpected report: ${report.kind}`);
  return report.backend;
}

/** Bytes of memory of the first NVIDIA GPU; 0 if there is none, or its driver has no nvidia-smi. */
export async function gpuMemory(): Promise<number> {
  const args = ["--query-gpu=memory.total", "--format=csv,noheader,nounits"];
  const { stdout } = await promisify(execFile)("nvidia-smi", args).catch(() => ({ stdout: "" }));
  const mebibytes = Number.parseInt(stdout, 10);
  return mebibytes > 0 ? mebibytes * MIB : 0;
}
