/** A table as text. The first column is aligned to the left, the others to the right. */
export function table(title: string, head: string[], rows: string[][]): string {
  const lines = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  const text = lines.map((line) =>
    line
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!)))
      .join("  "),
  );
  return [title, ...text.map((line) => `  ${line}`)].join("\n");
}

export const mib = (bytes: number | null): string =>
  bytes === null ? "-" : (bytes / 2 ** 20).toFixed(1);
