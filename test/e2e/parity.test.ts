import { join } from "node:path";
import { beforeAll, describe, expect, inject, it } from "vitest";
import { RegistryClient } from "../../scripts/lib/registry.ts";
import { Model } from "../../shared/model.ts";
import { contentVersion } from "../../shared/package/manifest.ts";
import { openBackend } from "../../trainer/backends/open.ts";
import { openReader } from "../../trainer/data/decode/reader.ts";
import { ENGINE } from "../../trainer/export/engine.ts";
import { readPackage } from "../../trainer/export/package.ts";
import { embed, MEDIA_TYPES } from "./ask.ts";
import { cosine } from "./cosine.ts";
import { type Picture, takePictures } from "./pictures.ts";
import { TOKEN, useServers } from "./servers.ts";

const { folder } = inject("tiny");
const servers = useServers();

let pictures: Picture[];
type Vectors = Record<"float32" | "int8" | "framed", ArrayLike<number>[]>;
/** By the trainer's path, in float32 and in int8 arithmetic, and in float32 of pictures with a margin. */
const trainer: Vectors = { float32: [], int8: [], framed: [] };
/** By the Worker. */
const edge: Vectors = { float32: [], int8: [], framed: [] };

const MARGIN = 5;

/** The same package, of which the network reads the middle of larger pictures. */
async function withMargin({ manifest, files }: Awaited<ReturnType<typeof readPackage>>) {
  const content = { ...manifest, input: { ...manifest.input, margin: MARGIN } };
  const framed = { ...content, version: await contentVersion(content) };
  return { manifest: framed, files: { ...files, manifest: JSON.stringify(framed) } };
}

/** The middle of a picture that is as much larger. */
function cut(pixels: Uint8Array, { width, height }: { width: number; height: number }): Uint8Array {
  return pixels.filter((_, i) => {
    const x = Math.floor(i / 3) % (width + 2 * MARGIN);
    const y = Math.floor(i / 3 / (width + 2 * MARGIN));
    return x >= MARGIN && x < MARGIN + width && y >= MARGIN && y < MARGIN + height;
  });
}

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
  pictures = await takePictures(join(folder, "emoji"));
  const float32 = await readPackage(join(folder, "float32"));
  const int8 = await readPackage(join(folder, "runs", "emoji", "package"));
  const { apiUrl, registryUrl } = servers();
  const registry = new RegistryClient(registryUrl, TOKEN);
  const framed = await withMargin(float32);
  for (const { manifest, files } of [float32, int8, framed]) {
    await registry.publish(manifest, files);
  }
  const ask = async (version: string, { bytes, type }: Picture) => {
    const { embeddings } = await embed(apiUrl, `emoji@${version}`, bytes, MEDIA_TYPES[type]);
    return embeddings[0];
  };
  const models = {
    float32: await Model.open(float32, ENGINE),
    int8: await Model.open(int8, ENGINE),
  };
  const reader = openReader();
  for (const picture of pictures) {
    const { input } = float32.manifest;
    const pixels = reader.read(picture.bytes, input);
    const [width, height] = [input.width, input.height].map((side) => side + 2 * MARGIN);
    trainer.float32.push(models.float32.embed(pixels));
    trainer.int8.push(models.int8.embed(pixels));
    trainer.framed.push(
      models.float32.embed(cut(reader.read(picture.bytes, { ...input, width, height }), input)),
    );
    edge.float32.push(await ask(float32.manifest.version, picture));
    edge.int8.push(await ask(int8.manifest.version, picture));
    edge.framed.push(await ask(framed.manifest.version, picture));
  }
  models.float32.dispose();
  models.int8.dispose();
});

describe("an image's vector", () => {
  it.each(["float32", "int8", "framed"] as const)(
    "is the same by the trainer's path and by the Worker's: %s",
    (arithmetic) => {
      expect(pictures.length).toBeGreaterThanOrEqual(50);
      const cosines = pictures.map((_, i) => cosine(trainer[arithmetic][i], edge[arithmetic][i]));
      const worst = cosines.indexOf(Math.min(...cosines));
      const message = `the worst is ${pictures[worst].name} with ${cosines[worst]}`;
      expect(cosines[worst], message).toBeGreaterThanOrEqual(0.999);
    },
  );

  it("says which image it is: others lie further away than the other path", () => {
    const others = pictures.flatMap((_, i) => {
      return i === 0 ? [] : [cosine(trainer.float32[i], edge.float32[i - 1])];
    });
    expect(others.filter((value) => value < 0.99).length).toBeGreaterThan(0.9 * others.length);
  });

  it("is another where the margin is not read", () => {
    const cosines = pictures.map((_, i) => cosine(edge.float32[i], edge.framed[i]));
    expect(cosines.filter((value) => value < 0.99).length).toBeGreaterThan(0.8 * cosines.length);
  });

  it("is nearly the same in int8 as in float32", () => {
    const cosines = pictures.map((_, i) => cosine(edge.float32[i], edge.int8[i]));
    const median = cosines.sort((a, b) => a - b)[Math.floor(cosines.length / 2)];
    expect(median, `the worst is ${cosines[0]}`).toBeGreaterThanOrEqual(0.99);
  });
});
