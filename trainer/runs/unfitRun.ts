import { UserError } from "../error.ts";

/** What there is of a run is damaged, or belongs to another: nobody can go on with it. */
export class UnfitRun extends UserError {
  override name = "UnfitRun";
  /** @param remedy for who has started the run by hand */
  constructor(
    readonly problem: string,
    remedy: string,
  ) {
    super(`${problem}; ${remedy}`);
  }
}
