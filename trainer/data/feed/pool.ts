import { Worker } from "node:worker_threads";
import type { TransformName } from "../transforms/transforms.ts";
import type { Pictures } from "../inputs/pixels.ts";
import type { Draw } from "./feed.ts";
import { type Task, viewsSchema } from "./messages.ts";

const PROGRAM = new URL("thread.ts", import.meta.url);

/** A thread does not inherit the loader for TypeScript, so it registers one itself. */
function start(workerData: unknown): Worker {
  if (!PROGRAM.pathname.endsWith(".ts")) return new Worker(PROGRAM, { workerData });
  const program = `import(${JSON.stringify(import.meta.resolve("tsx/esm/api"))}).then((tsx) => {
    tsx.register();
    return import(${JSON.stringify(PROGRAM.href)});
  });`;
  return new Worker(program, { eval: true, execArgv: [], workerData });
}

interface Waiting {
  resolve: (pixels: Uint8Array) => void;
  reject: (error: Error) => void;
}

/** Threads that make views. Each thread answers in the order of its requests. */
export class ThreadPool {
  private readonly threads: Worker[];
  private readonly waiting = new Map<number, Waiting>();
  private asked = 0;
  private failure: Error | null = null;

  /** @param pictures the threads share their pixels if these are in shared memory, else copy them */
  constructor(
    { pixels, width, height, margin }: Pictures,
    augment: TransformName,
    private readonly count: number,
  ) {
    const material = { pixels, width, height, margin, augment };
    this.threads = Array.from({ length: count }, () => start(material));
    for (const thread of this.threads) {
      thread.on("message", (message) => {
        const { id, pixels: views } = viewsSchema.parse(message);
        this.waiting.get(id)?.resolve(views);
        this.waiting.delete(id);
      });
      thread.on("error", (error) => this.fail(error));
    }
  }

  private fail(error: Error): void {
    this.failure ??= error;
    for (const { reject } of this.waiting.values()) reject(this.failure);
    this.waiting.clear();
  }

  /** Makes views. @returns RGB bytes; rejects if a thread has failed */
  make({ items, seed }: Draw): Promise<Uint8Array> {
    const id = this.asked++;
    const views = new Promise<Uint8Array>((resolve, reject) => {
      if (this.failure) {
        reject(this.failure);
        return;
      }
      this.waiting.set(id, { resolve, reject });
      const task: Task = { id, items: [...items], seed: [...seed] };
      this.threads[id % this.count]!.postMessage(task);
    });
    // The caller may await this later, and Node ends on a rejection that nobody handles until then.
    views.catch(() => undefined);
    return views;
  }

  async close(): Promise<void> {
    await Promise.all(this.threads.map((thread) => thread.terminate()));
  }
}
