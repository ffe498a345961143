/** The first answer of each model to one question. Every later answer must equal it. */
export class FirstAnswers {
  private readonly first = new Map<string, string>();

  /** Whether an answer is the model's first, or equals it. @param by the model that answered */
  agree(by: string, answer: string): boolean {
    const before = this.first.get(by);
    if (before === undefined) this.first.set(by, answer);
    return before === undefined || before === answer;
  }
}
