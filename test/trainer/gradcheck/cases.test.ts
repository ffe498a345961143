import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { BackendError } from "../../../trainer/backends/error.ts";
import { BACKENDS } from "../../../trainer/backends/names.ts";
import { openBackend } from "../../../trainer/backends/open.ts";
import { CASES } from "../../../trainer/gradcheck/cases/all.ts";
import { BOUND } from "../../../trainer/gradcheck/check.ts";
import { compare, worstOf } from "../../../trainer/gradcheck/compare.ts";

/** Of single ops. In whole networks many a gradient is zero, but for rounding. */
const OP_BOUND = 1e-4;
/** The cpu backend takes this long for the largest network, where the machine is busy. */
const PATIENCE_MS = 240_000;

/** By backend, the topics that are checked here; software takes too long for `npm run gradcheck`'s. */
const TOPICS: Partial<Record<(typeof BACKENDS)[number], string[]>> = {
  webgpu: ["convolution", "pooling", "matrix product", "batch norm", "clipping"],
};

/** Why a backend cannot run here. */
async function refusal(backend: (typeof BACKENDS)[number]): Promise<string | null> {
  try {
    await openBackend(backend, () => undefined);
    return null;
  } catch (error) {
    if (error instanceof BackendError) return error.message;
    throw error;
  }
}

for (const backend of BACKENDS) {
  const missing = await refusal(backend);
  const title = missing === null ? `on ${backend}` : `on ${backend}, not checked: ${missing}`;
  describe.skipIf(missing !== null)(title, () => {
    beforeAll(async () => {
      await openBackend(backend, () => undefined);
    });

    const topics = TOPICS[backend];
    const chosen = Object.entries(CASES).filter(([topic]) => topics?.includes(topic) ?? true);
    describe.each(chosen)("%s", (topic, cases) => {
      const bound = topic === "training step" ? BOUND : OP_BOUND;
      for (const check of cases) {
        const reason = check.unsupported?.[backend];
        const name = reason === undefined ? check.name : `${check.name}, not supported: ${reason}`;
        it.skipIf(reason !== undefined || check.slow)(name, { timeout: PATIENCE_MS }, async () => {
          const { numTensors } = tf.memory();
          const errors = await compare(check, bound);
          expect(worstOf(errors).error, worstOf(errors).result).toBeLessThan(bound);
          expect(tf.memory().numTensors).toBe(numTensors);
        });
      }
    });
  });
}
