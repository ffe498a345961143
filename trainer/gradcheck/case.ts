import type { BackendName } from "../backends/names.ts";

/** The results of a case, by name. */
export type Results = Map<string, Float32Array>;

/** A computation for which every backend must give the same result. */
export interface Case {
  name: string;
  /**
   * Computes the case on the active backend and leaves no tensors behind.
   *
   * @param draw number of the inputs: 0, or below `draws` if there are several
   */
  run(draw: number): Results | Promise<Results>;
  /** Computes the same results in another way, if the cpu backend shares the code in question. */
  reference?(): Results;
  /**
   * Number of inputs that can be drawn. The case passes if one of them passes: at a bend of ReLU, or if two
   * values of a pool are nearly equal, rounding decides, but a wrong kernel is wrong for all inputs.
   */
  draws?: number;
  /** Whether the cpu backend takes half a minute. `npm run gradcheck` runs such a case, the tests do not. */
  slow?: true;
  /** Why a backend does not run the case. */
  unsupported?: Partial<Record<BackendName, string>>;
}

/** The name of the result that is not a gradient. */
export const VALUE = "value";
