import type { Channel, Member } from "../../relay/channel.ts";
import { withTimeout } from "../../relay/base/timeout.ts";
import { type Configured, configured } from "./attempt.ts";
import { peopleFor } from "./people.ts";
import { fault, type Finding } from "./finding.ts";

/** A channel while it is graded. */
export class Subject implements Configured {
  readonly channel: Channel;
  readonly config: unknown;
  readonly secrets: readonly string[];
  /** Recipients with every address that the channel reads; one recipient if it is called once per recipient. */
  readonly people: readonly Member[];
  readonly findings: Finding[] = [];
  readonly #note: (running: string) => void;
  #isLate = false;

  /** `note` gets the name of each call before it is made, for a watchdog. @throws z.ZodError when the sample is no config */
  constructor(channel: Channel, note: (running: string) => void = () => {}) {
    const { config, secrets } = configured(channel);
    this.channel = channel;
    this.config = deepFrozen(config);
    this.secrets = secrets;
    this.people = peopleFor(channel);
    this.#note = note;
  }

  /** Call a function of the channel. @returns its result; `undefined` when it throws or takes too long, which is a finding */
  async ask<T>(
    running: string,
    call: () => T | Promise<T>,
    { patience = PATIENCE }: { patience?: number } = {},
  ): Promise<T | undefined> {
    if (this.#isLate) return undefined; // each further call would take as long
    this.#note(running);
    const late = Symbol();
    try {
      const result = await withTimeout(Promise.resolve(call()), patience, () => late);
      if (result !== late) return result as T;
      this.#isLate = true;
      this.findings.push(fault(
        `${running}: it did not end within ${patience / 1_000} s`,
        "return from it: a message waits for nothing but its own request",
      ));
    } catch (error) {
      this.findings.push(thrown(running, error));
    }
    return undefined;
  }

  add(...findings: readonly Finding[]): void {
    this.findings.push(...findings);
  }
}

/** The time limit of a channel's function here, in milliseconds. */
const PATIENCE = 2_000;

function thrown(running: string, error: unknown): Finding {
  const words = error instanceof Error ? error.message : String(error);
  if (/read.only property|not extensible|Cannot delete property|Cannot define property/.test(words)) {
    return fault(
      `${running}: it changes what it was given: ${words}`,
      "change a copy: the message and the config are shared with others",
    );
  }
  if (words.includes(TRAPPED)) {
    return fault(
      `${running}: it sends a request of its own`,
      "describe the request and return it; with send, use tools.fetch",
    );
  }
  return fault(
    `${running}: it throws: ${words}`,
    "let it return for every message and every answer, such as a page where JSON was expected",
  );
}

/** The words of the error that a trapped `fetch` throws. */
export const TRAPPED = "the kit traps fetch";

/** Freeze a value and all of its parts. */
export function deepFrozen<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.values(Object.freeze(value)).forEach(deepFrozen);
  }
  return value;
}
