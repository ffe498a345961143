import type { Found } from "./found.ts";

type Runs = Extract<Found, { runs: true }>;

const HEAD = ["backend", "runs here", "version", "device", "memory", "float32 products"];

const gibibytes = (bytes: number) => `${Number((bytes / 2 ** 30).toPrecision(2))} GiB`;

function describeMemory({ memory, tensorLimit }: Pick<Runs, "memory" | "tensorLimit">): string {
  const all = memory === null ? "the GPU's" : gibibytes(memory);
  return tensorLimit === null ? all : `${all}, ${gibibytes(tensorLimit)} a tensor`;
}

/** Formats the findings as a table, followed by a line for each backend that does not run. */
export function table(found: ReadonlyMap<string, Found>): string {
  const rows = Array.from(found, ([backend, it]) =>
    it.runs
      ? [
          backend,
          "yes",
          it.version,
          it.device,
          describeMemory(it),
          `${it.gflops.toFixed(0)} GFLOP/s`,
        ]
      : [backend, "no", "", "", "", ""],
  );
  const widths = HEAD.map((_, column) =>
    Math.max(...[HEAD, ...rows].map((row) => row[column]!.length)),
  );
  const lines = [HEAD, ...rows].map((row) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column]!)).join("  ")}`.trimEnd(),
  );
  const reasons = [...found.values()].flatMap((it) => (it.runs ? [] : [it.reason]));
  return [lines.join("\n"), ...reasons].join("\n\n");
}
