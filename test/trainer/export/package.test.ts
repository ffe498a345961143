import { beforeAll, describe, expect, it } from "vitest";
import { Model } from "../../../shared/model.ts";
import { decodePackage } from "../../../shared/package/codec.ts";
import { openBackend } from "../../../trainer/backends/open.ts";
import { configSchema } from "../../../trainer/config.ts";
import { embedItems } from "../../../trainer/evaluate/embed.ts";
import { chooseRanking } from "../../../trainer/evaluate/ranking.ts";
import { exportPackage, type QuantizationScheme } from "../../../trainer/export/package.ts";
import { fitLocal } from "../../../trainer/fitLocal.ts";
import type { MethodName } from "../../../trainer/methods.ts";
import { data, inputs, items, learnerOf } from "../fitted.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

const HELD_OUT = items.filter((item) => data.labels[item] >= 2);
const TRAIN = items.filter((item) => data.labels[item] < 2);

async function packageOf(
  method: MethodName,
  heldOut: number[],
  scheme: QuantizationScheme = "int8-per-output-channel",
) {
  const learner = await learnerOf(method, 2, TRAIN.length);
  if (learner.shape.form === "local") fitLocal(learner, inputs, TRAIN, data.labels);
  const record = {
    config: configSchema.parse({ data: "pictures", name: "x", method }),
    fingerprint: data.fingerprint,
    started: "2026-01-02T03:04:05Z",
    versions: {},
  };
  const split = { train: TRAIN, heldOut, test: [], singletons: [] };
  const exported = await exportPackage(learner, record, { data, split }, null, scheme);
  learner.dispose();
  return exported;
}

describe.each(["best", "pddm-residual", "pddm-quadruplet"] as const)(
  "a package by %s",
  (method) => {
    it.each(["none", "int8-per-output-channel"] as const)(
      "records the ranking that its own weights are best at on held-out classes: %s",
      async (scheme) => {
        const { files, manifest, evaluation } = await packageOf(method, HELD_OUT, scheme);
        const model = await Model.open(await decodePackage(files));
        expect(manifest.ranking).toEqual({
          ...chooseRanking(model, embedItems(model, data, HELD_OUT)),
          classes: "held-out",
          queries: HELD_OUT.length,
        });
        expect(manifest.calibration.classes).toBe("held-out");
        expect(manifest.quantization.scheme).toBe(scheme);
        expect(evaluation).toBeNull();
        model.dispose();
      },
    );
  },
);

describe("a package of a run without held-out classes", () => {
  it("says that its ranking was chosen on training classes", async () => {
    const { manifest } = await packageOf("best", []);
    expect(manifest.ranking).toMatchObject({ classes: "training", queries: TRAIN.length });
    expect(manifest.calibration.classes).toBe("training");
  });

  it("is the same package when it is made again", async () => {
    const [first, second] = [await packageOf("best", []), await packageOf("best", [])];
    expect(second.files).toEqual(first.files);
  });
});
