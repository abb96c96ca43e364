const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/**
 * How long a server may take for the answer to each step: https://www.rfc-editor.org/rfc/rfc5321#section-4.5.3.2. A filter
 * that looks at each mail, or a server that makes strangers wait, needs much of it; a client that gives up early at the
 * end of the mail makes its readers get it twice.
 */
const NORMS = {
  greeting: 5 * MINUTE,
  command: 5 * MINUTE,
  DATA: 2 * MINUTE,
  block: 3 * MINUTE,
  end: 10 * MINUTE,
};

/** What the RFC leaves to the client. A platform that blocks SMTP usually drops the packets. */
export const CONNECTION = 30 * SECOND;

/** No step takes longer than this. */
export const LONGEST_STEP = NORMS.end;

/** The greeting and what follows it until the encryption stands take no longer than this. */
export const OPENING = NORMS.greeting;

/** A step of a conversation, as people call it. */
const NAMES: Readonly<Record<string, string>> = {
  greeting: "the greeting",
  block: "the mail",
  end: "the end of the mail",
};

/** Calls `run` in so many milliseconds. @returns what `clearTimeout` takes */
type After = (run: () => void, ms: number) => ReturnType<typeof setTimeout>;

/** Watches how long a server takes for its answers. Commands may be sent together: their answers come in their order. */
export class Steps {
  readonly #late: () => void;
  readonly #after: After;
  #waiting: string[] = ["greeting"];
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `late`: called when the server did not answer in time. `after`: what calls it then. */
  constructor(late: () => void, { after = setTimeout }: { after?: After } = {}) {
    this.#late = late;
    this.#after = after;
  }

  /** What the server is to answer next. */
  get waitingFor(): string {
    const [step = "the next step"] = this.#waiting;
    return NAMES[step] ?? step;
  }

  /** A command was sent, and its answer is to come. */
  said(command: string): void {
    this.#waiting.push(command);
    if (this.#waiting.length === 1) this.#wait();
  }

  /** It has answered. */
  heard(): void {
    this.#waiting.shift();
    this.#wait();
  }

  /** A block of the mail went out. */
  sentBlock(): void {
    this.#waiting = ["block"];
    this.#wait();
  }

  /** The mail went out, to its end. */
  sentAll(): void {
    this.#waiting = ["end"];
    this.#wait();
  }

  /** Nothing is waited for. */
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
