import { UserError } from "./error.ts";

/** A network gave numbers that are not finite: nothing can be measured or learned from them. */
export class NonFiniteError extends UserError {
  override name = "NonFiniteError";
}

/**
 * Nothing compares with NaN: sorted or counted, it gives figures that look sound, or loops that never
 * end. So values that a network gave are checked where they are read.
 *
 * @param what the values, in the plural
 * @throws NonFiniteError where one of them is NaN or infinite
 */
export function expectFinite(values: Float32Array | readonly number[], what: string): void {
  for (let at = 0; at < values.length; at++) {
    if (Number.isFinite(values[at])) continue;
    throw new NonFiniteError(`${what} hold ${values[at]} instead of finite numbers`);
  }
}
