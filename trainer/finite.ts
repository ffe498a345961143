import { UserError } from "./error.ts";

/** A network gave numbers that are not finite: nothing can be measured or learned from them. */
export class NonFiniteError extends UserError {
  override name = "NonFiniteError";
}

/**
 * Checks values that a network gave. Comparisons with NaN are false, so sorting or counting it gives
 * figures that look sound, or loops that never end.
 *
 * @param what the values, in the plural
 * @throws NonFiniteError if one of them is NaN or infinite
 */
export function expectFinite(values: Float32Array | readonly number[], what: string): void {
  for (let at = 0; at < values.length; at++) {
    if (Number.isFinite(values[at])) continue;
    throw new NonFiniteError(`${what} hold ${values[at]} instead of finite numbers`);
  }
}
