/** Formats figures for the page. */

const MINUS = "\u2212";

/** S or a distance with three decimals. */
export const decimals = (value: number): string => value.toFixed(3).replace("-", MINUS);

/** A share as a percentage with one decimal. */
export const percent = (share: number): string => `${(100 * share).toFixed(1)}\u00a0%`;

/** A share as a length for CSS. */
export const cssPercent = (share: number): string => `${(100 * share).toFixed(1)}%`;

/** Milliseconds, with one decimal below 10. */
export const milliseconds = (value: number): string =>
  `${value.toFixed(value < 10 ? 1 : 0)}\u00a0ms`;

/** Bytes in KiB or MiB. */
export function bytes(value: number): string {
  const kib = value / 1024;
  return kib < 1024 ? `${kib.toFixed(0)} KiB` : `${(kib / 1024).toFixed(1)} MiB`;
}

/** "1 image", "2 images". */
export const count = (value: number, noun: string): string =>
  `${value} ${noun}${value === 1 ? "" : "s"}`;

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Seconds as "12 s", "5 min", "1.5 h" or "3 d". */
export function duration(seconds: number): string {
  if (seconds < MINUTE) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < HOUR) return `${Math.round(seconds / MINUTE)} min`;
  if (seconds < 2 * DAY) return `${(seconds / HOUR).toFixed(1)} h`;
  return `${Math.round(seconds / DAY)} d`;
}
