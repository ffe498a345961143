/** Optional dependencies: they may be absent, or be there and not load. */
import { BackendError } from "./error.ts";

/**
 * Imports an optional dependency, under a name that the type checker does not follow.
 *
 * @param backend what the error begins with
 * @param remedy what it ends with
 * @throws BackendError where it is absent or does not load
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

/** The first line of what an error says, without a full stop. */
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
