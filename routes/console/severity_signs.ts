import type { Severity } from "../../relay/domain/severity.ts";

/** The sign next to each severity's colour: colour alone has no meaning. */
export const SEVERITY_SIGNS: Readonly<Record<Severity, string>> = {
  critical: "◆",
  error: "▲",
  warning: "●",
  info: "○",
};
