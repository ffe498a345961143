import { PackageError } from "../../shared/package/error.ts";
import { BackendError } from "../backends/error.ts";
import { UserError } from "../error.ts";

const isExpected = (error: Error): boolean =>
  error instanceof UserError || error instanceof BackendError || error instanceof PackageError;

const SAME_PRESS_MS = 1000;

/** What a person is told of an error. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (isExpected(error)) return `Error: ${error.message}`;
  const fault = error.stack ?? error.message;
  // WebAssembly's own class of errors. The allocator of tfjs does not say it: it writes beyond its memory.
  const hint =
    "WebAssembly failed, most likely for want of memory, of which it has 4 GiB: take a smaller " +
    "--size, fewer --classes-per-batch, or freeze more layers.";
  return error.name === "RuntimeError" ? `Error: ${hint}\n${fault}` : fault;
}

/** At once: a server that failed to start may hold the process. */
function endWith(text: string): never {
  console.error(text);
  process.exit(1);
}

/** Before tfjs's own handler is there, which would print the whole source of its glue. */
const onFault = (error: unknown) => endWith(describeError(error));

/** Else Node ends without a word. */
const onNothingLeft = () =>
  endWith("Error: the command ended before its work was done: what it waited for never came.");

/**
 * Runs a command line's main function. A mistake of the user is told in one sentence, with exit code
 * 1; anything else is a fault of ours, shown with its stack, also where nobody waits for it.
 *
 * @param main given a signal that aborts at the first Ctrl-C; the second one ends the process
 */
export async function runMain(main: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const interrupt = new AbortController();
  let pressed = -Infinity;
  const onSignal = () => {
    // One press may arrive twice: from the terminal, and passed on by npm.
    if (performance.now() - pressed < SAME_PRESS_MS) return;
    if (interrupt.signal.aborted) process.exit(130);
    pressed = performance.now();
    interrupt.abort();
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  process.on("unhandledRejection", onFault);
  process.on("uncaughtException", onFault);
  process.on("beforeExit", onNothingLeft);
  try {
    await main(interrupt.signal);
    if (interrupt.signal.aborted) process.exitCode = 130;
  } catch (error) {
    endWith(describeError(error));
  } finally {
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
    process.off("unhandledRejection", onFault);
    process.off("uncaughtException", onFault);
    process.off("beforeExit", onNothingLeft);
  }
}
