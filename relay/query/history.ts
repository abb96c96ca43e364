import { defined } from "../base/defined.ts";
import { decodeTime } from "../base/ulid.ts";
import { type LoggedAlert, parseAlertId } from "../domain/record.ts";
import type { Records } from "../store/records.ts";
import type { Incident } from "../domain/incident.ts";
import type { Outcome, Suppression } from "../domain/outcome.ts";

/** Why a group was not notified: a duplicate (`folded`), a re-send (`resent`), or suppressed. */
export type NotNotifiedReason = "folded" | "resent" | Suppression;

/** A step of an incident: an alert of which a group was notified, or consecutive alerts of which none was. */
export type Episode =
  | { readonly kind: "told"; readonly alert: LoggedAlert }
  | {
    readonly kind: "untold";
    readonly from: number;
    readonly to: number;
    readonly alerts: number;
    /** How many of the alerts, by reason. */
    readonly by: Readonly<Partial<Record<NotNotifiedReason, number>>>;
  };

/** The history of an incident, from the log. */
export interface History {
  /** The newest first. */
  readonly episodes: readonly Episode[];
  /** Every alert: when it came, and whether a group was notified. The oldest first. */
  readonly moments: readonly { readonly at: number; readonly told: boolean }[];
  /** Set if the time limit was reached before the incident's beginning: the log was read back to this time. */
  readonly lookedBackTo?: number;
}

/** Reads an incident's history from the log, the newest first, for at most `budget` milliseconds. @throws StoreError */
export async function historyOf(
  { id, lastId }: Incident,
  records: Records,
  { budget = 60 }: { budget?: number } = {},
): Promise<History> {
  const end = performance.now() + budget;
  const alerts: LoggedAlert[] = [];
  const from = parseAlertId(id)?.page ?? id;
  let lookedBackTo: number | undefined;
  for await (const { back, found } of records.mentioning(id, { from, to: `${lastId}\uffff` })) {
    alerts.push(...found.filter(({ incident }) => incident === id));
    if (back > from && performance.now() > end) {
      lookedBackTo = decodeTime(back);
      break;
    }
  }
  alerts.sort((a, b) => a.id < b.id ? -1 : 1);
  return defined({
    episodes: episodesOf(alerts).reverse(),
    moments: alerts.map((alert) => ({ at: alert.at, told: isNotified(alert) })),
    lookedBackTo,
  });
}

/** Groups the alerts of one incident, the oldest first, into steps. */
export function episodesOf(alerts: readonly LoggedAlert[]): Episode[] {
  const episodes: Episode[] = [];
  for (const alert of alerts) {
    const last = episodes.at(-1);
    if (isNotified(alert)) episodes.push({ kind: "told", alert });
    else if (last?.kind === "untold") episodes[episodes.length - 1] = withAlert(last, alert);
    else {
      const none = { kind: "untold", from: alert.at, to: alert.at, alerts: 0, by: {} } as const;
      episodes.push(withAlert(none, alert));
    }
  }
  return episodes;
}

function withAlert(
  episode: Episode & { kind: "untold" },
  { at, routing }: LoggedAlert,
): Episode & { kind: "untold" } {
  const by = { ...episode.by };
  const reasons = new Set(
    routing.map(({ outcome }) => notNotifiedReason(outcome)),
  );
  for (const reason of reasons) by[reason] = (by[reason] ?? 0) + 1;
  return { ...episode, to: at, alerts: episode.alerts + 1, by };
}

function notNotifiedReason(outcome: Outcome): NotNotifiedReason {
  if (outcome.kind === "suppressed") return outcome.by;
  return outcome.kind === "folded" && outcome.still ? "resent" : "folded";
}

function isNotified({ routing }: LoggedAlert): boolean {
  return routing.some(({ outcome }) => outcome.kind === "told");
}
