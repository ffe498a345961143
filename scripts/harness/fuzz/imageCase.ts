import fc from "fast-check";
import type { Question } from "./ask.ts";
import { damage, type Damage, harm } from "./damage.ts";
import { form } from "./form.ts";
import type { Sample } from "./images.ts";
import { lie, type Lie } from "./lies.ts";
import { tell } from "./tell.ts";

const CARRIERS = [
  "raw",
  "form",
  "inputs",
  "data URI",
  "input",
  "source",
  "candidates",
  "query",
] as const;

/** A damaged or lying image file, and how it is sent to the Worker. */
export interface ImageCase {
  image: string;
  lies: Lie[];
  damages: Damage[];
  by: (typeof CARRIERS)[number];
}

/** Samples that take long to decode, of which there are few cases. */
const SLOW = /^large /;

export function imageCase(samples: ReadonlyMap<string, Sample>): fc.Arbitrary<ImageCase> {
  const names = [...samples.keys()];
  const quick = names.filter((name) => !SLOW.test(name));
  const slow = names.filter((name) => SLOW.test(name));
  return fc.record({
    image: fc.oneof(
      { weight: 40, arbitrary: fc.constantFrom(...quick) },
      { weight: 1, arbitrary: fc.constantFrom(...(slow.length > 0 ? slow : quick)) },
    ),
    lies: fc.array(lie, { maxLength: 3 }),
    damages: fc.oneof(fc.constant<Damage[]>([]), fc.array(damage(quick), { maxLength: 3 })),
    by: fc.constantFrom(...CARRIERS),
  });
}

/** Even twice in base64 it is below 32 MB, up to which the Worker lets a refused client finish sending. */
const MOST_BYTES = 10_000_000;

/** Makes the file of a case. */
export function drawImage(
  { image, lies, damages }: ImageCase,
  samples: ReadonlyMap<string, Sample>,
): Buffer {
  const sample = (name: string) => samples.get(name)?.bytes ?? Buffer.alloc(0);
  const lied = lies.reduce(tell, sample(image));
  const harmed = damages.reduce((bytes, what) => harm(bytes, what, sample), lied);
  return harmed.subarray(0, MOST_BYTES);
}

const json = (path: string, body: unknown): Question => ({
  method: "POST",
  path,
  headers: { "content-type": "application/json" },
  body: Buffer.from(JSON.stringify(body)),
});

/** Makes a request with an image file. @param good base64 of a good image */
export function carry(bytes: Buffer, by: ImageCase["by"], good: string): Question {
  const text = bytes.toString("base64");
  switch (by) {
    case "raw":
      return {
        method: "POST",
        path: "/embed",
        headers: { "content-type": "image/png" },
        body: bytes,
      };
    case "form":
      return form("/embed", [{ name: "a", file: "a.webp", bytes }]);
    case "inputs":
      return json("/embed", { inputs: [{ image: text }, good], encoding_format: "base64" });
    case "data URI":
      return json("/embed", { inputs: `data:image/jpeg;base64,${text}` });
    case "input":
      return json("/v1/embeddings", { model: "default", input: [good, text] });
    case "source":
      return json("/similarity", { source: text, candidates: [good] });
    case "candidates":
      return json("/similarity", { pairs: [[good, text]] });
    case "query":
      return json("/rerank", { query: text, candidates: [good, text], return_embeddings: true });
  }
}
