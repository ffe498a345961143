/** Words for the most common errors of the file system, whose own messages name the path. */
const REASONS = new Map([
  ["EACCES", "no permission to read it"],
  ["EPERM", "no permission to read it"],
  ["ENOENT", "it is no longer there"],
  ["EISDIR", "it is a folder"],
]);

/** Why a file or folder could not be read, in words that do not name its path. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error ? String(error.code) : "";
  return REASONS.get(code) ?? error.message.trim();
}
