import type { Report, Row } from "./report.ts";

const HEAD = [
  ...["network", "batch", "backend", "images/s", "step", "data", "forward", "mining", "backward"],
  ...["update", "device", "process"],
];
/** Columns that are aligned left. The others are numbers and aligned right. */
const WORDS = ["network", "backend", "step by"];

export const ms = (value: number) => value.toFixed(value < 10 ? 2 : 0);
const mib = (bytes: number | null) => (bytes === null ? "-" : (bytes / 2 ** 20).toFixed(0));

function cells({ network, backend, batch, measured: it }: Row): string[] {
  const start = [network, String(batch), backend];
  if (!it) return [...start, ...HEAD.slice(start.length).map(() => "-")];
  const times = [it.step_ms, it.data_ms, it.forward_ms, it.mining_ms, it.backward_ms, it.update_ms];
  const memory = [it.device_bytes, it.process_bytes].map(mib);
  return [...start, it.images_per_s.toFixed(1), ...times.map(ms), ...memory];
}

/** Pads cells to columns. @param head the first line @param rows the others, with as many cells */
export function columns(head: readonly string[], rows: readonly string[][]): string[] {
  const lines = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  return lines.map((line) => {
    const padded = line.map((cell, at) =>
      WORDS.includes(head[at]!) ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!),
    );
    return `  ${padded.join("  ")}`;
  });
}

/** Formats a report: a line per network and backend, then the reasons why some failed. */
export function table({ machine, method, backends, rows }: Report): string {
  const { cpu, cores, node } = machine;
  const text = columns(HEAD, rows.map(cells));
  const devices = Object.entries(backends).map(([name, it]) =>
    it.runs ? `${name}: ${it.version}, ${it.device}` : it.reason,
  );
  const reasons = rows.flatMap(({ network, backend, reason }) =>
    reason === undefined ? [] : [`${network} on ${backend}: ${reason}.`],
  );
  return [
    `${cpu}, ${cores} cores, Node ${node}`,
    devices.join("\n"),
    [`A training step by ${method}, ms; the most memory, MiB`, ...text].join("\n"),
    ...reasons,
  ].join("\n\n");
}
