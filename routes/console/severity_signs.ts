import type { Severity } from "../../relay/domain/severity.ts";

/** The sign beside each severity's colour: no meaning is in a colour alone. */
export const SEVERITY_SIGNS: Readonly<Record<Severity, string>> = {
  critical: "◆",
  error: "▲",
  warning: "●",
  info: "○",
};
