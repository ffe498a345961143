import { quantile } from "../measure/quantile.ts";
import { drawNetwork, pack, QUICK } from "./networks.ts";
import type { SearchLoad } from "./report.ts";
import type { Stage } from "./stage.ts";

const VECTORS = 10_000;
const BATCH = 100;
const SEARCHES = 1000;

const NAME = "load";

/** Unit vectors of this length without a pattern. */
function embeddingOf(position: number, width: number): number[] {
  return Array.from({ length: width }, (_, k) => Math.sin(position * (k + 1.7) + k * k));
}

async function call(url: string, method: string, path: string, body: object): Promise<void> {
  const headers = { "content-type": "application/json" };
  const init = { method, headers, body: JSON.stringify(body) };
  const response = await fetch(new URL(`/collections/${NAME}${path}`, url), init);
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
}

class Subject {
  constructor(
    private readonly url: string,
    private readonly width: number,
  ) {}

  make(): Promise<void> {
    return call(this.url, "PUT", "", { capacity: 10 * VECTORS });
  }

  write(from: number): Promise<void> {
    const items = Array.from({ length: BATCH }, (_, i) => ({
      id: `i${from + i}`,
      embedding: embeddingOf(from + i, this.width),
      metadata: { label: i },
    }));
    return call(this.url, "POST", "/items", { items });
  }

  /** @returns milliseconds of each search */
  async search(count: number, until: () => boolean = () => false): Promise<number[]> {
    const times: number[] = [];
    while (times.length < count && !until()) {
      const query = { embedding: embeddingOf(-1 - times.length, this.width) };
      const started = performance.now();
      await call(this.url, "POST", "/search", { query, top_k: 10 });
      times.push(performance.now() - started);
    }
    return times;
  }
}

/** Measures searches over HTTP, alone and while others write. */
export async function measureSearchLoad(stage: Stage): Promise<SearchLoad> {
  stage.say("search: over HTTP, while others write");
  const [vectors, searches] = stage.quick ? [500, 20] : [VECTORS, SEARCHES];
  const { name } = await stage.publish(await pack(await drawNetwork(QUICK), "int8"));
  const run = async (url: string): Promise<SearchLoad> => {
    const subject = new Subject(url, QUICK.config.dimensions);
    await subject.make();
    for (let from = 0; from < vectors; from += BATCH) await subject.write(from);
    await subject.search(searches / 10);
    const alone = await subject.search(searches);
    let [written, done] = [0, false];
    const started = performance.now();
    const writing = (async () => {
      for (; !done; written += BATCH) await subject.write(written % vectors);
    })();
    const meanwhile = await subject.search(searches);
    done = true;
    const seconds = (performance.now() - started) / 1000;
    await writing;
    const p99 = quantile(alone, 0.99);
    const writingP99 = quantile(meanwhile, 0.99);
    return {
      vectors,
      p50_ms: quantile(alone, 0.5),
      p99_ms: p99,
      writing_p50_ms: quantile(meanwhile, 0.5),
      writing_p99_ms: writingP99,
      ratio: writingP99 / p99,
      writes_per_s: written / seconds,
    };
  };
  return stage.withApi(name, run, { collections: true });
}
