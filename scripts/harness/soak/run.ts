import type { Client } from "./client.ts";
import type { Mix } from "./mix.ts";

/** A run stops after this many failures, because more would not explain more. */
const MOST_FAILURES = 20;

/** Asks requests, checks the answers, and counts both. */
export class Run {
  /** How often each kind was asked, and how often it failed. */
  readonly kinds = new Map<string, { asked: number; failed: number }>();
  /** What went wrong, in words. */
  readonly failures: string[] = [];
  private done = 0;
  private stopped = false;

  constructor(
    private readonly client: Client,
    private readonly mix: Mix,
    private readonly onProgress: (done: number) => void,
  ) {}

  get isOver(): boolean {
    return this.stopped;
  }

  /** Asks over several connections, each of which waits for its answer. @returns milliseconds of each request */
  async load(requests: number, connections: number): Promise<number[]> {
    const times: number[] = [];
    let left = requests;
    const connection = async () => {
      while (left-- > 0 && !this.stopped) times.push(...(await this.shoot()));
    };
    await Promise.all(Array.from({ length: connections }, connection));
    return times;
  }

  /** Stops asking. @param why the cause of the failures, which is listed first */
  stop(why: string): void {
    this.failures.unshift(why);
    this.stopped = true;
  }

  private async shoot(): Promise<number[]> {
    const { kind, route, post, check } = await this.mix.next();
    const count = this.kinds.get(kind) ?? { asked: 0, failed: 0 };
    this.kinds.set(kind, count);
    count.asked += 1;
    const reply = await this.client
      .ask(route, post)
      .catch((error: unknown) => `no answer: ${error instanceof Error ? error.message : "?"}`);
    // Requests that are still under way fail because of the stop.
    if (this.stopped) return [];
    const problem = typeof reply === "string" ? reply : check(reply);
    this.onProgress(++this.done);
    if (problem !== undefined) {
      count.failed += 1;
      this.failures.push(`request ${this.done} (${kind}, ${route}): ${problem}`);
      this.stopped = this.failures.length >= MOST_FAILURES;
    }
    return typeof reply === "string" ? [] : [reply.ms];
  }
}
