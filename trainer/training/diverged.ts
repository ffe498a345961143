import { UserError } from "../error.ts";
import type { Config } from "../runs/config.ts";

const DIVERGED = "DIVERGED at step";

/** Whether a message is that of a `DivergedError`, which a job passes on as text. */
export const isDivergence = (message: string): boolean => message.startsWith(DIVERGED);

/** A run whose numbers are no longer finite. Each step more would only write NaN over what is good. */
export class DivergedError extends UserError {
  override name = "DivergedError";

  /**
   * @param saved the step of the last checkpoint; 0: there is none
   * @param fault what is wrong, a sentence without its full stop
   */
  constructor(
    step: number,
    saved: number,
    fault: string,
    { learningRate, headRate }: Pick<Config, "learningRate" | "headRate">,
  ) {
    const kept = saved > 0 ? `The checkpoint of step ${saved} is kept` : "No checkpoint was saved";
    const rates = [
      `--learning-rate (now ${learningRate})`,
      ...(headRate > 1 ? [`--head-rate (now ${headRate})`] : []),
    ];
    super(
      `${DIVERGED} ${step}: ${fault}. ${kept}. ` +
        `Start a new run (--name) with a smaller ${rates.join(" or ")}, or another --method.`,
    );
  }
}
