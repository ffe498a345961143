import type { Frame } from "../../shared/image/frame.ts";
import { Progress } from "../console/progress.ts";
import { copiesLines } from "./copies.ts";
import type { Cache } from "./decode/decodeAll.ts";
import { type Dataset, loadFolder } from "./folder.ts";
import { skippedLines } from "./skipped.ts";

/**
 * Reads a folder of labelled images with a progress bar, and says what was left out.
 *
 * @param say prints a line for a person
 * @param cache where decoded images are kept for the next run; default: nowhere
 * @throws UserError if the folder is missing, incomplete, without images, or too large for memory
 */
export async function readFolder(
  folder: string,
  { width, height, margin, fit, decode }: Frame,
  say: (line: string) => void,
  cache: Cache | null = null,
): Promise<Dataset> {
  let progress: Progress | undefined;
  const onProgress = (done: number, total: number) => {
    progress ??= new Progress("reading  ", "images", total);
    progress.update(done);
  };
  const data = await loadFolder(folder, { width, height, margin, fit, decode }, onProgress, cache);
  progress?.stop();
  for (const line of data.remarks) say(line);
  for (const line of skippedLines(data.skipped)) say(line);
  for (const line of copiesLines(data)) say(line);
  return data;
}
