import { Progress } from "./progress.ts";

const MB = 1e6;

/** Shows megabytes, from the first call on where there is anything to do. */
export interface ByteProgress {
  update: (done: number, total: number) => void;
  stop: () => void;
}

export function byteProgress(task: string): ByteProgress {
  let bar: Progress | null = null;
  return {
    update: (done, total) => {
      if (total === 0) return;
      bar ??= new Progress(task, "MB", Math.ceil(total / MB));
      bar.update(Math.ceil(done / MB));
    },
    stop: () => bar?.stop(),
  };
}
