const wait = (seconds: number, signal: AbortSignal) =>
  new Promise<void>((resolve, reject) => {
    const timer = setTimeout(resolve, 1000 * seconds);
    const stop = () => {
      clearTimeout(timer);
      reject(new DOMException("stopped", "AbortError"));
    };
    signal.addEventListener("abort", stop, { once: true });
  });

/**
 * Repeats work while the page is visible. Aborts it when the page is hidden, and begins again when it is shown.
 *
 * @param work returns the seconds until it is repeated; null: it is done
 * @returns a function that begins again at once
 */
export function repeatWhileVisible(
  work: (signal: AbortSignal) => Promise<number | null>,
): () => void {
  let running: AbortController | undefined;

  async function repeat(signal: AbortSignal): Promise<void> {
    try {
      for (;;) {
        const pause = await work(signal);
        if (pause === null) return;
        await wait(pause, signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  const begin = () => {
    running?.abort();
    running = new AbortController();
    if (document.visibilityState === "visible") void repeat(running.signal);
  };
  document.addEventListener("visibilitychange", begin);
  begin();
  return begin;
}
