import type { Alert } from "./alert.ts";
import type { Incident } from "./incident.ts";

/**
 * The meaning of a firing alert while its incident is open.
 *
 * - `start`: its sender gives its start and sends it again while it lasts, so only a later start is a new occurrence.
 * - `lapses`: the same, and the alert is over unless the sender sends it again; an alert without a start is a re-send.
 * - `renews`: its labels alone identify it, so any firing before its end is a re-send, whatever start it gives. One that
 *   changes nothing only moves the end, and is not logged (see renewal.ts).
 * - `each`: its sender posts once for each occurrence; a time in the post may be constant or any text.
 */
type Meaning = "start" | "lapses" | "renews" | "each";

/** By dialect. Any other one, such as a door of the configuration, is `each`, so that no occurrence is mistaken for a re-send. */
const MEANINGS: ReadonlyMap<string, Meaning> = new Map([
  ["alertmanager", "start"], // sent again at each `repeat_interval`, and whenever its group changes
  ["alertmanager_api", "renews"], // Prometheus sends it again each minute, and with a later start when it was restarted
  ["grafana", "start"], // the legacy form has no start, so it counts like `each`
  ["ocp", "lapses"], // pushed again within `clear_after`; a repeat updates OCP's one record of it
  ["ocp_channel", "start"], // `alarm_active_at`; OCP sends a lasting alarm again every few minutes
  ["fenghuo", "start"],
  ["alarm_v2", "each"],
  ["dingtalk", "each"],
  ["wecom", "each"],
  ["feishu", "each"],
  ["prometheusalert", "each"],
  ["pagerduty", "each"],
  ["opsgenie", "each"],
  ["ntfy", "each"],
  ["gotify", "each"],
  ["bark", "each"],
  ["apprise", "each"],
]);

/** The built-in dialects. */
export const DIALECTS: readonly string[] = [...MEANINGS.keys()];

/** Whether senders of a dialect send an alert again while it fires. */
export function isRepeated(dialect: string): boolean {
  return (MEANINGS.get(dialect) ?? "each") !== "each";
}

/** Whether a re-send of a dialect that changes nothing is a renewal: it moves the end of its incident, and is not logged. */
export function isRenewing(dialect: string): boolean {
  return MEANINGS.get(dialect) === "renews";
}

/** The alert with the start of its occurrence: a restarted sender gives its own start instead. */
export function withEarliestStart<A extends Pick<Alert, "dialect" | "startsAt">>(
  alert: A,
  open: Pick<Incident, "startsAt"> | undefined,
): A {
  const { startsAt } = open ?? {};
  if (startsAt === undefined || !isRenewing(alert.dialect)) return alert;
  return alert.startsAt !== null && alert.startsAt <= startsAt ? alert : { ...alert, startsAt };
}

/** The largest lead of a sender's clock; beyond it, its times are ignored. */
const SKEW = 15 * 60_000;

/** Whether an incident's start cannot be right: it was in the future when the newest alert was received. */
export function startsInFuture({ startsAt, lastAt }: Pick<Incident, "startsAt" | "lastAt">): boolean {
  return startsAt !== undefined && startsAt > lastAt + SKEW;
}

/** Whether an alert is a re-send, which only says that the open incident still fires. */
export function isResend(
  open: Pick<Incident, "startsAt" | "lastAt" | "clearsAfter">,
  alert: Pick<Alert, "dialect" | "startsAt" | "startAssumed">,
): boolean {
  const meaning = MEANINGS.get(alert.dialect) ?? "each";
  if (meaning === "each") return false;
  if (meaning === "renews") return (alert.startsAt ?? 0) < open.lastAt + (open.clearsAfter ?? Infinity);
  if (alert.startAssumed) return meaning === "lapses";
  if (startsInFuture(open)) return alert.startsAt === open.startsAt;
  // Earlier versions stored no start, only when the last alert came.
  return alert.startsAt !== null && alert.startsAt <= (open.startsAt ?? open.lastAt);
}
