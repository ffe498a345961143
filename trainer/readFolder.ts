import { Progress } from "./console/progress.ts";
import { type Dataset, loadFolder } from "./data/folder.ts";

/**
 * Reads a folder of labelled images with a progress bar, and a word on what was left out.
 *
 * @param say prints a line for a person
 * @throws UserError where the folder is wrong
 */
export async function readFolder(
  folder: string,
  { width, height }: { width: number; height: number },
  say: (line: string) => void,
): Promise<Dataset> {
  let progress: Progress | undefined;
  const data = await loadFolder(folder, { width, height }, (done, total) => {
    progress ??= new Progress("reading  ", "images", total);
    progress.update(done);
  });
  progress?.stop();
  for (const { path, reason } of data.skipped) say(`Skipped ${path}: ${reason}`);
  return data;
}
