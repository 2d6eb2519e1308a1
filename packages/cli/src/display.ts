/** The text on the board's display, in the title of the terminal when there is one, and in `--stats`. */
export class Display {
  #text: string | undefined;

  constructor(
    private readonly board: string,
    private readonly interactive: boolean,
  ) {}

  /** What it shows now; `undefined` when the guest has never written to it. */
  get text(): string | undefined {
    return this.#text;
  }

  readonly show = (text: string): void => {
    this.#text = text;
    // OSC 2: set the window's title. The text is printable ASCII, as the display makes it.
    if (this.interactive) process.stderr.write(`\x1b]2;kseg ${this.board} [${text}]\x07`);
  };
}
