/** Reads the durations of a Server-Timing header: milliseconds by name. */
export function readServerTiming(header: string | null): Map<string, number> {
  const entries = (header ?? "").split(",").flatMap((part): [string, number][] => {
    const [, name, duration] = /^\s*([\w-]+)\s*;\s*dur=([\d.]+)/.exec(part) ?? [];
    return name === undefined ? [] : [[name, Number(duration)]];
  });
  return new Map(entries);
}
