import { defined } from "../base/defined.ts";
import { decodeTime } from "../base/ulid.ts";
import { type LoggedAlert, parseAlertId } from "../domain/record.ts";
import type { Records } from "../store/records.ts";
import type { Incident } from "../domain/incident.ts";
import type { Outcome, Suppression } from "../domain/outcome.ts";

/** Why a group was not notified: folded, a re-send (`resent`), or suppressed by something. */
export type Untold = "folded" | "resent" | Suppression;

/** A step of an incident: an alert that somebody was told of, or all those in a row that nobody was. */
export type Episode =
  | { readonly kind: "told"; readonly alert: LoggedAlert }
  | {
    readonly kind: "untold";
    readonly from: number;
    readonly to: number;
    readonly alerts: number;
    /** By what: how many of the alerts. */
    readonly by: Readonly<Partial<Record<Untold, number>>>;
  };

/** What the log says of an incident. */
export interface History {
  /** The newest first. */
  readonly episodes: readonly Episode[];
  /** Every alert: when it came, and whether somebody was told. The oldest first. */
  readonly moments: readonly { readonly at: number; readonly told: boolean }[];
  /** The log was not read to the incident's beginning, because the time was over: how far back. */
  readonly lookedBackTo?: number;
}

/** Read an incident's history out of the log, the newest first, for `budget` milliseconds at most. @throws StoreError */
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
    moments: alerts.map((alert) => ({ at: alert.at, told: isTold(alert) })),
    lookedBackTo,
  });
}

/** Alerts of one incident, the oldest first, as a story. */
export function episodesOf(alerts: readonly LoggedAlert[]): Episode[] {
  const episodes: Episode[] = [];
  for (const alert of alerts) {
    const last = episodes.at(-1);
    if (isTold(alert)) episodes.push({ kind: "told", alert });
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
    routing.map(({ outcome }) => untoldBy(outcome)),
  );
  for (const reason of reasons) by[reason] = (by[reason] ?? 0) + 1;
  return { ...episode, to: at, alerts: episode.alerts + 1, by };
}

function untoldBy(outcome: Outcome): Untold {
  if (outcome.kind === "suppressed") return outcome.by;
  return outcome.kind === "folded" && outcome.still ? "resent" : "folded";
}

function isTold({ routing }: LoggedAlert): boolean {
  return routing.some(({ outcome }) => outcome.kind === "told");
}
