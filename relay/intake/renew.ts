import { decodeTime } from "../base/ulid.ts";
import type { Labels } from "../domain/alert.ts";
import { DAY } from "../base/duration.ts";
import { turnOfLoop } from "../base/event_loop.ts";
import { changesNothing, isStoreDue, lifeAfter, type Renewal, suppressionOf } from "../domain/renewal.ts";
import type { Incident } from "../domain/incident.ts";
import type { Routing } from "../domain/record.ts";
import { SOON } from "../store/due_incidents.ts";
import type { Incidents } from "../store/incidents.ts";
import type { Inhibitors } from "../store/inhibitors.ts";
import type { Renewals } from "../store/renewals.ts";
import { type CommitContext, decide, type PreparedAlert } from "./pipeline.ts";
import { isRenewable, type RenewUpdate } from "./renew_update.ts";
import { storeRenewals } from "./store_renewals.ts";
import type { Writer } from "./writer.ts";

/** The dependencies of {@linkcode Renewing}. */
export interface RenewingTools {
  readonly store: {
    readonly isShared: boolean;
    readonly incidents: Pick<Incidents, "remembered">;
    readonly renewals: Renewals;
    readonly inhibitors: Pick<Inhibitors, "pending">;
  };
  readonly writer: Pick<Writer, "update">;
  readonly config: { readonly staleAfter: number; readonly retention: { readonly alerts: number } };
}

/** The alerts of a payload, sorted. */
export interface SortedAlerts {
  /** Those that are decided in a commit and logged. */
  readonly fresh: readonly PreparedAlert[];
  /** The number of alerts that only renew their incidents. */
  readonly renewed: number;
  /** The renewals that must be stored. */
  readonly updates: readonly RenewUpdate[];
}

/** An alert is logged at least this often while it is repeated, so that the log's retention does not outrun its incident. */
const LOGGED_EVERY = DAY;

/** Alerts that are decided before the event loop gets a turn. */
const ALERTS_A_TURN = 500;

/**
 * Finds the alerts that only renew their incidents, and remembers them: they need no commit. Like all of an instance's
 * knowledge of incidents it may be out of date on a shared store, which the commit of a stored renewal finds out.
 */
export class Renewing {
  readonly #tools: RenewingTools;

  constructor(tools: RenewingTools) {
    this.#tools = tools;
  }

  /** Sort the alerts of one payload. @throws StoreError */
  async sort(alerts: readonly PreparedAlert[], now: number): Promise<SortedAlerts> {
    const { store: { incidents, inhibitors } } = this.#tools;
    const sources = inhibitors.pending();
    const inhibitorOf = sources && ((labels: Labels, own?: string) => sources.of(labels, own));
    const latest = await incidents.remembered(new Set(alerts.map(({ fingerprint }) => fingerprint)));
    const fresh: PreparedAlert[] = [];
    const logged = new Set<string>();
    const updates: RenewUpdate[] = [];
    for (const [index, alert] of alerts.entries()) {
      if (index > 0 && index % ALERTS_A_TURN === 0) await turnOfLoop();
      const { fingerprint } = alert;
      const newest = latest.get(fingerprint);
      if (logged.has(fingerprint) || !this.#isRenewal(alert, { newest, now, inhibitorOf })) {
        logged.add(fingerprint);
        fresh.push(alert);
      } else if (newest && alert.alert.status === "firing" && isRenewable(newest)) {
        const update = this.#renew(alert, newest, now);
        if (update) updates.push(update);
      }
    }
    return { fresh, renewed: alerts.length - fresh.length, updates };
  }

  /** Store renewals. @returns the lanes that got work @throws StoreError */
  async store(updates: readonly RenewUpdate[]): Promise<ReadonlySet<string>> {
    const { store: { renewals }, writer } = this.#tools;
    return await storeRenewals(updates, { renewals, writer });
  }

  /** Caches the decision on an alert, so that its repeats can be distinguished from a change. */
  logged({ fingerprint }: PreparedAlert, routing: readonly Routing[], now: number): void {
    const suppression = suppressionOf(routing);
    this.#tools.store.renewals.set(fingerprint, { suppression, since: now, at: now });
  }

  #isRenewal(
    alert: PreparedAlert,
    { newest, now, inhibitorOf }: {
      newest: Incident | undefined;
      now: number;
      inhibitorOf: CommitContext["inhibitorOf"];
    },
  ): boolean {
    const { store: { renewals }, config: { staleAfter, retention } } = this.#tools;
    const known = renewals.of(alert.fingerprint);
    const loggedAt = newest ? decodeTime(newest.lastId.slice(0, 26)) : known?.since;
    if (loggedAt === undefined || loggedAt + Math.min(LOGGED_EVERY, retention.alerts / 4) <= now) {
      return false;
    }
    const decided = decide(alert, { id: newest?.lastId ?? "", incident: newest, staleAfter, inhibitorOf });
    if (decided.fact || !changesNothing(newest, decided, known?.suppression)) return false;
    const suppression = suppressionOf(decided.routing);
    renewals.set(alert.fingerprint, { since: loggedAt, ...known, suppression, at: now });
    return true;
  }

  #renew(alert: PreparedAlert, newest: Incident, now: number): RenewUpdate | undefined {
    const { store: { renewals, isShared } } = this.#tools;
    const { fingerprint } = alert;
    const repeated = renewals.of(fingerprint)!;
    const { id, lastId, lastAt, closedAt, resends = 0 } = newest;
    const { dialect, clearsAfter: life } = alert.alert;
    const { clearsAfter = 0 } = lifeAfter(newest, { dialect, clearsAfter: life, now });
    const renewal: Renewal = { incident: id, at: now, clearsAfter, resends: Math.max(resends, now - lastAt) };
    const isSame = repeated.renewal?.incident === id && repeated.storedEnd !== undefined;
    const storedEnd = isSame ? repeated.storedEnd! : lastAt + (newest.clearsAfter ?? 0);
    renewals.set(fingerprint, { ...repeated, renewal, storedEnd });
    // Another instance may end it at the stored end, unless it is stored before this one's next upkeep.
    if (!isStoreDue(renewal, { storedEnd, within: isShared ? SOON : 0 })) return undefined;
    return { kind: "renew", fingerprint, renewal, as: { lastId, closedAt }, alert };
  }
}
