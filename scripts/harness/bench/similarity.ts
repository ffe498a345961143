import type { PairShape, Subject } from "../../../workers/bench/protocol.ts";
import { drawNetwork, pack, PAIRS } from "./networks.ts";
import { type Contestant, race } from "./race.ts";
import type { SimilarityRow } from "./report.ts";
import type { Stage } from "./stage.ts";
import type { BenchWorker, PackageId } from "./worker.ts";

const SHAPES: readonly PairShape[] = [
  ...[4, 100, 1000, 10_000].map((candidates) => ({ kind: "one", candidates }) as const),
  ...[64, 256].map((items) => ({ kind: "all", items }) as const),
];

/** Tolerance between two scores that float32 arithmetic computes in another order. */
const TOLERANCE = 1e-4;

const titleOf = (shape: PairShape) =>
  shape.kind === "one"
    ? `1 x ${shape.candidates.toLocaleString("en")}`
    : `${shape.items} x ${shape.items}`;

const pairsOf = (shape: PairShape) =>
  shape.kind === "one" ? shape.candidates : shape.items * shape.items;

async function measureShape(
  stage: Stage,
  worker: BenchWorker,
  id: PackageId,
  shape: PairShape,
): Promise<SimilarityRow> {
  stage.say(`similarity: ${titleOf(shape)}`);
  const scores = new Map<Subject, number[]>();
  const scorer = (subject: Subject): [Subject, Contestant] => [
    subject,
    async (runs) => {
      const { ms, answer } = await worker.ask({ task: "score", subject, ...id, shape, runs });
      scores.set(subject, answer.values ?? []);
      return ms;
    },
  ];
  const times = await race(new Map([scorer("engine"), scorer("tfjs")]), stage.pace);
  const [engine, tfjs] = [scores.get("engine") ?? [], scores.get("tfjs") ?? []];
  if (
    !engine.every((score, i) => Math.abs(score - tfjs[i]!) <= TOLERANCE * (1 + Math.abs(score)))
  ) {
    throw new Error(`${titleOf(shape)}: the engine's scores differ from those of tfjs`);
  }
  const rate = (subject: Subject) => (1000 * pairsOf(shape)) / (times.get(subject) ?? NaN);
  return {
    shape: titleOf(shape),
    engine_pairs_per_s: rate("engine"),
    tfjs_pairs_per_s: rate("tfjs"),
    ratio: rate("engine") / rate("tfjs"),
  };
}

/** Measures pairs per second, from embeddings to scores, with the paper's unit; it and embeddings are 128 wide. */
export async function measureSimilarity(stage: Stage): Promise<SimilarityRow[]> {
  const files = await pack(await drawNetwork(PAIRS), "none");
  return stage.withWorker(async (worker) => {
    const id = await worker.put(files);
    const rows: SimilarityRow[] = [];
    for (const shape of stage.quick ? SHAPES.slice(0, 2) : SHAPES) {
      rows.push(await measureShape(stage, worker, id, shape));
    }
    return rows;
  });
}
