import { quantile } from "../measure/quantile.ts";
import { mib } from "../measure/table.ts";
import type { Part } from "./soak.ts";

/**
 * What a soak may leave behind: the last part of the requests against the second, for in the first
 * V8 compiles, tfjs opens, and every heap comes to its size. Of each part the median of some readings,
 * with garbage collected and the same models loaded.
 *
 * What is resident is told, not judged: workerd takes more of it by itself until it levels off. A Worker
 * of one line, run by Miniflare with neither a bucket nor an inspector, went from 49 MiB to 183 in 20,000
 * requests and to 415 in 100,000; without Miniflare from 36 to 149 in 50,000, and there it stayed.
 */
const MOST_GROWTH = { js: 2 ** 20, wasm: 2 ** 20, tensors: 0 };

/** The 99th percentile of the last part to that of the first, at most. */
const MOST_SLOWDOWN = 1.5;

/** What has grown, in words. @param parts at least two */
export function growth(parts: readonly Part[]): string[] {
  const [from, to] = [parts[1]!.memory, parts[parts.length - 1]!.memory];
  const grown = (what: string, name: "js" | "wasm") =>
    to[name] - from[name] > MOST_GROWTH[name]
      ? [
          `${what} grew from ${mib(from[name])} to ${mib(to[name])} MiB since the second part; ` +
            `${mib(MOST_GROWTH[name])} more would be flat`,
        ]
      : [];
  const tensors =
    to.tensors - from.tensors > MOST_GROWTH.tensors
      ? [`open tensors grew from ${from.tensors} to ${to.tensors} since the second part`]
      : [];
  return [
    ...grown("the JavaScript heap", "js"),
    ...grown("WebAssembly's memory", "wasm"),
    ...tensors,
  ];
}

/** Whether requests have become slow, in words. @param parts at least one */
export function slowdown(parts: readonly Part[]): string[] {
  const p99 = ({ times }: Part) => quantile(times, 0.99);
  const [first, last] = [p99(parts[0]!), p99(parts[parts.length - 1]!)];
  if (last <= MOST_SLOWDOWN * first) return [];
  return [
    `p99 was ${last.toFixed(1)} ms in the last part and ${first.toFixed(1)} in the first; ` +
      `${MOST_SLOWDOWN} times as much is the limit`,
  ];
}
