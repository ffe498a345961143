/**
 * What the isolate has done since it began, in Prometheus' text format
 * (https://prometheus.io/docs/instrumenting/exposition_formats/). Every isolate counts for itself.
 */

/** A request that is answered. */
export interface Answered {
  route: string;
  method: string;
  status: number;
  ms: number;
  images: number;
  pairs: number;
}

type Labels = Record<string, string | number>;

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

const escaped = (value: string | number) =>
  String(value).replace(/[\\"\n]/g, (c) => (c === "\n" ? "\\n" : `\\${c}`));

function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([key, label]) => `${key}="${escaped(label)}"`);
  return `${name}${pairs.length > 0 ? `{${pairs.join(",")}}` : ""} ${value}`;
}

const family = (
  name: string,
  type: "counter" | "gauge" | "histogram",
  help: string,
  lines: string[],
) => [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines].join("\n");

interface Durations {
  /** How many took at most so long, for each of SECONDS. */
  buckets: number[];
  count: number;
  sum: number;
}

/** Counts requests. */
export class Metrics {
  private readonly requests = new Map<string, { labels: Labels; count: number }>();
  private readonly durations = new Map<string, Durations>();
  private images = 0;
  private pairs = 0;

  count({ route, method, status, ms, images, pairs }: Answered): void {
    const labels = { route, method, status };
    const key = JSON.stringify(labels);
    const request = this.requests.get(key) ?? { labels, count: 0 };
    request.count += 1;
    this.requests.set(key, request);
    const own = this.durations.get(route) ?? { buckets: SECONDS.map(() => 0), count: 0, sum: 0 };
    SECONDS.forEach((limit, i) => {
      if (ms / 1000 <= limit) own.buckets[i] += 1;
    });
    own.count += 1;
    own.sum += ms / 1000;
    this.durations.set(route, own);
    this.images += images;
    this.pairs += pairs;
  }

  /**
   * @param models bytes of each model in memory, by `name@version`
   * @param loads how many models were loaded, and how many could not be
   */
  text(models: ReadonlyMap<string, number>, loads: { done: number; failed: number }): string {
    const durations = Array.from(this.durations).flatMap(([route, { buckets, count, sum }]) => [
      ...SECONDS.map((le, i) => line("pddm_request_seconds_bucket", { route, le }, buckets[i])),
      line("pddm_request_seconds_bucket", { route, le: "+Inf" }, count),
      line("pddm_request_seconds_sum", { route }, sum),
      line("pddm_request_seconds_count", { route }, count),
    ]);
    const total = (name: string, help: string, value: number) =>
      family(name, "counter", help, [line(name, {}, value)]);
    return [
      family(
        "pddm_requests_total",
        "counter",
        "Requests answered.",
        Array.from(this.requests.values(), ({ labels, count }) =>
          line("pddm_requests_total", labels, count),
        ),
      ),
      family(
        "pddm_request_seconds",
        "histogram",
        "Time to the answer, as far as the runtime tells it.",
        durations,
      ),
      total("pddm_images_total", "Images embedded.", this.images),
      total("pddm_pairs_total", "Pairs scored.", this.pairs),
      total("pddm_model_loads_total", "Models loaded.", loads.done),
      total("pddm_model_load_failures_total", "Models that could not be loaded.", loads.failed),
      family(
        "pddm_model_bytes",
        "gauge",
        "Memory of the models that are loaded.",
        Array.from(models, ([model, bytes]) => line("pddm_model_bytes", { model }, bytes)),
      ),
      "",
    ].join("\n");
  }
}
