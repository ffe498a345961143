import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { backboneNamed } from "../../../trainer/networks/backbones/registry.ts";
import { backboneOf, CATALOGUE } from "../../../trainer/weights/catalogue.ts";
import { readPreprocessing } from "../../../trainer/weights/preprocessing.ts";
import reference from "../networks/backbones/reference.json" with { type: "json" };
import timm from "./timm.json" with { type: "json" };

/** The short names against timm, which has written timm.json: see reference.py. */

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "catalogue-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("a short name", () => {
  it.each(Object.entries(CATALOGUE))("is of weights that timm has: %s", async (_, entry) => {
    const { repository, backbone, licence } = entry;
    const own = timm.find((it) => it.repository === repository) ?? expect.fail(repository);
    const { architecture, pretrained_cfg } = own;
    expect(licence.toLowerCase()).toBe(pretrained_cfg.license);
    expect(backboneOf(repository)).toBe(backbone);
    // timm.test.ts compares what the backbone computes with what timm does.
    const compared = reference.filter((it) => it.timm === architecture);
    expect(compared.map(({ network }) => network)).toContain(backbone);
    expect(backboneNamed(backbone)?.schemes).not.toHaveLength(0);

    const path = join(folder, "config.json");
    await writeFile(path, JSON.stringify({ architecture, pretrained_cfg }));
    const { mean, std, crop_pct: centerCrop } = pretrained_cfg;
    expect(await readPreprocessing(path)).toEqual({ normalization: { mean, std }, centerCrop });
  });
});
