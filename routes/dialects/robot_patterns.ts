import type { RobotDoor } from "../../relay/config/mod.ts";
import type { Alert, IncomingAlert } from "../../relay/domain/alert.ts";
import { oneLine } from "../../relay/base/text.ts";
import { plainText } from "../../relay/message/plain_text.ts";
import { keyOf } from "./keyed_incident.ts";

/**
 * A message to a robot as an alert with an identity and an end, if the robot has patterns. The key is the match of
 * the key pattern; otherwise the title, without the match of the resolved pattern. Without either the text identifies
 * the alert.
 */
export function withPatterns(
  { identity, alert }: IncomingAlert,
  robot: Pick<RobotDoor, "group" | "patterns">,
  now: number,
): IncomingAlert {
  const { key, resolved } = robot.patterns;
  if (key === undefined && resolved === undefined) return { identity, alert };
  const words = wordsOf(alert);
  const found = key?.find(words) ?? titleWithout(resolved, alert);
  const { statusAssumed: _, ...known } = alert;
  const end = resolved?.find(words) === undefined ? {} : { status: "resolved", endsAt: now } as const;
  return {
    identity: found === "" ? identity : keyOf(alert.dialect, found, robot).identity,
    alert: resolved === undefined ? alert : { ...known, ...end },
  };
}

function titleWithout(resolved: RobotDoor["patterns"]["resolved"], { title }: Alert): string {
  return oneLine(resolved?.remove(title) ?? title).trim();
}

function wordsOf(alert: Alert): string {
  return [alert.title, plainText(alert)].filter(Boolean).join("\n");
}
