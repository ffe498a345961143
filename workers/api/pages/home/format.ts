/** Figures as people read them. */

const MINUS = "\u2212";

/** S or a distance, to three places. */
export const decimals = (value: number): string => value.toFixed(3).replace("-", MINUS);

/** A share as a percentage to one place. */
export const percent = (share: number): string => `${(100 * share).toFixed(1)}\u00a0%`;

/** A share as a length for CSS. */
export const cssPercent = (share: number): string => `${(100 * share).toFixed(1)}%`;

/** Milliseconds, to one place where they are few. */
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
