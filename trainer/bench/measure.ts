import type { BackendName } from "../backends/names.ts";
import { deviceBytes } from "./memory.ts";
import type { TrainNetwork } from "./networks.ts";
import type { Measured } from "./report.ts";
import { BenchStep, median, PARTS, type Times, totalOf } from "./step.ts";

/** The method of the paper. Its mining reads S of all pairs. */
export const METHOD = "pddm-quadruplet";

/** The median of each part. */
export function mediansOf(steps: readonly Times[]): Times {
  const [data, forward, loss, backward, update] = PARTS.map((part) =>
    median(steps.map((times) => times[part])),
  ) as [number, number, number, number, number];
  return { data, forward, loss, backward, update };
}

/**
 * Times training steps of a network on the active backend. The first step is not counted, because it allocates memory
 * that later steps reuse.
 *
 * @param steps number of counted steps
 * @throws OutOfMemory if the backend has run out of memory without reporting it
 */
export async function measure(
  backend: BackendName,
  network: TrainNetwork,
  steps: number,
): Promise<Measured> {
  const trained = await BenchStep.open(network, METHOD);
  trained.take();
  const taken = Array.from({ length: steps }, () => trained.take());
  trained.dispose();
  const { data, forward, loss, backward, update } = mediansOf(taken);
  const step_ms = median(taken.map(totalOf));
  return {
    images_per_s: (1000 * network.batch) / step_ms,
    step_ms,
    data_ms: data,
    forward_ms: forward,
    mining_ms: loss,
    backward_ms: backward,
    update_ms: update,
    device_bytes: deviceBytes(backend),
    process_bytes: process.resourceUsage().maxRSS * 1024,
  };
}
