/**
 * What only the end of the source tells, such as whether a symbol will turn
 * out to be local: the assembler guesses, and when a guess was wrong the source
 * is read again with the answers. Questions come in the same order in every run.
 */
export class Foresight {
  private readonly used: number[] = [];
  private readonly truths: (() => number)[] = [];

  constructor(private readonly known: readonly number[] = []) {}

  /** The answer as an earlier run found it, else `guess`; `truth` will be asked at the end of the source. */
  ask(guess: number, truth: () => number): number {
    const answer = this.known[this.used.length] ?? guess;
    this.used.push(answer);
    this.truths.push(truth);
    return answer;
  }

  /** Null when all answers given were right, else the right ones. */
  corrections(): readonly number[] | null {
    const answers = this.truths.map((truth) => truth());
    return answers.every((answer, i) => answer === this.used[i]) ? null : answers;
  }
}
