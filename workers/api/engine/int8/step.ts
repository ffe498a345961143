/** A call of the kernel. */
export type Step = () => void;

/** Makes a step here, because a closure created among weights would keep them in memory. */
export function call(run: (...numbers: number[]) => void, ...numbers: number[]): Step {
  return () => {
    run(...numbers);
  };
}
