/** The first answer to each thing that was asked, which every later one must equal. */
export class FirstAnswers {
  private readonly first = new Map<string, string>();

  /** Whether an answer is the first of its kind, or the same. @param by which model answered */
  agree(by: string, answer: string): boolean {
    const before = this.first.get(by);
    if (before === undefined) this.first.set(by, answer);
    return before === undefined || before === answer;
  }
}
