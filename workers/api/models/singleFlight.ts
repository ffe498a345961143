/** One run of a task per key at a time: callers that come meanwhile share its outcome. */
export class SingleFlight<T> {
  private readonly running = new Map<string, { outcome: Promise<T>; deadline: number }>();

  /**
   * @param patienceMs the run is taken for dead after this time, and the next caller starts another: workerd
   *   drops what a request has started when its time is up. It must be longer than the task may take.
   */
  run(key: string, patienceMs: number, task: () => Promise<T>): Promise<T> {
    const current = this.running.get(key);
    if (current && Date.now() < current.deadline) return current.outcome;
    const entry = { outcome: task(), deadline: Date.now() + patienceMs };
    this.running.set(key, entry);
    const forget = () => {
      if (this.running.get(key) === entry) this.running.delete(key);
    };
    entry.outcome.then(forget, forget);
    return entry.outcome;
  }
}
