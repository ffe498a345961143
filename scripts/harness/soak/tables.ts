import { quantile } from "../measure/quantile.ts";
import { mib, table } from "../measure/table.ts";
import type { Soak } from "./soak.ts";

const whole = (value: number) => value.toLocaleString("en");

/** A soak as text. */
export function tables({ kinds, parts, promotions }: Soak): string {
  const counts = [...kinds].sort(([a], [b]) => a.localeCompare(b));
  const sum = (of: "asked" | "failed") => counts.reduce((all, [, count]) => all + count[of], 0);
  return [
    table(
      `Requests, with ${promotions} promotions among them`,
      ["", "asked", "failed"],
      [
        ...counts.map(([kind, { asked, failed }]) => [kind, whole(asked), whole(failed)]),
        ["all", whole(sum("asked")), whole(sum("failed"))],
      ],
    ),
    table(
      "By parts: ms, then MiB",
      ["", "p50", "p99", "JS heap", "WebAssembly", "tfjs alone", "tensors", "workerds resident"],
      parts.map(({ times, memory }, at) => [
        String(at + 1),
        quantile(times, 0.5).toFixed(1),
        quantile(times, 0.99).toFixed(1),
        (memory.js / 2 ** 20).toFixed(2),
        (memory.wasm / 2 ** 20).toFixed(2),
        mib(memory.tfjs),
        String(memory.tensors),
        mib(memory.resident),
      ]),
    ),
  ].join("\n\n");
}
