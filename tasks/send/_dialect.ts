import type { Options } from "../_task.ts";

/** The values of a dialect's options; an option with `multiple` has an array. */
export type OptionValues = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;

/** The input of an example. */
export interface Context {
  /** The relay's intake token, if this machine has it. */
  readonly token: string | undefined;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** A request to the relay. */
export interface Example {
  /** The path below the relay's address. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A wire format of `deno task send`: one file in this folder, whose default export this is. */
export interface SendDialect {
  /** One line for the list of dialects. */
  readonly title: string;
  /** The text of `--help`, from the usage line on. */
  readonly help: string;
  /** All options except `--to` and `--help`. */
  readonly options: Options;
  /** A correct example. @throws UsageError when an option makes no sense. */
  example(values: OptionValues, context: Context): Example | Promise<Example>;
  /**
   * A positive answer in words; `undefined` when it refuses, or is not a relay's answer. `answer`: its JSON, if it is
   * JSON · `text`: its body
   */
  accepted(answer: unknown, text: string): string | undefined;
  /** Completes "the relay …": the meaning of a refusal, and its remedy; `undefined` for another dialect. */
  refused?(answer: unknown): string | undefined;
}
