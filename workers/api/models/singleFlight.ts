/** Runs one task per key at a time. Callers that come meanwhile share its outcome. */
export class SingleFlight<T> {
  private readonly running = new Map<string, { outcome: Promise<T>; deadline: number }>();

  /**
   * @param patienceMs after this time a run is presumed dead, because workerd drops the work of a request whose
   *   time is up, and the next caller starts another run. It must exceed the duration of the task.
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
