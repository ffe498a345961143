import { configSchema } from "../../../trainer/runs/config.ts";
import type { Ranking } from "../../../trainer/evaluate/measures.ts";
import { RECALL_AT } from "../../../trainer/evaluate/ranking/recall.ts";
import { type MethodName, METHOD_NAMES, METHODS } from "../../../trainer/methods/methods.ts";
import { methodResult, type PaperResult } from "../../../trainer/paper/result.ts";
import type { RunResult } from "../../../trainer/paper/runResult.ts";
import { each, numbers } from "../../oracles/numbers.ts";

const recallFrom = (first: number) =>
  Object.fromEntries(RECALL_AT.map((k, i) => [k, 1 - (1 - first) * 0.8 ** i]));

const bell = (center: number) =>
  each(50).map((bin) => Math.exp(-(((bin - center) / 8) ** 2)) * 0.8);

function ranking(recall: number, overlap: number): Ranking {
  return {
    recall: recallFrom(recall),
    mapAtR: recall / 3,
    auc: 1 - overlap / 3,
    separation: { low: -1, width: 0.06, same: bell(18), different: bell(32), overlap },
  };
}

/** A run whose figures all follow from its method and seed, and differ from any other run's. */
export function runResult(method: MethodName, seed: number): RunResult {
  const [a, b, c] = numbers(3, 17 * METHOD_NAMES.indexOf(method) + seed);
  const recall = 0.5 + 0.1 * a;
  return {
    measures: {
      images: 24,
      classes: 4,
      queries: 24,
      d: ranking(recall, 0.5 + 0.1 * b),
      s: ranking(recall - 0.05, 0.6 + 0.1 * c),
      gallery:
        METHODS[method].form === "local"
          ? {
              ...ranking(recall + 0.02, 0.4 + 0.1 * c),
              reliability: { bins: [], error: 0.06 + 0.02 * b },
            }
          : null,
      recallReranked: recallFrom(recall - 0.02),
      nmi: 0.5 + 0.1 * b,
      reliability: {
        bins: each(10).map((bin) => ({
          low: bin / 10,
          confidence: (bin + 0.5) / 10,
          same: Math.min(1, Math.max(0, (bin + 0.5 + c) / 10)),
          count: 100,
        })),
        error: 0.05 + 0.02 * c,
      },
      spread: { distance: 1.2, score: 0.4 },
    },
    density: { recall: recallFrom(recall + 0.01), auc: 0.8 + 0.05 * b },
    transfer: { classMeans: 0.6 + 0.1 * a, neighbours: 0.55 + 0.1 * a },
    zeroShot: Object.fromEntries(each(5).map((k) => [k + 1, 0.3 + 0.1 * k + 0.05 * a])),
    seconds: 60 + 10 * b,
    curve: each(6).map((i) => ({
      step: 10 * (i + 1),
      recallAt1: recall * (1 - 0.5 ** (i + 1)),
      distance: 1.3 - 0.1 * i * (1 + a),
      score: 10 ** (-i * (1 + b)),
    })),
    collapse: null,
    contacts: each(3).map((query) => ({
      query,
      byD: each(6).map((i) => (query + i + 1) % 8),
      byS: each(6).map((i) => (query + 7 - i) % 8),
    })),
  };
}

/** What the command finds with some methods and seeds, made up. */
export function paperResult(methods: readonly MethodName[], seeds: number[]): PaperResult {
  const {
    name: _,
    method: __,
    seed: ___,
    ...config
  } = configSchema.parse({ data: "photos/<b>irds & co", name: "paper" });
  return {
    config,
    seeds,
    data: {
      layout: "plain",
      fingerprint: "f".repeat(64),
      images: { train: 40, heldOut: 8, test: 24 },
      classes: { train: 10, heldOut: 2, test: 4 },
    },
    started: "2026-01-02T03:04:05.000Z",
    versions: { node: "20.20.2", tfjs: "4.22.0" },
    controls: [
      { title: "raw pixels", dimensions: 6912, recall: recallFrom(0.123), auc: 0.612 },
      { title: "whitening + PCA", dimensions: 64, recall: recallFrom(0.345), auc: 0.723 },
    ],
    miningCosts: [32, 64, 128, 256].map((batch) => ({
      batch,
      scores: 20 * (batch / 32) ** 2,
      hardest: 0.3 * (batch / 32),
      everyPositive: 0.5 * (batch / 32) ** 1.5,
    })),
    methods: methods.map((method) =>
      methodResult(
        method,
        seeds.map((seed) => ({ seed, ...runResult(method, seed) })),
      ),
    ),
    diverged: [],
  };
}
