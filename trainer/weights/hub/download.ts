import { mkdir, open, rename, rm, stat, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { UserError } from "../../error.ts";
import { reasonOfFault } from "../../registry/fault.ts";
import { Passing, PATIENCE, withPatience } from "../../registry/patience.ts";
import { Silence } from "../../registry/silence.ts";
import { hasDigest } from "./digest.ts";
import type { HubFile } from "./hub.ts";

/** A connection may be dead without a sign. */
const SILENCE_MS = 60_000;

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

async function demandRoom(path: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(dirname(path));
  if (bavail * bsize >= bytes) return;
  throw new UserError(
    `${dirname(path)} has ${megabytes(bavail * bsize)} left, and ${megabytes(bytes)} are needed; ` +
      "make room, or set HF_HOME to a folder of another disk",
  );
}

/** Appends what is missing. @throws Passing if the connection breaks */
async function append(
  file: HubFile,
  path: string,
  from: number,
  progress: (done: number) => void,
  signal: AbortSignal,
): Promise<void> {
  let done = from;
  const reader = file.read(from).getReader();
  const silence = new Silence(SILENCE_MS, (reason) => void reader.cancel(reason));
  const stop = () => void reader.cancel(signal.reason).catch(() => undefined);
  signal.addEventListener("abort", stop, { once: true });
  const handle = await open(path, "a");
  try {
    silence.listen();
    for (;;) {
      const part = await reader.read().catch((error: unknown) => {
        if (error instanceof UserError) throw error;
        throw new Passing(`the connection broke: ${reasonOfFault(error)}`);
      });
      silence.heard();
      signal.throwIfAborted();
      if (part.done) break;
      await handle.writeFile(part.value);
      progress((done += part.value.length));
    }
  } finally {
    silence.rest();
    signal.removeEventListener("abort", stop);
    await handle.close();
    await reader.cancel().catch(() => undefined);
  }
  if (done < file.bytes) throw new Passing(`${file.bytes - done} bytes did not come`);
}

/**
 * Fetches a file to a path, which it has only with its whole and right content. Goes on with what an earlier call has
 * left.
 *
 * @throws UserError if the disk has no room, or the content is not that of its digest; the last failure of the network
 */
export async function download(
  file: HubFile,
  path: string,
  progress: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const part = `${path}.incomplete`;
  await mkdir(dirname(path), { recursive: true });
  const have = () =>
    stat(part).then(
      ({ size }) => size,
      () => 0,
    );
  await demandRoom(path, file.bytes - (await have()));
  await withPatience(PATIENCE, signal, async () => {
    let from = await have();
    if (from > file.bytes) {
      await rm(part);
      from = 0;
    }
    const told = (done: number) => progress(done, file.bytes);
    if (from < file.bytes || file.bytes === 0) await append(file, part, from, told, signal);
    if (await hasDigest(part, file.digest, file.bytes)) return;
    await rm(part);
    const fault =
      `what came has not the digest that the hub states, ${file.digest}, and was removed; try again, ` +
      "and if it stays so, ask who runs the network, as something on the way changes it";
    // What an earlier call has left may be at fault.
    throw from > 0 ? new Passing(fault) : new UserError(fault);
  });
  await rename(part, path);
}
