import fc from "fast-check";
import type { Question } from "./ask.ts";
import { bodyCase, type BodyCase } from "./bodyCase.ts";
import { collectionCase, type CollectionCase } from "./collectionCase.ts";
import { carry, drawImage, imageCase, type ImageCase } from "./imageCase.ts";
import type { Sample } from "./images.ts";
import { toQuestion, wireCase, type WireCase } from "./wireCase.ts";

/** A bad request, as data that a person can read, and the name of the good request that follows it. */
export type Case = { then: string } & (
  { file: ImageCase } | { body: BodyCase } | { collection: CollectionCase } | { wire: WireCase }
);

/** The material that cases are made from. */
export interface Material {
  samples: ReadonlyMap<string, Sample>;
  /** Length of the model's embeddings. */
  dimensions: number;
  /** Names of the good requests. */
  witnesses: readonly string[];
}

/** A good image in each format. */
export const GOOD = ["JPEG", "PNG", "WebP"];

const bytesOf = ({ samples }: Material, name: string) =>
  samples.get(name)?.bytes ?? Buffer.alloc(0);

/** The kinds of cases. */
export const KINDS = ["file", "body", "collection", "wire"] as const;

export type Kind = (typeof KINDS)[number];

/** @param kinds the kinds to draw from; if not given, all */
export function anyCase(material: Material, kinds: readonly Kind[] = KINDS): fc.Arbitrary<Case> {
  const { samples, dimensions, witnesses } = material;
  const good = GOOD.map((name) => bytesOf(material, name).toString("base64"));
  const then = fc.constantFrom(...witnesses);
  const all: Record<Kind, { weight: number; arbitrary: fc.Arbitrary<Case> }> = {
    file: { weight: 6, arbitrary: fc.record({ file: imageCase(samples), then }) },
    body: { weight: 3, arbitrary: fc.record({ body: bodyCase(good, dimensions), then }) },
    collection: {
      weight: 3,
      arbitrary: fc.record({ collection: collectionCase(good, dimensions), then }),
    },
    wire: { weight: 2, arbitrary: fc.record({ wire: wireCase, then }) },
  };
  return fc.oneof(...kinds.map((kind) => all[kind]));
}

export function kindOf(it: Case): string {
  if ("file" in it) return "image files";
  if ("body" in it) return "JSON bodies";
  return "collection" in it ? "collections" : "HTTP";
}

/** The request of a case. */
export function questionOf(it: Case, material: Material): Question {
  const good = bytesOf(material, "PNG");
  if ("file" in it) {
    const { file } = it;
    return carry(drawImage(file, material.samples), file.by, good.toString("base64"));
  }
  if ("wire" in it) return toQuestion(it.wire, good);
  if ("collection" in it) {
    const { method, path, body } = it.collection;
    const headers: Record<string, string> =
      body === "" ? {} : { "content-type": "application/json" };
    return { method, path, headers, body: Buffer.from(body) };
  }
  const { route, query, json } = it.body;
  return {
    method: "POST",
    path: route + query,
    headers: { "content-type": "application/json" },
    body: Buffer.from(json),
  };
}
