import { fork } from "node:child_process";
import { once } from "node:events";
import { constants, setPriority } from "node:os";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";

const HERE = import.meta.url;

const SCRIPT = fileURLToPath(new URL("../worker.ts", HERE));

/** What a worker prints when a job begins and ends. */
const OF_JOB = /^Job /;

const eachLine = (stream: Readable | null, say: (line: string) => void) => {
  if (stream) createInterface(stream).on("line", say);
};

/**
 * Starts a worker on this machine, on WebAssembly, which takes only the time of the processors that nobody else wants.
 *
 * @param say is told when a job begins and ends, and what is wrong
 * @returns stops it: it saves a checkpoint and gives its job back
 */
export function startWorker(
  { registryUrl, token, cache }: { registryUrl: string; token: string; cache: string },
  say: (line: string) => void,
): () => Promise<void> {
  const args = ["--registry", registryUrl, "--backend", "wasm", "--cache", cache];
  const child = fork(SCRIPT, args, {
    execArgv: ["--import", import.meta.resolve("tsx")],
    env: { ...process.env, REGISTRY_TOKEN: token },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
  eachLine(child.stdout, (line) => {
    if (OF_JOB.test(line)) say(line);
  });
  eachLine(child.stderr, say);
  let isStopping = false;
  const ended = once(child, "close").then(() => {
    if (!isStopping) say("The worker has ended: jobs wait for another (npm run worker).");
  });
  return async () => {
    isStopping = true;
    child.kill("SIGTERM");
    await ended;
  };
}
