import { beforeAll, describe, expect, it } from "vitest";
import { decodePackage, encodePackage, type PackageFiles } from "../../../shared/package/codec.ts";
import { PackageError } from "../../../shared/package/error.ts";
import { parseManifest, type Manifest } from "../../../shared/package/manifest.ts";
import { type ByteSource, sourceOf } from "../../../shared/package/source.ts";
import { PackageStream } from "../../../shared/package/stream.ts";
import { packageTensors, wide } from "../../oracles/package.ts";

let files: PackageFiles;
let manifest: Manifest;

beforeAll(async () => {
  files = await encodePackage(wide, packageTensors(wide));
  manifest = await parseManifest(files.manifest);
});

/** Counts the bytes that were read so far. */
function counted(bytes: Uint8Array<ArrayBuffer>): { source: ByteSource; read: () => number } {
  const whole = sourceOf(bytes);
  let read = 0;
  return {
    source: {
      read: (length) => {
        read += length;
        return whole.read(length);
      },
      sha256: () => whole.sha256(),
    },
    read: () => read,
  };
}

describe("a package that is on its way", () => {
  it("gives each weight as soon as it is there, the same as all at once", async () => {
    const { tensors } = await decodePackage(files);
    const { source, read } = counted(files.weights);
    const stream = await PackageStream.open(manifest, source);
    expect(stream.names).toEqual([...tensors.keys()]);
    const readAt: number[] = [];
    for (const name of stream.names) {
      expect((await stream.weight(name)).values).toEqual(tensors.get(name)?.values);
      readAt.push(read());
    }
    // What the first weights need is not the whole file.
    expect(readAt[0]).toBeLessThan(files.weights.length);
    expect(readAt[readAt.length - 1]).toBe(files.weights.length);
    await stream.end();
  });

  it("gives weights in any order, each once", async () => {
    const stream = await PackageStream.open(manifest, sourceOf(files.weights));
    const [first, ...others] = stream.names;
    for (const name of others.reverse()) await stream.weight(name);
    await stream.weight(first);
    await expect(stream.weight(first)).rejects.toThrow(
      `weight "${first}" is not there, or was taken`,
    );
    await stream.end();
  });

  it("is checked to its last byte, taken or not", async () => {
    const changed = files.weights.slice();
    changed[changed.length - 1] ^= 1;
    for (const take of [true, false]) {
      const stream = await PackageStream.open(manifest, sourceOf(changed));
      if (take) for (const name of stream.names) await stream.weight(name);
      const error: unknown = await stream.end().catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(PackageError);
      expect(error).toMatchObject({ fault: "weights_hash" });
    }
  });
});
