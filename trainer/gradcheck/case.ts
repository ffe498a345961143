import type { BackendName } from "../backends/names.ts";

/** What a case computes, by name. */
export type Results = Map<string, Float32Array>;

/** A computation that every backend must agree on. */
export interface Case {
  name: string;
  /**
   * Computes it on the active backend, and leaves no tensors behind.
   *
   * @param draw which inputs: 0, or up to `draws`
   */
  run(draw: number): Results | Promise<Results>;
  /** Another way to the same results, where the cpu backend would share what is in question. */
  reference?(): Results;
  /**
   * Where several inputs can be drawn: the case holds if it does for one of them. At a bend of ReLU,
   * or where two values of a pool are nearly equal, rounding decides; a wrong kernel is wrong for all.
   */
  draws?: number;
  /** Takes the cpu backend half a minute: `npm run gradcheck` runs it, the tests do not. */
  slow?: true;
  /** Why a backend is not asked. */
  unsupported?: Partial<Record<BackendName, string>>;
}

/** The name of the result that is no gradient. */
export const VALUE = "value";
