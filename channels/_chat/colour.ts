import type { CardColour, Message, Severity } from "../../relay/channel.ts";

const COLOURS: Readonly<Record<Severity, CardColour>> = {
  critical: "red",
  error: "orange",
  warning: "yellow",
  info: "blue",
};

const HEX: Readonly<Record<CardColour, string>> = {
  red: "#d32f2f",
  orange: "#f57c00",
  yellow: "#fbc02d",
  blue: "#1976d2",
  green: "#388e3c",
  none: "#9e9e9e",
};

/** The colour of a message: that of its worst severity, grey if it is acknowledged, green if it is resolved or closed. */
export function colourOf(
  { status, severity, reason }: Pick<Message, "status" | "severity" | "reason">,
): CardColour {
  if (status === "resolved" || reason === "closed") return "green";
  return reason === "acknowledged" ? "none" : COLOURS[severity];
}

/** The same as `#rrggbb`. */
export function hexOf(message: Pick<Message, "status" | "severity" | "reason">): string {
  return HEX[colourOf(message)];
}
