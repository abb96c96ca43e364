const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/**
 * The time limits of a server's answers, by step: https://www.rfc-editor.org/rfc/rfc5321#section-4.5.3.2. A filter of
 * mails, or a server that delays unknown clients, needs much of this time; if a client gives up early at the end of a
 * mail, its readers get the mail twice.
 */
const NORMS = {
  greeting: 5 * MINUTE,
  command: 5 * MINUTE,
  DATA: 2 * MINUTE,
  block: 3 * MINUTE,
  end: 10 * MINUTE,
};

/** The limits that the RFC leaves to the client. A platform that blocks SMTP usually drops the packets. */
export const CONNECTION = 30 * SECOND;

/** No step takes longer than this. */
export const LONGEST_STEP = NORMS.end;

/** The limit for the greeting and all steps until the encryption is established. */
export const OPENING = NORMS.greeting;

/** The names of the steps in messages. */
const NAMES: Readonly<Record<string, string>> = {
  greeting: "the greeting",
  block: "the mail",
  end: "the end of the mail",
};

/** Calls `run` after this many milliseconds. @returns the argument for `clearTimeout` */
type After = (run: () => void, ms: number) => ReturnType<typeof setTimeout>;

/** Measures the time until a server's answers. Commands may be sent together: their answers come in their order. */
export class Steps {
  readonly #late: () => void;
  readonly #after: After;
  #waiting: string[] = ["greeting"];
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `late`: called when the server did not answer in time. `after`: the timer that calls it. */
  constructor(late: () => void, { after = setTimeout }: { after?: After } = {}) {
    this.#late = late;
    this.#after = after;
  }

  /** The command whose answer is due next. */
  get waitingFor(): string {
    const [step = "the next step"] = this.#waiting;
    return NAMES[step] ?? step;
  }

  /** Records a command whose answer is pending. */
  said(command: string): void {
    this.#waiting.push(command);
    if (this.#waiting.length === 1) this.#wait();
  }

  /** Records an answer. */
  heard(): void {
    this.#waiting.shift();
    this.#wait();
  }

  /** Records a sent block of the mail. */
  sentBlock(): void {
    this.#waiting = ["block"];
    this.#wait();
  }

  /** Records the end of the mail. */
  sentAll(): void {
    this.#waiting = ["end"];
    this.#wait();
  }

  /** Waits for no further answer. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting = [];
  }

  #wait(): void {
    clearTimeout(this.#timer);
    const [step] = this.#waiting;
    if (step === undefined) return;
    const norm = step in NORMS ? NORMS[step as keyof typeof NORMS] : NORMS.command;
    this.#timer = this.#after(() => this.#late(), norm);
  }
}
