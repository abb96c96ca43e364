/** The severities, the worst first. Every spelling of a sender becomes one of these four. */
export const SEVERITIES = ["critical", "error", "warning", "info"] as const satisfies readonly Severity[];

/** One of the four severities. */
export type Severity = "critical" | "error" | "warning" | "info";

/** Senders' spellings of each severity, in lower case, including OCP's levels 1–5 and alarm_v2's 高/中/低. */
const SPELLINGS: Readonly<Record<Severity, readonly string[]>> = {
  critical: [
    "critical",
    "crit",
    "page",
    "fatal",
    "emergency",
    "emerg",
    "disaster",
    "high",
    "高",
    "严重",
    "1",
    "2",
    "p0",
    "p1",
  ],
  error: ["error", "err", "major", "错误"],
  warning: ["warning", "warn", "average", "medium", "minor", "中", "警告", "3", "p2"],
  info: [
    "info",
    "information",
    "informational",
    "notice",
    "low",
    "none",
    "ok",
    "debug",
    "低",
    "提醒",
    "4",
    "5",
    "p3",
    "p4",
  ],
};

const BY_SPELLING: ReadonlyMap<string, Severity> = new Map(
  SEVERITIES.flatMap((severity) => SPELLINGS[severity].map((spelling) => [spelling, severity] as const)),
);

/**
 * The severity for a sender's word.
 *
 * @param text The sender's word, in any case; `undefined` without one.
 * @param extra Spellings that the configuration adds or overrides, keys in lower case.
 * @returns The severity, and `recognised: false` when the word is in no table: the severity is then `warning`, and
 * the caller stores the word to show it.
 */
export function severityOf(
  text: string | undefined,
  extra: ReadonlyMap<string, Severity> = new Map(),
): { severity: Severity; recognised: boolean } {
  if (text === undefined) return { severity: "warning", recognised: true };
  const spelling = text.trim().toLowerCase();
  const severity = extra.get(spelling) ?? BY_SPELLING.get(spelling);
  return { severity: severity ?? "warning", recognised: severity !== undefined };
}

/** Whether `a` is more severe than `b`. */
export function isWorse(a: Severity, b: Severity): boolean {
  return SEVERITIES.indexOf(a) < SEVERITIES.indexOf(b);
}

/** The most severe of several; `info` when there are none. */
export function worst(severities: Iterable<Severity>): Severity {
  let result: Severity = "info";
  for (const severity of severities) if (isWorse(severity, result)) result = severity;
  return result;
}
