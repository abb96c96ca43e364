/** What a check found. `bad`: the relay does not do its work · `poor`: it does, and somebody should know this. */
export interface Finding {
  /** A word or two. */
  readonly name: string;
  readonly verdict: "good" | "poor" | "bad";
  readonly says: string;
}

/** A finding, as a line of the report. */
export function lineOf({ name, verdict, says }: Finding): string {
  return `${MARKS[verdict]} ${name.padEnd(10)}  ${says.replaceAll("\n", `\n${" ".repeat(14)}`)}`;
}

const MARKS = { good: "✓", poor: "!", bad: "✗" } as const;
