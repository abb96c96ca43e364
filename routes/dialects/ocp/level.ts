import { type Severity, severityOf } from "../../../relay/domain/severity.ts";

/** OCP's levels, by number and by the names that its consoles show in Chinese and English, in lower case. */
const LEVELS: readonly {
  readonly level: number;
  readonly severity: Severity;
  readonly names: readonly string[];
}[] = [
  { level: 1, severity: "critical", names: ["down", "stopped", "停服"] },
  { level: 2, severity: "critical", names: ["critical", "严重", "嚴重"] },
  { level: 3, severity: "warning", names: ["alert", "warning", "警告"] },
  { level: 4, severity: "info", names: ["caution", "注意"] },
  { level: 5, severity: "info", names: ["info", "reminder", "提醒"] },
];

/** The level of an alarm that names none. */
const DEFAULT_LEVEL = 3;

/** A level in OCP's scale, and the severity that it maps to. */
export interface OcpLevel {
  /** 1–5, the worst first. */
  readonly level: number;
  readonly severity: Severity;
  /** The sender's word, if it is not a known level. */
  readonly severityText?: string;
}

/** The level of a number or a name; 3 when there is none. `severities`: the configuration's own words, which come first. */
export function ocpLevelOf(word: string | undefined, severities: ReadonlyMap<string, Severity>): OcpLevel {
  const spelling = word?.trim().toLowerCase() ?? String(DEFAULT_LEVEL);
  const found = LEVELS.find((one) => String(one.level) === spelling || one.names.includes(spelling));
  if (found && !severities.has(spelling)) return { level: found.level, severity: found.severity };
  const { severity, recognised } = severityOf(word, severities);
  return {
    level: nearestLevel(severity),
    severity,
    ...recognised || word === undefined ? {} : { severityText: word },
  };
}

/** The level of a severity, for an alert without a level. */
export function nearestLevel(severity: Severity): number {
  return LEVELS.find((one) => one.severity === severity)?.level ?? DEFAULT_LEVEL;
}
