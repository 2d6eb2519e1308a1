// Which statements count: the `.if` blocks around them.
import { Complaint, type Place } from './diagnostics.ts';

interface Conditional {
  /** Some branch was taken already. */
  taken: boolean;
  elseSeen: boolean;
  /** The surrounding text was active. */
  readonly outer: boolean;
  readonly place: Place;
}

/** The open conditionals, the innermost last. */
export class Conditionals {
  /** Statements are being assembled. */
  active = true;
  private readonly stack: Conditional[] = [];

  get depth(): number {
    return this.stack.length;
  }

  /** `.if`; null: inside dead text, neither branch is taken. */
  open(condition: boolean | null, place: Place): void {
    this.stack.push({ taken: condition !== false, elseSeen: false, outer: this.active, place });
    this.active = condition === true;
  }

  /** `.elseif`: true when its condition decides. */
  elseIfDecides(): boolean {
    const top = this.innermost('.elseif');
    this.active = false;
    return !top.taken && top.outer;
  }

  /** The condition of an `.elseif` that decides. */
  decide(condition: boolean): void {
    this.innermost('.elseif').taken = this.active = condition;
  }

  else(): void {
    const top = this.innermost('.else');
    top.elseSeen = true;
    this.active = !top.taken && top.outer;
    top.taken = true;
  }

  end(): void {
    const top = this.stack.pop();
    if (top === undefined) throw new Complaint('KSEG_ASM_CONDITION', '.endif without .if');
    this.active = top.outer;
  }

  /** Forgets all but `depth` of them, as what is left was active. */
  leave(depth: number): void {
    this.stack.length = depth;
  }

  /** Closes all but `depth`; where they were opened, the innermost first. */
  close(depth: number): Place[] {
    const places: Place[] = [];
    while (this.stack.length > depth) {
      const { outer, place } = this.stack.pop()!;
      this.active = outer;
      places.push(place);
    }
    return places;
  }

  private innermost(what: string): Conditional {
    const top = this.stack.at(-1);
    if (top === undefined) throw new Complaint('KSEG_ASM_CONDITION', `${what} without .if`);
    if (top.elseSeen) throw new Complaint('KSEG_ASM_CONDITION', `${what} after .else`);
    return top;
  }
}
