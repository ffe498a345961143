import { readFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { extract, pack } from "tar-stream";
import { writeAtomically } from "../files.ts";
import { UnfitRun } from "../runs/unfitRun.ts";

/** The files of a run that another machine needs to go on with it. */
const FILES = ["config.json", "metrics.jsonl", "checkpoint.safetensors", "best.safetensors"];

/** Without these it would begin anew, or go on with what it is not. */
const NEEDED = ["config.json", "checkpoint.safetensors"];

/** Packs what is there of a run that stands still. @param path gets the archive, whole or not at all */
export async function packRun(folder: string, path: string): Promise<void> {
  const tar = pack();
  const chunks = buffer(tar);
  for (const name of FILES) {
    const bytes = await readFile(join(folder, name)).catch(() => null);
    if (bytes) tar.entry({ name, size: bytes.length }, bytes);
  }
  tar.finalize();
  await writeAtomically(path, await chunks);
}

const damaged = (reason: string) =>
  new UnfitRun(`the checkpoint of the job is damaged: ${reason}`, "submit the job again");

/** Unpacks a run into its folder. @throws UnfitRun if the archive is damaged */
export async function unpackRun(archive: Uint8Array, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const tar = extract();
  // Entries that come before somebody waits for them are lost: nothing may be awaited from here to the loop.
  tar.end(Buffer.from(archive));
  const found = new Set<string>();
  try {
    for await (const file of tar) {
      const { name } = file.header;
      // Names of an archive must not lead out of the folder.
      if (FILES.includes(name)) await writeAtomically(join(folder, name), await buffer(file));
      else file.resume();
      found.add(name);
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw damaged(reason);
  }
  const missing = NEEDED.find((name) => !found.has(name));
  if (missing !== undefined) throw damaged(`it has no ${missing}`);
}
