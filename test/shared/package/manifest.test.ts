import { describe, expect, it } from "vitest";
import { encodePackage } from "../../../shared/package/codec.ts";
import {
  contentVersion,
  type Manifest,
  manifestSchema,
  parseManifest,
} from "../../../shared/package/manifest.ts";
import { content, packageTensors } from "../../oracles/package.ts";

const text = async () => (await encodePackage(content, packageTensors())).manifest;
const manifest = async () => manifestSchema.parse(JSON.parse(await text()));

/** The same value with the keys of every object in reverse. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).map(([key, item]) => [key, reversed(item)] as const);
  return Object.fromEntries(entries.reverse());
}

type Path = (string | number)[];

/** Every number, text and truth value in a manifest, by where it stands. */
function leaves(value: unknown, path: Path = []): Path[] {
  if (value === null || typeof value !== "object") return [path];
  return Object.entries(value).flatMap(([key, item]) => leaves(item, [...path, key]));
}

function changed(value: unknown, [key, ...rest]: Path): unknown {
  if (key === undefined) return typeof value === "number" ? value + 1 : `${String(value)}x`;
  if (Array.isArray(value)) {
    return value.map((item: unknown, i) => (String(i) === key ? changed(item, rest) : item));
  }
  const fields = value as Record<string, unknown>;
  return { ...fields, [key]: changed(fields[key], rest) };
}

describe("the version of a content", () => {
  it("does not depend on the order of keys", async () => {
    const { version, ...rest } = await manifest();
    const other = reversed(rest) as typeof rest;
    expect(JSON.stringify(other)).not.toBe(JSON.stringify(rest));
    expect(await contentVersion(other)).toBe(version);
  });

  it("changes with every single field", async () => {
    const { version, ...rest } = await manifest();
    const paths = leaves(rest);
    expect(paths.length).toBeGreaterThan(40);
    const versions = await Promise.all(
      paths.map((path) => contentVersion(changed(rest, path) as Omit<Manifest, "version">)),
    );
    expect(new Set([...versions, version]).size).toBe(paths.length + 1);
  });

  it("is not moved by a version that the content already carries", async () => {
    const whole = await manifest();
    expect(await contentVersion(whole)).toBe(whole.version);
  });
});

describe("a manifest's text", () => {
  it("is read as what was written", async () => {
    const parsed = await parseManifest(await text());
    expect(parsed).toMatchObject(content);
  });

  it.each([
    { title: "no JSON", edit: () => "{", fault: "manifest_invalid", says: "is not JSON" },
    { title: "no object", edit: () => "[]", fault: "manifest_invalid", says: "at the top level" },
    {
      title: "of another format",
      edit: (t: string) => t.replace("pddm-model/1", "pddm-model/2"),
      fault: "format_unknown",
      says: 'has format "pddm-model/2"',
    },
    {
      title: "without a name",
      edit: (t: string) => t.replace('"name": "tiny",', ""),
      fault: "manifest_invalid",
      says: "at name",
    },
    {
      title: "with a field too many",
      edit: (t: string) => t.replace('"name": "tiny",', '"name": "tiny", "extra": 1,'),
      fault: "manifest_invalid",
      says: "extra",
    },
    {
      title: "with a layer of a later release",
      edit: (t: string) => t.replace(/"op": "\w+"/, '"op": "attention"'),
      fault: "manifest_invalid",
      says: /at network.0.op: a newer release may know .* this one knows conv2d, depthwise_conv2d, /,
    },
    {
      title: "with a slope that its function does not have",
      edit: (t: string) => t.replace('"activation": "relu6"', '"activation": "relu6", "slope": 1'),
      fault: "manifest_invalid",
      says: ".slope: belongs to leaky_relu",
    },
    {
      title: "with leaky ReLU of no slope",
      edit: (t: string) => t.replace('"activation": "relu6"', '"activation": "leaky_relu"'),
      fault: "manifest_invalid",
      says: ".slope: belongs to leaky_relu, which needs one",
    },
    {
      title: "with a standard deviation of zero",
      edit: (t: string) => t.replace(/("std": \[\s*)0.2/, "$10"),
      fault: "manifest_invalid",
      says: "std must be positive",
    },
    {
      title: "without a choice of ranking",
      edit: (t: string) => t.replace('"by": "s"', '"by": "p"'),
      fault: "manifest_invalid",
      says: "at ranking.by",
    },
    {
      title: "with a form of S that nobody knows",
      edit: (t: string) => t.replace('"form": "residual"', '"form": "global"'),
      fault: "manifest_invalid",
      says: "at pddm.form",
    },
    {
      title: "with another slope than its version was made of",
      edit: (t: string) => t.replace('"slope": 2', '"slope": 3'),
      fault: "version_mismatch",
      says: "but its content is version",
    },
  ])("is refused when it is $title", async ({ edit, fault, says }) => {
    const original = await text();
    const edited = edit(original);
    expect(edited).not.toBe(original);
    await expect(parseManifest(edited)).rejects.toThrow(expect.objectContaining({ fault }));
    await expect(parseManifest(edited)).rejects.toThrow(says);
  });
});

describe("a manifest that nests deeply", () => {
  const nested = async (levels: number) => {
    const { version: _, ...rest } = await manifest();
    let value: unknown = 1;
    for (let level = 0; level < levels; level++) value = level % 2 ? [value] : { value };
    const config = { value } as Manifest["training"]["config"];
    const deep = { ...rest, training: { ...rest.training, config } };
    return { ...deep, version: await contentVersion(deep) };
  };

  it("is read to 32 levels", async () => {
    // The manifest, training and config are three of them.
    await expect(parseManifest(JSON.stringify(await nested(29)))).resolves.toBeDefined();
  });

  it("is refused beyond, however deep", async () => {
    const refused = "deeper than 32 levels";
    await expect(parseManifest(JSON.stringify(await nested(30)))).rejects.toThrow(refused);
    const deep = `{"format":"pddm-model/1","x":${"[".repeat(200_000)}${"]".repeat(200_000)}}`;
    await expect(parseManifest(deep)).rejects.toThrow(refused);
  });
});
