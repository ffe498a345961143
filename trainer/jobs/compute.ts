import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type Report, reportSchema, type Task } from "./messages.ts";

const SCRIPT = fileURLToPath(new URL("process.ts", import.meta.url));

/** How long a process that is to stop may save what there is. Machines that are taken away give about half a minute. */
const GRACE_MS = 20_000;

/** Of what the process printed, for its end. */
const KEPT_LINES = 20;

/** A task has failed. */
export class ComputeError extends Error {
  override name = "ComputeError";
  constructor(
    message: string,
    /** Whether another try may help. */
    readonly retry: boolean,
  ) {
    super(message);
  }
}

export interface Signals {
  /** Ends the process at once. */
  kill: AbortSignal;
  /** Lets the process save what there is; after a while it is ended all the same. */
  stop: AbortSignal;
}

/**
 * Lets a process of its own compute: tensors block the thread, and this one has to speak to the registry.
 *
 * @param hear is told what happens
 * @returns its last report
 * @throws ComputeError; the reason of `kill`, or of `stop` where the process did not end in time
 */
export async function compute(
  task: Task,
  hear: (report: Report) => void,
  { kill, stop }: Signals,
): Promise<Report> {
  kill.throwIfAborted();
  const child = fork(SCRIPT, [], { stdio: ["ignore", "ignore", "pipe", "ipc"] });
  const words: string[] = [];
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    words.push(...text.split("\n").filter((line) => line.trim() !== ""));
    words.splice(0, words.length - KEPT_LINES);
  });
  let last: Report | undefined;
  child.on("message", (message) => {
    last = reportSchema.parse(message);
    hear(last);
  });
  const end = () => child.kill("SIGKILL");
  let grace: NodeJS.Timeout | undefined;
  const stopIt = () => {
    if (child.connected) child.send({ kind: "stop" });
    grace = setTimeout(end, GRACE_MS);
  };
  kill.addEventListener("abort", end, { once: true });
  stop.addEventListener("abort", stopIt, { once: true });
  try {
    const ended = new Promise<string>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code, signal) => resolve(signal ?? `exit code ${code}`));
    });
    child.send(task);
    if (stop.aborted) stopIt();
    const how = await ended;
    kill.throwIfAborted();
    if (last && ["trained", "measured", "opened"].includes(last.kind)) return last;
    // What is stopped may fail for that.
    stop.throwIfAborted();
    if (last?.kind === "failed") throw new ComputeError(last.message, last.retry);
    throw new ComputeError(
      `the process that computes ended with ${how}: ${words.join("\n") || "it printed nothing"}`,
      true,
    );
  } finally {
    clearTimeout(grace);
    kill.removeEventListener("abort", end);
    stop.removeEventListener("abort", stopIt);
    end();
  }
}
