/** The process that computes for a worker (compute.ts), so that the worker can speak to the registry meanwhile. */
import { BackendError } from "../backends/error.ts";
import { openBackend } from "../backends/open.ts";
import { describeError } from "../console/main.ts";
import { ChangedImage } from "../data/folder.ts";
import { UserError } from "../error.ts";
import { UnfitRun } from "../runs/unfitRun.ts";
import { type Report, stopSchema, taskSchema } from "./messages.ts";
import { measurePackages } from "./measurePackages.ts";
import { trainRun } from "./trainRun.ts";

const tell = (report: Report): void => {
  process.send?.(report);
};

// The worker decides what a signal means; Ctrl-C in a terminal reaches both.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => undefined);
// Without its worker, nobody wants what this process computes.
process.on("disconnect", () => process.exit(1));

const stop = new AbortController();

async function perform(given: unknown): Promise<Report> {
  const task = taskSchema.parse(given);
  switch (task.kind) {
    case "train":
      return { kind: "trained", complete: await trainRun(task, tell, stop.signal) };
    case "measure":
      return { kind: "measured", measured: await measurePackages(task, tell, stop.signal) };
    case "open": {
      const say = (line: string) => tell({ kind: "say", line });
      return { kind: "opened", backend: await openBackend(task.backend, say) };
    }
  }
}

/** Another try does not mend what a user has to. */
const failure = (error: unknown): Report => {
  const isMistake = error instanceof UserError || error instanceof BackendError;
  const { problem: message, fault } =
    error instanceof UnfitRun
      ? { problem: error.problem, fault: "run" as const }
      : {
          problem: describeError(error).replace(/^Error: /, ""),
          fault: error instanceof ChangedImage ? ("images" as const) : null,
        };
  return { kind: "failed", message, retry: fault === "images" || !isMistake, fault };
};

process.on("message", (message: unknown) => {
  if (stopSchema.safeParse(message).success) {
    stop.abort();
    return;
  }
  void perform(message)
    .catch(failure)
    // A native library may keep the process alive.
    .then((report) => process.send?.(report, () => process.exit()));
});
