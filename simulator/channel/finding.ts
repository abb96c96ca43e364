import type { Finding } from "../../relay/channel/examine.ts";

export type { Finding };

/** A fault. */
export function fault(problem: string, cure: string): Finding {
  return { level: "fault", problem, cure };
}

/** A warning. */
export function warning(problem: string, cure: string): Finding {
  return { level: "warning", problem, cure };
}

/** The first finding for each cure: one mistake affects many messages. */
export function distinct(findings: readonly Finding[]): Finding[] {
  const byCure = new Map<string, Finding>();
  for (const finding of findings) if (!byCure.has(finding.cure)) byCure.set(finding.cure, finding);
  return [...byCure.values()];
}
