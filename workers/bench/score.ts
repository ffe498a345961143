import { expandDimsConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/ExpandDims";
import * as tf from "@tensorflow/tfjs-core";
import { takeValues } from "../../shared/normalize.ts";
import { Pddm } from "../../shared/pddm/unit.ts";
import { testEmbeddings } from "./data.ts";
import type { PairShape, Subject } from "./protocol.ts";
import { openModel, type PackageId, readPackage } from "./subjects.ts";

/** Scores all pairs of a shape, from embeddings in JavaScript to scores in JavaScript. */
type Scorer = () => Float32Array;

/** Pairs that the plain composition computes together. More take more memory. */
const PAIRS_AT_ONCE = 16_384;

function positions(shape: PairShape): { a: Int32Array; b: Int32Array } {
  if (shape.kind === "one") {
    const { candidates: length } = shape;
    return { a: new Int32Array(length), b: Int32Array.from({ length }, (_, i) => i + 1) };
  }
  const { items } = shape;
  const length = items * items;
  return {
    a: Int32Array.from({ length }, (_, pair) => Math.floor(pair / items)),
    b: Int32Array.from({ length }, (_, pair) => pair % items),
  };
}

// Broadcasting needs this kernel. The API Worker does not.
tf.registerKernel(expandDimsConfig);

const itemsOf = (shape: PairShape) => (shape.kind === "one" ? shape.candidates + 1 : shape.items);

async function openEngine(bucket: R2Bucket, id: PackageId, shape: PairShape): Promise<Scorer> {
  const model = await openModel("engine", bucket, id);
  const embeddings = testEmbeddings(itemsOf(shape), model.manifest.embedding.dimensions);
  const { a, b } = positions(shape);
  return () => model.scorePairs(embeddings, a, b);
}

/** The paper's unit from tfjs operations that broadcast, so no item is gathered or repeated. */
async function openTfjs(bucket: R2Bucket, id: PackageId, shape: PairShape): Promise<Scorer> {
  const { manifest, tensors } = await readPackage(bucket, id);
  if (manifest.pddm.form === "local")
    throw new Error("the benchmark needs a package with the paper's unit");
  const weights = new Map(
    Array.from(tensors, ([name, { shape, values }]) => [name, tf.tensor(values, shape)]),
  );
  const pddm = new Pddm(manifest.pddm.form, weights);
  const d = manifest.embedding.dimensions;
  const embeddings = testEmbeddings(itemsOf(shape), d);
  if (shape.kind === "one") {
    const [source, candidates] = [embeddings.subarray(0, d), embeddings.subarray(d)];
    return () =>
      takeValues(
        tf.tidy(() =>
          pddm.between(
            tf.tensor2d(source, [1, d]),
            tf.tensor2d(candidates, [candidates.length / d, d]),
          ),
        ),
      );
  }
  const { items } = shape;
  const step = Math.min(items, Math.max(1, Math.floor(PAIRS_AT_ONCE / items)));
  return () => {
    const scores = new Float32Array(items * items);
    const all = tf.tensor2d(embeddings, [items, d]);
    for (let start = 0; start < items; start += step) {
      const rows = embeddings.subarray(start * d, (start + step) * d);
      const part = tf.tidy(() => pddm.between(tf.tensor2d(rows, [rows.length / d, d]), all));
      scores.set(takeValues(part), start * items);
    }
    all.dispose();
    return scores;
  };
}

const OPEN = { engine: openEngine, tfjs: openTfjs };

const scorers = new Map<string, Promise<Scorer>>();

/** The scorer of a subject, made once per shape. */
export function openScorer(
  subject: Subject,
  bucket: R2Bucket,
  id: PackageId,
  shape: PairShape,
): Promise<Scorer> {
  const key = JSON.stringify([subject, id.name, id.version, shape]);
  const scorer = scorers.get(key) ?? OPEN[subject](bucket, id, shape);
  scorers.set(key, scorer);
  return scorer;
}
