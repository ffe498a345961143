/** Optional dependencies, which may be missing or fail to load. */
import { BackendError } from "./error.ts";

/**
 * Imports an optional dependency. The type checker does not follow its name.
 *
 * @param backend the beginning of the error
 * @param remedy the end of the error
 * @throws BackendError if the package is missing or does not load
 */
export async function importOptional(
  name: string,
  backend: string,
  remedy: string,
): Promise<object> {
  try {
    return (await import(name)) as object;
  } catch (error) {
    const fault = isAbsent(name, error)
      ? "is not installed"
      : `is installed but does not load: ${firstLine(error)}`;
    throw new BackendError(`${backend}: ${name} ${fault}. ${remedy}`, { cause: error });
  }
}

/** The first line of the message of an error, without a full stop. */
export function firstLine(error: unknown): string {
  const line = String(error instanceof Error ? error.message : error).split("\n", 1)[0]!;
  return line.trim().replace(/\.$/, "");
}

function isAbsent(name: string, error: unknown): boolean {
  return (
    error instanceof Error &&
    "code" in error &&
    (error.code === "ERR_MODULE_NOT_FOUND" || error.code === "MODULE_NOT_FOUND") &&
    error.message.includes(`'${name}'`)
  );
}
