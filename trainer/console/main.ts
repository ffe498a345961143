import { PackageError } from "../../shared/package/error.ts";
import { BackendError } from "../backends/error.ts";
import { UserError } from "../error.ts";

const isExpected = (error: Error): boolean =>
  error instanceof UserError || error instanceof BackendError || error instanceof PackageError;

const SAME_PRESS_MS = 1000;

/** What the user's disk may refuse to every command, by the codes of the file system. */
const DISK_FAULTS = new Map([
  ["ENOSPC", "the disk is full"],
  ["EFBIG", "the system lets this process write no file as long"],
  ["EDQUOT", "your share of the disk is full"],
  ["EROFS", "the disk is read-only"],
  ["EACCES", "permission is denied"],
  ["EPERM", "permission is denied"],
  ["ENOTDIR", "a part of the path is a file, not a folder"],
  ["EISDIR", "there is a folder where a file should be"],
]);

/** The sentence of a fault of the disk; null for other errors. */
function describeDiskFault(error: Error): string | null {
  const fault = "code" in error ? DISK_FAULTS.get(String(error.code)) : undefined;
  return fault === undefined ? null : `Error: ${fault} (${error.message})`;
}

/** What to do where memory is short. */
export const outOfMemory = (problem: string): string =>
  `${problem}: use a smaller --size or fewer --classes-per-batch, or freeze more layers, or take a machine with more memory`;

/** The text of an error for the user. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (isExpected(error)) return `Error: ${error.message}`;
  const diskFault = describeDiskFault(error);
  if (diskFault !== null) return diskFault;
  const fault = error.stack ?? error.message;
  if (error instanceof RangeError && /allocat/i.test(error.message)) {
    return `Error: ${outOfMemory("the system gave no more memory")}\n${fault}`;
  }
  // The error class of WebAssembly. Out of memory, the allocator of tfjs writes past its memory without an error.
  const hint =
    "WebAssembly failed, most likely because its 4 GiB of memory were full: use a smaller --size or fewer " +
    "--classes-per-batch, or freeze more layers.";
  return error.name === "RuntimeError" ? `Error: ${hint}\n${fault}` : fault;
}

/** Prints a text and exits at once, because a server that failed to start may keep the process alive. */
function endWith(text: string): never {
  console.error(text);
  process.exit(1);
}

/** Registered before the handler of tfjs, which would print the whole source of its glue. */
const onFault = (error: unknown) => endWith(describeError(error));

/** Without this, Node would exit silently. */
const onNothingLeft = () =>
  endWith(
    "Error: the command ended before its work was done, because an event that it waited for never came.",
  );

/** Whether the reader of a pipe has gone, as `head` does. */
const isUnread = (error: Error) => "code" in error && error.code === "EPIPE";

/**
 * Runs the main function of a command. Every error ends it with exit code 1. A mistake of the user is reported in
 * one sentence; any other error, also one in the background, with its stack.
 *
 * @param main receives a signal that aborts at the first Ctrl-C, or when nobody reads the output any more; the second
 *   Ctrl-C ends the process
 */
export async function runMain(main: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const interrupt = new AbortController();
  let pressed = -Infinity;
  const onSignal = () => {
    // One press may arrive twice: from the terminal and from npm.
    if (performance.now() - pressed < SAME_PRESS_MS) return;
    if (interrupt.signal.aborted) process.exit(130);
    pressed = performance.now();
    interrupt.abort();
  };
  // Stays: what is printed last may be refused after the end.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: Error) => {
      if (!isUnread(error)) onFault(error);
      interrupt.abort();
    });
  }
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
