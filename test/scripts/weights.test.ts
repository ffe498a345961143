import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseManifest } from "../../shared/package/manifest.ts";
import { encodeSafetensors } from "../../shared/package/safetensors.ts";
import { openBackend } from "../../trainer/backends/open.ts";
import { buildMobileNetV2 } from "../../trainer/networks/backbones/mobilenetv2/build.ts";
import { each } from "../oracles/numbers.ts";
import { HubServer, sha256 } from "../trainer/weights/hubServer.ts";
import { complaints, runScript } from "./command.ts";
import { CLASSES, writePictures } from "./tinyFolder.ts";

const REPOSITORY = "timm/mobilenetv2_100.ra_in1k";
const FIELDS = ["_weight", "_gamma", "_beta", "_running_mean", "_running_var"];

/** Random weights of a narrow MobileNetV2, by the names of MXNet Gluon. */
async function makeWeights(): Promise<Buffer> {
  await openBackend("wasm", () => undefined);
  const model = buildMobileNetV2({ size: 32, width: 0.35, firstExpansion: true }, 1);
  const pair = (name: string, i: number | string) => [`${name}conv${i}`, `${name}batchnorm${i}`];
  const names = [
    ...pair("", 0),
    ...each(17).flatMap((block) => each(3).flatMap((i) => pair(`linearbottleneck${block}_`, i))),
    ...pair("", 1),
  ];
  const layers = model.layers.filter(({ weights }) => weights.length > 0);
  const tensors = layers.flatMap((layer, at) =>
    layer.getWeights().map((weight, i) => {
      const field = FIELDS[i + (weight.shape.length === 4 ? 0 : 1)];
      return [
        `${names[at]}${field}`,
        { shape: weight.shape, values: weight.dataSync<"float32">() },
      ] as const;
    }),
  );
  return Buffer.from(encodeSafetensors(new Map(tensors)));
}

const config = Buffer.from(
  JSON.stringify({
    architecture: "mobilenetv2_100",
    pretrained_cfg: {
      mean: [0.5, 0.4, 0.3],
      std: [0.25, 0.5, 0.2],
      crop_pct: 0.9,
      interpolation: "bicubic",
    },
  }),
);

const hub = new HubServer();
let weights: Buffer;
let folder = "";
let commit = "";
let env: Record<string, string> = {};
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "weights-"));
  env = { HF_ENDPOINT: await hub.listen(), HF_HOME: join(folder, "cache"), HF_TOKEN: "" };
  weights = await makeWeights();
  commit = hub.add(REPOSITORY, { "model.safetensors": weights, "config.json": config });
  await writePictures(join(folder, "shapes"), [...CLASSES, "goats", "hens"]);
});
afterAll(async () => {
  hub.close();
  await rm(folder, { recursive: true });
});

const run = (args: string[], more: Record<string, string> = {}) =>
  runScript("weights", args, folder, { ...env, ...more });
const offline = { HF_HUB_OFFLINE: "1" };

describe("npm run weights", () => {
  it("brings weights into the cache, lists them and tells where they are", async () => {
    const pulled = await run(["pull", "mobilenetv2"]);
    expect(complaints(pulled.stderr)).toEqual([]);
    expect(pulled.stdout).toContain(`--init ${REPOSITORY}@${commit}\n`);
    expect((await run(["list"], offline)).stdout).toMatch(
      new RegExp(`^mobilenetv2 +${REPOSITORY} +Apache-2.0 +arXiv:1801.04381 +here auto$`, "m"),
    );
    const { stdout } = await run(["where", REPOSITORY], offline);
    expect((await readFile(stdout.trim())).equals(weights)).toBe(true);
  });

  it("puts a file into the cache of a machine that does not reach the hub", async () => {
    const more = { ...offline, HF_HOME: join(folder, "island") };
    const file = join(folder, "model.safetensors");
    await writeFile(file, weights);
    const args = ["import", file, "--as", "mobilenetv2"];
    expect(complaints((await run(args, more)).stderr)).toEqual([
      `Error: ${join(folder, "config.json")} is missing: fetch the config.json of ${REPOSITORY} too, and put it beside`,
    ]);
    expect(complaints((await run([...args.slice(0, 3), "resnet-18"], more)).stderr)).toEqual([
      `Error: ${file} holds the weights of mobilenetv2 in the names of MXNet Gluon, stride 2 at bottlenecks 1, 3, 6, 13, and timm/resnet18.a1_in1k those of resnet-18: say by --as what it is`,
    ]);
    await writeFile(join(folder, "config.json"), config);
    expect(complaints((await run(args, more)).stderr)).toEqual([]);
    const { stdout } = await run(["where", "mobilenetv2"], more);
    expect(stdout).toContain(join("island", "hub", "models--timm--mobilenetv2_100.ra_in1k"));
    expect(sha256(await readFile(stdout.trim()))).toBe(sha256(weights));
  });

  it.each<[string, string[], string]>([
    [
      "weights that nobody has",
      ["pull", "birds"],
      "birds is neither a file nor one of auto, mobilenetv2",
    ],
    [
      "a network that cannot be trained",
      ["pull", "timm/vit_tiny_patch16_224.augreg_in21k"],
      "timm/vit_tiny_patch16_224.augreg_in21k is of no network that can be trained; those of timm that can are mobilenetv2_100",
    ],
    [
      "a file",
      ["pull", "model.safetensors"],
      "model.safetensors is a file; name weights of the list",
    ],
    [
      "what is not in the cache",
      ["where", "timm/none"],
      "the cache does not have timm/none; get it with",
    ],
  ])("refuses %s", async (_, args, message) => {
    const { code, stderr } = await run(args);
    expect(complaints(stderr)).toEqual([expect.stringContaining(`Error: ${message}`)]);
    expect(code).toBe(1);
  });
});

it("npm run train starts from weights by their name, and prepares images as they say", async () => {
  const flags = ["--data", "shapes", "--backend", "wasm", "--width", "0.35", "--size", "32"];
  const short = [
    "--steps",
    "1",
    "--freeze",
    "backbone",
    "--views",
    "1",
    "--dimensions",
    "8",
    "--head",
    "random",
  ];
  const args = [...flags, ...short, "--classes-per-batch", "4", "--init", REPOSITORY];
  const { code, stdout, stderr } = await runScript("train", args, folder, env);
  expect(complaints(stderr)).toEqual([]);
  expect(code).toBe(0);
  expect(stdout).toContain("Pretrained weights: mobilenetv2 in the names of MXNet Gluon");
  const path = join(folder, "runs", "shapes", "package", "manifest.json");
  const { input, training } = await parseManifest(await readFile(path, "utf8"));
  expect(input).toMatchObject({ mean: [0.5, 0.4, 0.3], std: [0.25, 0.5, 0.2], margin: 2 });
  expect(training.config).toMatchObject({
    init: `${REPOSITORY}@${commit}`,
    network: "mobilenetv2",
  });
});
