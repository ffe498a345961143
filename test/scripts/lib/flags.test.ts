import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { configOptions, FINE_TUNING_FLAGS, parseConfig } from "../../../scripts/lib/flags.ts";
import { defaultsOf, METHOD_NAMES, METHODS } from "../../../trainer/methods/methods.ts";
import { configSchema, FINE_TUNING } from "../../../trainer/runs/config.ts";
import { UserError } from "../../../trainer/error.ts";
import { complaints, runScript } from "../command.ts";

let folder: string;

/** A plain picture; each class has its colour. */
async function picture(path: string, hue: number): Promise<void> {
  await mkdir(join(folder, path, ".."), { recursive: true });
  const background = { r: hue, g: 255 - hue, b: 128 };
  await sharp({ create: { width: 20, height: 16, channels: 3, background } })
    .png()
    .toFile(join(folder, path));
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pddm-flags-"));
  await mkdir(join(folder, "empty", "class"), { recursive: true });
  await picture("single/cats/1.png", 10);
  await picture("single/cats/2.png", 20);
  await picture("single/dogs/1.png", 200);
  for (const [at, name] of ["cats", "dogs", "newts", "owls"].entries()) {
    await picture(`mixed/${name}/1.png`, 60 * at);
    await picture(`mixed/${name}/2.png`, 60 * at + 10);
  }
  await picture("mixed/bats/lonely.png", 90);
  await writeFile(join(folder, "mixed", "cats", "broken.jpg"), "not an image");
});

afterAll(() => rm(folder, { recursive: true }));

describe("npm run train with a mistake", () => {
  it.concurrent.for([
    ["an unknown flag", ["--bogus", "1"], "unknown option '--bogus'"],
    ["a word for a number", ["--steps", "abc"], "'--steps <number>' argument 'abc' is invalid"],
    ["a choice that is none", ["--backend", "tpu"], "Allowed choices are auto, wasm, cuda, webgpu"],
    [
      "a method that is none",
      ["--method", "all"],
      "Allowed choices are contrastive, triplet-hard,",
    ],
    ["a hyperparameter without its value", ["--set", "alpha"], "Not of the form name=value"],
    [
      "a hyperparameter that the method has not",
      ["--data", "mixed", "--method", "contrastive", "--set", "margin=0.5", "--set", "beta=1"],
      "--set: contrastive has no beta; it has margin",
    ],
    ["a number out of range", ["--data", "mixed", "--steps", "0"], "--steps: Too small"],
    ["no data", [], "--data is missing"],
    ["a folder that is not there", ["--data", "nowhere"], "there is no folder nowhere"],
    ["a folder without images", ["--data", "empty"], "empty holds no images"],
    [
      "one usable class",
      ["--data", "single", "--train-classes", "2"],
      "training needs at least 2 classes of 2 images, here are 1",
    ],
    [
      "more training classes than there are",
      ["--data", "mixed", "--train-classes", "6"],
      "6 classes are to train (--train-classes), but there are only 5",
    ],
    [
      "layers to freeze in a network that trains as a whole",
      ["--data", "mixed", "--train-classes", "5", "--freeze", "conv2"],
      "--freeze conv2: the small network trains as a whole",
    ],
    [
      "pretrained weights that are not there",
      ["--data", "mixed", "--train-classes", "5", "--init", "nowhere.safetensors"],
      "nowhere.safetensors",
    ],
    ["a run to resume that is not there", ["--resume", "gone"], "there is no run in runs/gone"],
    ["--resume beside another flag", ["--resume", "gone", "--seed", "2"], "leave the other flags"],
  ] satisfies [string, string[], string][])(
    "says in one sentence what is wrong with %s",
    async ([, args, sentence]) => {
      const { code, stderr } = await runScript("train", args, folder);
      expect(complaints(stderr)).toEqual([expect.stringContaining(sentence)]);
      expect(code).toBe(1);
    },
  );
});

describe("npm run train", () => {
  it("names and skips what does not decode, names classes of one image, and trains", async () => {
    const small = ["--size", "16", "--dimensions", "4", "--classes-per-batch", "2"];
    const args = ["--data", "mixed", "--train-classes", "5", "--steps", "2", "--backend", "wasm"];
    const { code, stdout, stderr } = await runScript("train", [...args, ...small], folder);
    expect(complaints(stderr)).toEqual([]);
    expect(stdout).toContain("Skipped 1 image: cats/broken.jpg (");
    expect(stdout).toContain("Classes of one image, which give no positive pairs: bats\n");
    expect(stdout).toContain(
      "9 images of 5 classes (one folder per class): 9 to train, 0 held out, 0 to test",
    );
    expect(stdout).toContain(
      "Nothing is measured. To measure takes 2 unseen classes, here are 0 of 5: choose fewer --train-classes.\n",
    );
    expect(stdout).toContain("Publish it: npm run publish -- runs/mixed/package --registry <url>");
    expect(code).toBe(0);
    expect(await readdir(join(folder, "runs", "mixed"))).toContain("package");
  });
});

describe("the flags", () => {
  it("are the fields of the config, each with its description, default and choices", () => {
    const options = new Map(
      configOptions().map((option) => [option.attributeName(), option] as const),
    );
    const { hyperparameters: _, normalization: __, ...fields } = configSchema.in.shape;
    expect([...options.keys()].filter((name) => name !== "set")).toEqual(Object.keys(fields));
    expect(options.get("set")?.flags).toBe("--set <name=value>");
    const defaults = configSchema.parse({ data: "photos", name: "photos" });
    for (const [name, value] of Object.entries(defaults)) {
      if (name === "hyperparameters" || name === "normalization") continue;
      const option = options.get(name);
      const required = name === "data" || name === "name";
      expect(option?.defaultValue, name).toBe(required ? undefined : value);
      expect(option?.description, name).not.toBe("");
    }
    expect(options.get("backend")?.argChoices).toEqual(["auto", "wasm", "cuda", "webgpu"]);
    expect(options.get("method")?.argChoices).toContain("pddm-quadruplet");
    expect(options.get("trainClasses")?.flags).toBe("--train-classes <number>");
    expect(options.get("learningRate")?.flags).toBe("--learning-rate <number>");
  });

  it("stand in --help, each with its default", async () => {
    const { code, stdout } = await runScript("train", ["--help"], folder);
    expect(stdout).toContain(
      `With --init the defaults are those of fine-tuning: ${FINE_TUNING_FLAGS}.`,
    );
    const help = stdout.replace(/\s+/g, " ");
    for (const option of configOptions()) {
      expect(help).toContain(`${option.flags} ${option.description}`);
      const preset: unknown = option.defaultValue;
      const shown = option.defaultValueDescription ?? JSON.stringify(preset);
      if (preset !== undefined) expect(help).toContain(`default: ${shown})`);
    }
    for (const method of METHOD_NAMES) {
      for (const [name, value] of Object.entries(defaultsOf(method))) {
        const { description } = METHODS[method].hyperparameters.shape[name];
        expect(help).toMatch(new RegExp(`${method} .*${name} ${value} ${description}`));
      }
    }
    expect(code).toBe(0);
  });

  it("set the hyperparameters of the method, and refuse those that it has not", () => {
    const values = { data: "photos", name: "photos", method: "proxy-anchor" };
    const set = (hyperparameters: object) => parseConfig({ ...values, hyperparameters });
    expect(parseConfig(values).hyperparameters).toEqual({ margin: 0.1, scale: 32 });
    expect(set({ scale: 16 }).hyperparameters).toEqual({ margin: 0.1, scale: 16 });
    expect(() => set({ alpha: 1 })).toThrow(UserError);
    expect(() => set({ alpha: 1 })).toThrow(
      /^--set: proxy-anchor has no alpha; it has margin, scale$/,
    );
    expect(() => set({ scale: 0 })).toThrow(/^--set scale: Too small/);
  });

  it("refuse a value out of range and name the flag as it is typed", () => {
    const values = { data: "photos", name: "photos" };
    expect(() => parseConfig({ ...values, trainClasses: 1 })).toThrow(UserError);
    expect(() => parseConfig({ ...values, trainClasses: 1 })).toThrow(/^--train-classes: /);
    expect(() => parseConfig({ ...values, method: "all" })).toThrow(/^--method: /);
    expect(() => parseConfig({ ...values, name: "My Birds" })).toThrow(/^--name: a model name/);
    expect(() => parseConfig({ ...values, size: 24.5 })).toThrow(/^--size: .*expected int/);
    expect(parseConfig({ ...values, steps: 7 })).toMatchObject({ steps: 7, seed: 1 });
  });

  it("have the defaults of fine-tuning beside --init, but for those that are given", () => {
    const values = { data: "photos", name: "photos" };
    const init = "weights.safetensors";
    expect(parseConfig({ ...values, init })).toMatchObject({ init, ...FINE_TUNING });
    expect(parseConfig({ ...values, init, steps: 7, network: "model.json" })).toMatchObject({
      ...FINE_TUNING,
      steps: 7,
      network: "model.json",
    });
    expect(parseConfig(values)).toEqual(configSchema.parse(values));
    expect(FINE_TUNING_FLAGS).toContain("--freeze block");
    expect(FINE_TUNING_FLAGS.split(" --")).toHaveLength(Object.keys(FINE_TUNING).length);
  });
});
