/** Says when Recall@1 has stopped getting better. */
export class EarlyStopping {
  private best = -Infinity;
  private worse = 0;

  /** @param patience evaluations without a better one after which it is over; 0: never */
  constructor(private readonly patience: number) {}

  /** @returns whether this evaluation is the best so far */
  sees(recall: number): boolean {
    const better = recall > this.best;
    this.worse = better ? 0 : this.worse + 1;
    if (better) this.best = recall;
    return better;
  }

  get isOver(): boolean {
    return this.patience > 0 && this.worse >= this.patience;
  }
}
