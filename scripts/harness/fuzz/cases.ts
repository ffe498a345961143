import fc from "fast-check";
import type { Question } from "./ask.ts";
import { bodyCase, type BodyCase } from "./bodyCase.ts";
import { carry, drawImage, imageCase, type ImageCase } from "./imageCase.ts";
import type { Sample } from "./images.ts";
import { toQuestion, wireCase, type WireCase } from "./wireCase.ts";

/** A bad request, as data that a person can read, and the name of the good request that follows it. */
export type Case = { then: string } & (
  { file: ImageCase } | { body: BodyCase } | { wire: WireCase }
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

export function anyCase(material: Material): fc.Arbitrary<Case> {
  const { samples, dimensions, witnesses } = material;
  const good = GOOD.map((name) => bytesOf(material, name).toString("base64"));
  const then = fc.constantFrom(...witnesses);
  return fc.oneof(
    { weight: 6, arbitrary: fc.record({ file: imageCase(samples), then }) },
    { weight: 3, arbitrary: fc.record({ body: bodyCase(good, dimensions), then }) },
    { weight: 2, arbitrary: fc.record({ wire: wireCase, then }) },
  );
}

/** The request of a case. */
export function questionOf(it: Case, material: Material): Question {
  const good = bytesOf(material, "PNG");
  if ("file" in it) {
    const { file } = it;
    return carry(drawImage(file, material.samples), file.by, good.toString("base64"));
  }
  if ("wire" in it) return toQuestion(it.wire, good);
  const { route, query, json } = it.body;
  return {
    method: "POST",
    path: route + query,
    headers: { "content-type": "application/json" },
    body: Buffer.from(json),
  };
}
