import { quantile } from "../measure/quantile.ts";
import { mib } from "../measure/table.ts";
import type { Part } from "./soak.ts";

/**
 * The growth allowed between the second part of the requests and the last. The first part does not count,
 * because in it V8 compiles, tfjs starts and every heap reaches its size. A part's value is the median of some
 * readings, after garbage collection and with the same models loaded.
 *
 * Resident memory is reported but not judged, because workerd's own grows until it levels off. A Worker of
 * one line, run by Miniflare without a bucket or an inspector, grew from 49 MiB to 183 in 20,000 requests and
 * to 415 in 100,000; without Miniflare it grew from 36 to 149 in 50,000 requests and stayed there.
 */
const MOST_GROWTH = { js: 2 ** 20, wasm: 2 ** 20, tensors: 0 };

/** The largest allowed ratio of the 99th percentiles of the last part and the first. */
const MOST_SLOWDOWN = 1.5;

/** Says what has grown too much. @param parts at least two */
export function growth(parts: readonly Part[]): string[] {
  const [from, to] = [parts[1]!.memory, parts[parts.length - 1]!.memory];
  const grown = (what: string, name: "js" | "wasm") =>
    to[name] - from[name] > MOST_GROWTH[name]
      ? [
          `${what} grew from ${mib(from[name])} to ${mib(to[name])} MiB since the second part; ` +
            `at most ${mib(MOST_GROWTH[name])} MiB more are allowed`,
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

/** Says if requests have become too slow. @param parts at least one */
export function slowdown(parts: readonly Part[]): string[] {
  const p99 = ({ times }: Part) => quantile(times, 0.99);
  const [first, last] = [p99(parts[0]!), p99(parts[parts.length - 1]!)];
  if (last <= MOST_SLOWDOWN * first) return [];
  return [
    `p99 was ${last.toFixed(1)} ms in the last part and ${first.toFixed(1)} in the first; ` +
      `the limit is ${MOST_SLOWDOWN} times as much`,
  ];
}
