import { describe, expect, it } from "vitest";
import {
  checkPackage,
  decodePackage,
  encodePackage,
  type Package,
  type PackageContent,
  type PackageFiles,
} from "../../../shared/package/codec.ts";
import { sha256 } from "../../../shared/package/digest.ts";
import { PackageError } from "../../../shared/package/error.ts";
import { contentVersion, manifestSchema } from "../../../shared/package/manifest.ts";
import {
  decodeSafetensors,
  encodeSafetensors,
  type RawTensor,
} from "../../../shared/package/safetensors.ts";
import { pddmWeights } from "../../../shared/pddm/form.ts";
import { each } from "../../oracles/numbers.ts";
import { content, packageTensors, wide } from "../../oracles/package.ts";
import { SHAPES } from "../../oracles/similarity.ts";

const plain: PackageContent = { ...content, quantization: { scheme: "none" } };

/** The package with other weights, or other statements, under a manifest that fits them. */
async function reseal(
  files: PackageFiles,
  edit: (raw: Map<string, RawTensor>) => void,
  statements: Partial<PackageContent> = {},
): Promise<PackageFiles> {
  const raw = await decodeSafetensors(files.weights);
  edit(raw);
  const weights = encodeSafetensors(raw);
  const sealed = {
    ...manifestSchema.parse(JSON.parse(files.manifest)),
    ...statements,
    weights: {
      file: "weights.safetensors" as const,
      bytes: weights.length,
      sha256: await sha256(weights),
    },
  };
  const manifest = JSON.stringify({ ...sealed, version: await contentVersion(sealed) });
  return { manifest, weights };
}

const unchanged = () => undefined;

async function expectFault(
  files: PackageFiles | Promise<PackageFiles>,
  fault: string,
  says: string,
) {
  for (const read of [decodePackage, checkPackage]) {
    const error: unknown = await read(await files).then(unchanged, (reason: unknown) => reason);
    expect(error).toBeInstanceOf(PackageError);
    expect(error).toMatchObject({ fault });
    expect(String(error)).toContain(says);
  }
}

describe.each(SHAPES)("a package with S of the $form form", (pddm) => {
  it("gives every float32 weight back as it was", async () => {
    const statements = { ...plain, pddm };
    const original = packageTensors(statements);
    const { tensors, manifest } = await decodePackage(await encodePackage(statements, original));
    expect(tensors).toEqual(original);
    expect(manifest).toMatchObject(statements);
  });

  it("gives every weight back: of large kernels within half a step of its output channel", async () => {
    const statements = { ...wide, pddm };
    const original = packageTensors(statements);
    const { tensors } = await decodePackage(await encodePackage(statements, original));
    expect([...tensors.keys()].sort()).toEqual([...original.keys()].sort());
    for (const [name, { shape, values }] of original) {
      const actual = tensors.get(name)?.values ?? new Float32Array();
      expect(tensors.get(name)?.shape).toEqual(shape);
      if (!name.endsWith("/kernel") || values.length < 4096) {
        expect(actual).toEqual(values);
        continue;
      }
      const last = shape[shape.length - 1];
      const channels = name === "depthwise/kernel" ? last * shape[shape.length - 2] : last;
      for (const channel of each(channels)) {
        const own = each(values.length).filter((i) => i % channels === channel);
        const step = Math.max(...own.map((i) => Math.abs(values[i]))) / 127;
        const errors = own.map((i) => Math.abs(values[i] - actual[i]));
        expect(Math.max(...errors)).toBeLessThanOrEqual(step * 0.5001);
        expect(Math.max(...errors)).toBeGreaterThan(0);
      }
    }
  });

  it("is refused where a weight of S is missing", async () => {
    const original = packageTensors({ ...content, pddm });
    const [{ name }] = pddmWeights(pddm, content.embedding.dimensions);
    original.delete(name);
    const packing = encodePackage({ ...content, pddm }, original);
    await expect(packing).rejects.toMatchObject({ fault: "tensor_missing" });
  });
});

describe("an int8 package", () => {
  it("may hold small kernels in int8 too, as all did once", async () => {
    const files = await encodePackage(content, packageTensors());
    const kernel = { shape: [6, 4], values: Int8Array.from(each(24), (i) => i - 12) };
    const scale = { shape: [4], values: Float32Array.of(1, 2, 3, 4) };
    const older = await reseal(files, (raw) => {
      raw.set("features/kernel", kernel).set("features/kernel.scale", scale);
    });
    const { tensors } = await decodePackage(older);
    const expected = each(24).map((i) => (i - 12) * ((i % 4) + 1));
    expect(Array.from(tensors.get("features/kernel")?.values ?? [])).toEqual(expected);
  });

  it("is about a quarter of the float32 one where kernels are large", async () => {
    const tensors = packageTensors(wide);
    const [int8, float32] = await Promise.all([
      encodePackage(wide, tensors),
      encodePackage({ ...wide, quantization: { scheme: "none" } }, tensors),
    ]);
    expect(int8.weights.length / float32.weights.length).toBeLessThan(0.3);
  });

  it("is the same, byte for byte, however often it is made", async () => {
    const [first, second] = [
      await encodePackage(content, packageTensors()),
      await encodePackage(structuredClone(content), new Map([...packageTensors()].reverse())),
    ];
    expect(second).toEqual(first);
  });

  it("stays the same package when what it gives is packed again", async () => {
    const first = await encodePackage(wide, packageTensors(wide));
    const { tensors } = await decodePackage(first);
    const again = await decodePackage(await encodePackage(wide, tensors));
    for (const [name, { values }] of tensors) {
      const step = Math.max(...values.map(Math.abs)) * 1e-6;
      const packedAgain = again.tensors.get(name)?.values ?? new Float32Array();
      expect(packedAgain).toHaveLength(values.length);
      const errors = values.map((value, i) => Math.abs(packedAgain[i] - value));
      expect(Math.max(...errors)).toBeLessThanOrEqual(step);
    }
  });
});

describe("packing", () => {
  it.each([
    {
      title: "a weight is missing",
      edit: (tensors: Package["tensors"]) => tensors.delete("features/bias"),
      fault: "tensor_missing",
    },
    {
      title: "a weight has another shape",
      edit: (tensors: Package["tensors"]) =>
        tensors.set("features/bias", { shape: [5], values: new Float32Array(5) }),
      fault: "tensor_shape",
    },
  ])("is refused where $title", async ({ edit, fault }) => {
    const tensors = packageTensors();
    edit(tensors);
    await expect(encodePackage(content, tensors)).rejects.toMatchObject({ fault });
  });
});

describe.each([
  { scheme: "int8", statements: content },
  { scheme: "float32", statements: plain },
])("reading a $scheme package", ({ statements }) => {
  const make = () => encodePackage(statements, packageTensors());

  it("refuses weights that are cut short or longer than stated", async () => {
    const files = await make();
    const short = { ...files, weights: files.weights.slice(0, -1) };
    await expectFault(short, "weights_truncated", `has ${short.weights.length} bytes`);
    const long = new Uint8Array(files.weights.length + 1);
    await expectFault({ ...files, weights: long }, "weights_truncated", "the manifest says");
  });

  it("refuses weights with any other byte in them", async () => {
    const files = await make();
    for (const at of [0, 100, files.weights.length - 1]) {
      const weights = files.weights.slice();
      weights[at] ^= 1;
      await expectFault({ ...files, weights }, "weights_hash", "has SHA-256");
    }
  });

  it("refuses a manifest that was changed, is no JSON, or of another format", async () => {
    const files = await make();
    const edited = (from: string, to: string) => ({
      ...files,
      manifest: files.manifest.replace(from, to),
    });
    await expectFault(edited('"intercept": -1', '"intercept": 1'), "version_mismatch", "version");
    await expectFault(edited("{", ""), "manifest_invalid", "not JSON");
    await expectFault(edited("pddm-model/1", "pddm-model/9"), "format_unknown", "pddm-model/9");
  });

  it("refuses weights that are no safetensors, though the hash fits", async () => {
    const files = await make();
    const weights = new Uint8Array(20).fill(255);
    const sealed = {
      ...manifestSchema.parse(JSON.parse(files.manifest)),
      weights: {
        file: "weights.safetensors" as const,
        bytes: weights.length,
        sha256: await sha256(weights),
      },
    };
    const manifest = JSON.stringify({ ...sealed, version: await contentVersion(sealed) });
    await expectFault({ manifest, weights }, "weights_malformed", "the header claims");
  });

  it("refuses a missing, an unexpected and a misshapen tensor, naming it", async () => {
    const files = await make();
    await expectFault(
      reseal(files, (raw) => raw.delete("features/kernel")),
      "tensor_missing",
      '"features/kernel"',
    );
    await expectFault(
      reseal(files, (raw) => raw.set("stray", { shape: [1], values: Float32Array.of(1) })),
      "tensor_unexpected",
      '"stray"',
    );
    await expectFault(
      reseal(files, (raw) =>
        raw.set("features/bias", { shape: [2, 2], values: new Float32Array(4) }),
      ),
      "tensor_shape",
      '"features/bias" has shape [2,2], the network needs [4]',
    );
  });

  it.each([NaN, Infinity])("refuses %d for a weight", async (value) => {
    const spoil = (raw: Map<string, RawTensor>) => {
      const values = raw.get("features/bias")?.values;
      if (values) values[1] = value;
    };
    await expectFault(reseal(await make(), spoil), "tensor_value", '"features/bias"');
  });

  it("refuses a tensor of the other type", async () => {
    const files = await make();
    const bias = { shape: [4], values: new Int8Array(4) };
    await expectFault(
      reseal(files, (raw) => raw.set("features/bias", bias)),
      "weights_malformed",
      '"features/bias" is not a Float32Array',
    );
  });

  it("refuses a network whose layers do not fit, and one of other dimensions", async () => {
    const files = await make();
    const [first, ...rest] = content.network;
    await expectFault(
      reseal(files, unchanged, { network: [first, ...rest.slice(1)] }),
      "network_invalid",
      'layer "features"',
    );
    await expectFault(
      reseal(files, unchanged, { embedding: { dimensions: 5 } }),
      "network_invalid",
      "gives 4 features, the manifest says 5",
    );
  });
});

describe("reading an int8 package's scales", () => {
  it.each([
    {
      title: "that are missing",
      edit: (raw: Map<string, RawTensor>) => raw.delete("features/kernel.scale"),
      fault: "weights_malformed",
    },
    {
      title: "of the wrong number",
      edit: (raw: Map<string, RawTensor>) =>
        raw.set("features/kernel.scale", { shape: [3], values: new Float32Array(3) }),
      fault: "tensor_shape",
    },
    {
      title: "that are not finite",
      edit: (raw: Map<string, RawTensor>) =>
        raw.set("features/kernel.scale", { shape: [64], values: new Float32Array(64).fill(NaN) }),
      fault: "tensor_value",
    },
  ])("refuses those $title", async ({ edit, fault }) => {
    const files = await encodePackage(wide, packageTensors(wide));
    await expectFault(reseal(files, edit), fault, "features/kernel");
  });
});
