import type { Work } from "../app.ts";
import type { EngineMemory } from "../engine/memory.ts";
import type { ModelStatistics } from "../models/models.ts";

/** A finished request. */
export interface Observation {
  route: string;
  status: number;
  seconds: number;
  work: Work | undefined;
}

/** Upper bounds of the histogram, in seconds. */
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Values by label set in the syntax of Prometheus: `route="/embed",status="200"`. */
type Series = [labels: string, value: number][];

/** The lines of a metric: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format */
function family(name: string, type: "counter" | "gauge", help: string, series: Series): string[] {
  return [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...series.map(([labels, value]) => `${name}${labels && `{${labels}}`} ${value}`),
  ];
}

/** Counts what an isolate has done since it started. */
export class Metrics {
  private readonly requests = new Map<string, number>();
  private images = 0;
  private cached = 0;
  private pairs = 0;
  /** For each of BOUNDS, the number of requests that took no longer. */
  private readonly within = BOUNDS.map(() => 0);
  private seconds = 0;
  private total = 0;

  count({ route, status, seconds, work }: Observation): void {
    const labels = `route="${route}",status="${status}"`;
    this.requests.set(labels, (this.requests.get(labels) ?? 0) + 1);
    this.images += work?.images ?? 0;
    this.cached += work?.cached ?? 0;
    this.pairs += work?.pairs ?? 0;
    this.seconds += seconds;
    this.total += 1;
    BOUNDS.forEach((bound, i) => {
      if (seconds <= bound) this.within[i]! += 1;
    });
  }

  /** The text format of Prometheus. @param cacheBytes memory that cached embeddings take */
  text(
    { loads, failures, residentBytes }: ModelStatistics,
    { tensors, heapBytes }: EngineMemory,
    cacheBytes: number,
  ): string {
    const { images, cached } = this;
    const cache = "pddm_embedding_cache";
    const duration = "pddm_request_duration_seconds";
    return [
      ...family("pddm_requests_total", "counter", "Requests answered.", [...this.requests]),
      ...family("pddm_images_embedded_total", "counter", "Images embedded.", [["", images]]),
      ...family(`${cache}_hits_total`, "counter", "Images whose embedding was cached.", [
        ["", cached],
      ]),
      ...family(`${cache}_misses_total`, "counter", "Images that were decoded and embedded.", [
        ["", images - cached],
      ]),
      ...family(`${cache}_bytes`, "gauge", "Memory that cached embeddings take.", [
        ["", cacheBytes],
      ]),
      ...family("pddm_pairs_scored_total", "counter", "Pairs compared.", [["", this.pairs]]),
      ...family("pddm_model_loads_total", "counter", "Models loaded.", [["", loads]]),
      ...family("pddm_model_load_failures_total", "counter", "Models that failed to load.", [
        ["", failures],
      ]),
      ...family("pddm_model_resident_bytes", "gauge", "Memory that the loaded models take.", [
        ["", residentBytes],
      ]),
      ...family("pddm_tfjs_heap_bytes", "gauge", "Memory of tfjs's heap, which never shrinks.", [
        ["", heapBytes],
      ]),
      ...family("pddm_tfjs_tensors", "gauge", "Tensors of the loaded models in that heap.", [
        ["", tensors],
      ]),
      `# HELP ${duration} Time from a request to its answer.`,
      `# TYPE ${duration} histogram`,
      ...BOUNDS.map((bound, i) => `${duration}_bucket{le="${bound}"} ${this.within[i]}`),
      `${duration}_bucket{le="+Inf"} ${this.total}`,
      `${duration}_sum ${this.seconds}`,
      `${duration}_count ${this.total}`,
      "",
    ].join("\n");
  }
}
