/** A task this old is taken for dead: workerd drops what a request started when its time is up. */
const PATIENCE_MS = 30_000;

/** One run of a task per key at a time: callers that come meanwhile share its outcome. */
export class SingleFlight<T> {
  private readonly running = new Map<string, { outcome: Promise<T>; started: number }>();

  run(key: string, task: () => Promise<T>): Promise<T> {
    const current = this.running.get(key);
    if (current && Date.now() - current.started < PATIENCE_MS) return current.outcome;
    const entry = { outcome: task(), started: Date.now() };
    this.running.set(key, entry);
    const forget = () => {
      if (this.running.get(key) === entry) this.running.delete(key);
    };
    entry.outcome.then(forget, forget);
    return entry.outcome;
  }
}
