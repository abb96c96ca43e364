/** The result of a check. `bad`: the relay does not work · `poor`: it works, and the operator should read this. */
export interface Finding {
  /** One or two words. */
  readonly name: string;
  readonly verdict: "good" | "poor" | "bad";
  readonly says: string;
}

/** A finding, as a line of the report. */
export function lineOf({ name, verdict, says }: Finding): string {
  return `${MARKS[verdict]} ${name.padEnd(10)}  ${says.replaceAll("\n", `\n${" ".repeat(14)}`)}`;
}

const MARKS = { good: "✓", poor: "!", bad: "✗" } as const;
