import { beforeAll, describe, expect, it } from "vitest";
import { Model } from "../../../shared/model.ts";
import { decodePackage } from "../../../shared/package/codec.ts";
import { openBackend } from "../../../trainer/backends/open.ts";
import { configSchema } from "../../../trainer/runs/config.ts";
import { embedItems } from "../../../trainer/evaluate/embed.ts";
import { exportPackage, type QuantizationScheme } from "../../../trainer/export/package.ts";
import { fitLocal } from "../../../trainer/training/fitLocal.ts";
import type { MethodName } from "../../../trainer/methods/methods.ts";
import { decisions } from "../training/decisions.ts";
import { data, inputs, items, learnerOf } from "../training/fitted.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

async function packageOf(method: MethodName, scheme: QuantizationScheme, train = items) {
  const learner = await learnerOf(method, 4, items.length);
  if (learner.shape.form === "local") fitLocal(learner, learner.embed(inputs, items, data.labels));
  const record = {
    config: configSchema.parse({ data: "pictures", name: "x", method }),
    fingerprint: data.fingerprint,
    started: "2026-01-02T03:04:05Z",
    versions: {},
  };
  const split = { train, heldOut: [], test: [], singletons: [] };
  const exported = await exportPackage(learner, record, { data, split }, decisions, null, scheme);
  const embedded = learner.embed(inputs, items, data.labels);
  const scores = learner.scorePairs(embedded.embeddings, A, B);
  learner.dispose();
  return { ...exported, scores };
}

/** Pairs of images. */
const A = Int32Array.from(items);
const B = Int32Array.from(items, (item) => (item * 7 + 3) % items.length);

describe.each(["distilled-softmax", "pddm-residual", "pddm-quadruplet"] as const)(
  "a package by %s",
  (method) => {
    it.each(["none", "int8-per-output-channel"] as const)(
      "has the S of the learner, and what was decided of it: %s",
      async (scheme) => {
        const { files, manifest, evaluation, scores } = await packageOf(method, scheme);
        expect(manifest).toMatchObject({ ...decisions, quantization: { scheme } });
        expect(evaluation).toBeNull();
        const model = await Model.open(await decodePackage(files));
        const { embeddings } = embedItems(model, data, items);
        const spread = Math.max(...scores) - Math.min(...scores);
        const errors = model.scorePairs(embeddings, A, B).map((s, i) => Math.abs(s - scores[i]));
        model.dispose();
        const allowed = scheme === "none" ? 1e-3 : 0.1;
        expect(Math.max(...errors)).toBeLessThan(allowed * spread);
      },
    );
  },
);

describe("a package", () => {
  it("states every class that did not train, whether or not its images test", async () => {
    const { manifest } = await packageOf("distilled-softmax", "none", items.slice(0, 11));
    expect(manifest.training.dataset).toMatchObject({ trainClasses: 2, testClasses: 2 });
  });

  it("is the same when it is made again", async () => {
    const [first, second] = [
      await packageOf("distilled-softmax", "none"),
      await packageOf("distilled-softmax", "none"),
    ];
    expect(second.files).toEqual(first.files);
  });
});
