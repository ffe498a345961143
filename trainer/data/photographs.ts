import { extname } from "node:path";

/** The kinds that cameras write. Drawings and screens are seldom kept as these. */
const CAMERA_KINDS = new Set([".jpg", ".jpeg", ".heic", ".heif", ".avif"]);

/** Whether most images are photographs, as far as the names of the files tell. */
export function arePhotographs(paths: readonly string[]): boolean {
  const photographs = paths.filter((path) => CAMERA_KINDS.has(extname(path).toLowerCase()));
  return 2 * photographs.length > paths.length;
}
