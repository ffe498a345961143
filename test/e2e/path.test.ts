import { createPublicKey } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, inject, it } from "vitest";
import * as z from "zod";
import { checkSignature } from "../../shared/package/signature.ts";
import { readPackage } from "../../trainer/export/package.ts";
import { complaints, runScript } from "../scripts/command.ts";
import { compare, embed, MEDIA_TYPES } from "./ask.ts";
import { cosine } from "./cosine.ts";
import { readSteps } from "./metrics.ts";
import { freePort } from "./ports.ts";
import { TOKEN, useServers } from "./servers.ts";
import { STEPS } from "./tiny.ts";

const { folder, trained, exported } = inject("tiny");
const servers = useServers();

const INT8 = join("runs", "emoji", "package");
const read = async (path: string) => new Uint8Array(await readFile(join(folder, path)));
const manifestOf = async (path: string) => (await readPackage(join(folder, path))).manifest;

const publish = (args: string[], token = TOKEN) =>
  runScript("publish", ["--registry", servers().registryUrl, ...args], folder, {
    REGISTRY_TOKEN: token,
  });

describe("npm run train", () => {
  it("ends well and shows what was learned beside both baselines", () => {
    expect(complaints(trained.stderr)).toEqual([]);
    expect(trained.code).toBe(0);
    const methods = [
      "raw pixels, cosine",
      "before training",
      "trained, by distance D",
      "trained, D's 50 nearest by S",
      "as exported",
    ];
    for (const method of methods) {
      expect(trained.stdout).toMatch(new RegExp(`^ *${method}( +\\d+\\.\\d){6}$`, "m"));
    }
  });

  it("names the package that it has made", async () => {
    const { name, version, weights } = await manifestOf(INT8);
    expect(trained.stdout).toContain(
      `Package ${name}@${version}: ${(weights.bytes / 1024).toFixed(0)} KiB of weights ` +
        `(int8) in ${INT8}\n`,
    );
  });

  it("leaves config, metrics, checkpoint and package in the run's folder", async () => {
    const run = join(folder, "runs", "emoji");
    expect((await readdir(run)).sort()).toEqual([
      "checkpoint.safetensors",
      "config.json",
      "decisions.json",
      "metrics.jsonl",
      "package",
      "result.safetensors",
    ]);
    const { config } = z
      .object({ config: z.record(z.string(), z.unknown()) })
      .parse(JSON.parse(await readFile(join(run, "config.json"), "utf8")));
    expect(config).toMatchObject({ name: "emoji", size: 24, steps: STEPS, seed: 1 });
    expect(readSteps(run).map(({ step }) => step)).toEqual(
      Array.from({ length: STEPS }, (_, i) => i + 1),
    );
  });
});

describe("a package", () => {
  it("says by what images are ranked best, measured on classes that are not those of the test", async () => {
    const { ranking, calibration } = await manifestOf(INT8);
    const { d, s } = ranking.recallAt1;
    expect(ranking.by).toBe(s >= d ? "s" : "d");
    expect(ranking.classes).toBe(calibration.classes);
    expect(ranking.queries).toBeGreaterThan(1);
  });
});

describe("npm run export --sign", () => {
  it("signs the package", async () => {
    const pem = await readFile(join(folder, "release.pem"));
    const { x = "" } = createPublicKey(pem).export({ format: "jwk" });
    const signers = [{ name: "release", publicKey: new Uint8Array(Buffer.from(x, "base64url")) }];
    const { files } = await readPackage(join(folder, "float32"));
    await checkSignature(signers, new TextEncoder().encode(files.manifest), files.signature);
  });
});

describe("npm run export", () => {
  it("makes a package of the same network with float32 weights", async () => {
    expect(exported.code).toBe(0);
    const [int8, float32] = [await manifestOf(INT8), await manifestOf("float32")];
    expect(float32).toMatchObject({
      name: "emoji",
      network: int8.network,
      quantization: { scheme: "none" },
    });
    expect(float32.version).not.toBe(int8.version);
    expect(float32.weights.bytes / int8.weights.bytes).toBeGreaterThan(3);
  });
});

describe("npm run publish", () => {
  it("publishes and promotes a package", async () => {
    const { version } = await manifestOf(INT8);
    const { code, stdout, stderr } = await publish([INT8]);
    expect(stderr).toBe("");
    expect(stdout).toBe(
      `Published emoji@${version}\nPromoted to "stable". Ask the API with ?model=emoji\n`,
    );
    expect(code).toBe(0);
  });

  it("publishes another version to a channel of its own", async () => {
    const { version } = await manifestOf("float32");
    const { stdout } = await publish(["float32", "--channel", "exact"]);
    expect(stdout).toContain(`Published emoji@${version}\nPromoted to "exact".`);
  });

  it("says so where the version is there already", async () => {
    const { version } = await manifestOf(INT8);
    const { code, stdout } = await publish([INT8, "--no-promote"]);
    expect(stdout).toBe(`Already published: emoji@${version}\n`);
    expect(code).toBe(0);
  });

  it("says in a sentence that the token is wrong", async () => {
    const { code, stderr } = await publish([INT8], "wrong");
    expect(complaints(stderr)).toEqual([expect.stringContaining("the registry answered 401")]);
    expect(code).toBe(1);
  });

  it("says in a sentence that no registry answers", async () => {
    const port = await freePort();
    const { code, stderr } = await publish([INT8, "--registry", `http://127.0.0.1:${port}`]);
    expect(complaints(stderr)).toEqual([
      expect.stringMatching(`registry at http://127.0.0.1:${port} does not answer: .*ECONNREFUSED`),
    ]);
    expect(code).toBe(1);
  });

  it("says in a sentence that a folder is no package", async () => {
    const { code, stderr } = await publish(["emoji"]);
    expect(complaints(stderr)).toEqual(["Error: emoji is not a package: it has no manifest.json"]);
    expect(code).toBe(1);
  });
});

describe("the API", () => {
  const drawing = async () => {
    const [concept] = await readdir(join(folder, "emoji"));
    return read(join("emoji", concept, "noto.png"));
  };

  it("answers for JPEG, PNG and WebP with unit vectors of the promoted model", async () => {
    const { version, embedding } = await manifestOf(INT8);
    const image = sharp(await drawing()).flatten({ background: "white" });
    const files = {
      jpg: await image.jpeg().toBuffer(),
      png: await image.png().toBuffer(),
      webp: await image.webp().toBuffer(),
    };
    const vectors: number[][] = [];
    for (const kind of ["jpg", "png", "webp"] as const) {
      const type = MEDIA_TYPES[kind];
      const answer = await embed(servers().apiUrl, "emoji", Uint8Array.from(files[kind]), type);
      expect(answer).toMatchObject({
        model: "emoji",
        version,
        dimensions: embedding.dimensions,
      });
      const [vector] = answer.embeddings;
      expect(vector).toHaveLength(embedding.dimensions);
      expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
      vectors.push(vector);
    }
    const [jpg, png, webp] = vectors;
    expect(cosine(jpg, png)).toBeGreaterThan(0.98);
    expect(cosine(webp, png)).toBeGreaterThan(0.98);
  });

  it("answers from another version where it is asked for", async () => {
    const { version } = await manifestOf("float32");
    const image = await drawing();
    const answer = await embed(servers().apiUrl, `emoji@${version}`, image, "image/png");
    expect(answer.version).toBe(version);
  });

  it("gives a symmetric S, its calibrated probability, and distances", async () => {
    const { calibration, ranking } = await manifestOf(INT8);
    const { slope, intercept } = calibration;
    const concepts = (await readdir(join(folder, "emoji"))).slice(0, 3);
    const images = await Promise.all(
      concepts.map((concept) => read(join("emoji", concept, "noto.png"))),
    );
    const answers = await Promise.all(
      images.map((image) => compare(servers().apiUrl, "emoji", image, images)),
    );
    answers.forEach(({ ranking: by, scores, probabilities, distances }, i) => {
      expect(by).toBe(ranking.by);
      scores.forEach((score, j) => expect(score).toBeCloseTo(answers[j].scores[i], 5));
      expect(distances[i]).toBeCloseTo(0, 5);
      probabilities.forEach((probability, j) => {
        expect(probability).toBeGreaterThan(0);
        expect(probability).toBeLessThan(1);
        expect(probability).toBeCloseTo(1 / (1 + Math.exp(-(slope * scores[j] + intercept))), 5);
      });
    });
  });
});
