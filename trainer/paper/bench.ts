import type { Config } from "../runs/config.ts";
import type { Dataset } from "../data/folder.ts";
import type { Split } from "../data/split.ts";
import type { Start } from "../training/head.ts";
import type { Inputs } from "../data/inputs/inputs.ts";
import type { Learner } from "../training/learner.ts";
import { assemble } from "../networks/assemble.ts";
import type { Say } from "../console/say.ts";
import { makeInputs, viewSeedOf } from "../runs/prepare.ts";
import { createLearner, startOf } from "../training/createLearner.ts";
import type { TrainingContext } from "../training/train.ts";

/**
 * Gives every run a fresh network, and does once what would be the same for all of them: the frozen
 * layers' work on the images, and the whitened start of the head, whose eigenvectors take long.
 */
export class Bench {
  private shared: { key: number; inputs: Inputs } | null = null;
  private readonly starts = new Map<number, Start | null>();

  constructor(
    private readonly data: Dataset,
    private readonly split: Split,
    private readonly say: Say,
    private readonly signal: AbortSignal,
  ) {}

  /**
   * A run's network before its first step, and what it trains on.
   *
   * @throws UserError where network or weights are wrong, or when aborted
   */
  async open(config: Config): Promise<{ learner: Learner; prepared: TrainingContext }> {
    // Said once: every run opens the same network.
    const body = await assemble(config, this.shared ? () => undefined : this.say);
    const key = viewSeedOf(config);
    if (this.shared?.key !== key) {
      const inputs = await makeInputs(config, body, this.data, this.split, this.signal);
      this.shared = { key, inputs };
    }
    const prepared = { data: this.data, split: this.split, body, inputs: this.shared.inputs };
    const known = this.starts.get(key);
    const start = known === undefined ? startOf(config, prepared) : known;
    this.starts.set(key, start);
    return { learner: createLearner(config, prepared, start), prepared };
  }
}
