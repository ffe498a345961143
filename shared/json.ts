/** Parses JSON. @returns undefined if the text is not JSON */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether lists and objects lie in one another deeper than `limit`. Does not recurse, so any depth is safe. */
export function nestsDeeper(value: unknown, limit: number): boolean {
  let level = [value];
  for (let depth = 0; depth <= limit; depth++) {
    level = level.flatMap((item): unknown[] =>
      item !== null && typeof item === "object" ? Object.values(item) : [],
    );
    if (level.length === 0) return false;
  }
  return true;
}
