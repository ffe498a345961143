import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { outOfMemory } from "../console/main.ts";
import { type Fault, type Report, reportSchema, type Task } from "./messages.ts";

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
    readonly fault: Fault | null = null,
  ) {
    super(message);
  }
}

/** What V8 prints when its heap is full. It then aborts. */
const HEAP_FULL = /heap out of memory|allocation failed/i;

/** Why a process has ended that has told no end. @param how its signal or exit code */
function describeEnd(how: string, words: readonly string[]): string {
  const process = "the process that computes";
  if (words.some((line) => HEAP_FULL.test(line))) {
    return outOfMemory(
      `${process} ran out of memory for JavaScript (NODE_OPTIONS=--max-old-space-size=<MB> gives it more)`,
    );
  }
  if (how === "SIGKILL") {
    return outOfMemory(`${process} was killed, most likely because the machine had no memory left`);
  }
  return `${process} ended with ${how}: ${words.join("\n") || "it printed nothing"}`;
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
    if (last?.kind === "failed") throw new ComputeError(last.message, last.retry, last.fault);
    throw new ComputeError(describeEnd(how, words), true);
  } finally {
    clearTimeout(grace);
    kill.removeEventListener("abort", end);
    stop.removeEventListener("abort", stopIt);
    end();
  }
}
