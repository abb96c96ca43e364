import { acknowledged, afterReminder, isReminderDue, noteOf, remembered } from "../domain/acknowledge.ts";
import type { Change, Clearing, Confirming, Death, Noting, Reminder, Settling } from "./change.ts";
import { afterDeath } from "../domain/death.ts";
import type { Intake } from "./intake.ts";
import type { Destination, Group } from "../domain/group.ts";
import { heldUntil } from "../domain/quiet.ts";
import { isHeld, lateEnded } from "../domain/late_peer.ts";
import { settle } from "../domain/settle.ts";
import {
  alertId,
  deliveryId,
  derivedId,
  type LoggedAlert,
  mostRoutingBytes,
  type Queued,
  reminderIds,
  type Routing,
} from "../domain/record.ts";
import { ALERT_BYTES } from "../domain/shrink.ts";
import { LogPage, PAGE_BYTES } from "./log_page.ts";
import { QueuePages } from "./queue_pages.ts";
import type { Commit, CommitLimits, IncidentChange } from "../store/commit.ts";
import { StoreError } from "../store/errors.ts";
import { countAccepted } from "../domain/tally.ts";
import { utf8Bytes } from "../base/text.ts";
import { closed, type Incident, isOver } from "../domain/incident.ts";
import { advance, type Told } from "../domain/window.ts";

/** What the log says of one alert, for its caller. */
export type Logged = Pick<LoggedAlert, "id" | "incident" | "routing">;

/** What an incident takes about, and each of its windows: an alert that goes to many groups has as many. */
const INCIDENT_BYTES = 500;
const WINDOW_BYTES = 250;
const FLAP_BYTES = 400;
const MEMO_BYTES = 2_500;

/** What a record of the log takes at most: the alert as it was shrunk, and a line for each group. */
function mostBytes({ routes }: Intake): number {
  return ALERT_BYTES + 300 + mostRoutingBytes(routes.map(({ group }) => group));
}

/**
 * One commit in the making: alerts are added until it is full. It decides each alert's windows on what the store held
 * when it was begun and on the alerts before it, and changes nothing by itself.
 */
export class Plan {
  readonly #limits: CommitLimits;
  readonly #known: (fingerprint: string) => Incident | undefined;
  readonly #nextPage: () => string;
  readonly #staleAfter: number;
  readonly #incidents = new Map<string, IncidentChange>();
  readonly #closed: Incident[] = [];
  readonly #queued = new QueuePages();
  readonly #bells = new Set<string>();
  readonly #pages: LogPage[] = [];
  readonly #tally: Record<string, number> = {};
  readonly #notes: Commit["notes"][number][] = [];
  readonly #signatures: Commit["signatures"][number][] = [];
  #bytes = 0;

  /** `known`: the open incident of a fingerprint · `nextPage`: page ids, each later than all before it. */
  constructor(
    { known, nextPage, staleAfter, limits }: {
      known: (fingerprint: string) => Incident | undefined;
      nextPage: () => string;
      staleAfter: number;
      limits: CommitLimits;
    },
  ) {
    this.#known = known;
    this.#nextPage = nextPage;
    this.#staleAfter = staleAfter;
    this.#limits = limits;
  }

  /** Whether there is nothing in it. */
  get isEmpty(): boolean {
    return this.#pages.length === 0 && this.#incidents.size === 0;
  }

  /**
   * Add an alert. @returns what the log says of it; `undefined` when it is for the next commit.
   *
   * @throws StoreError `too_large` when what the log would say of it fits no value; the plan is as it was.
   */
  add(intake: Intake): Logged | undefined {
    if (!this.#hasRoomFor(1 + intake.routes.reduce((sum, { group }) => sum + group.destinations.length, 0))) {
      return undefined;
    }
    return this.#addTo(this.#page(mostBytes(intake)), intake);
  }

  #addTo(page: LogPage, intake: Intake): Logged {
    const id = alertId(page.id, page.count);
    const { fingerprint, alert, now, silence, assumed, heartbeat } = intake;
    const { incident, outcomes } = advance(
      this.#newest(fingerprint),
      alert,
      intake.routes.map(({ group }) => asTold(group)),
      { fingerprint, id, now, staleAfter: this.#staleAfter, silence, assumed, heartbeat },
    );
    const routing = intake.routes.map(({ group, by, rule }, index): Routing => {
      const outcome = outcomes[index]!;
      const base = { group: group.id, by, ...rule === undefined ? {} : { rule } };
      if (outcome.kind !== "told") return { ...base, outcome };
      const held = heldUntil(group, alert.severity, now);
      return {
        ...base,
        outcome: held === undefined ? outcome : { ...outcome, held },
        destinations: listeners(group).map((destination) => destination.id),
      };
    });

    const folded = outcomes.length > 0 && outcomes.every((outcome) => outcome.kind === "folded");
    const logged: LoggedAlert = {
      id,
      at: now,
      fingerprint,
      incident: incident?.id ?? null,
      alert: folded ? { status: alert.status, severity: alert.severity, startsAt: alert.startsAt } : alert,
      routing,
    };
    const record = JSON.stringify(logged);
    const bytes = utf8Bytes(record) + 1;
    if (!page.fits(bytes)) {
      if (page.count > 0) return this.#addTo(this.#newPage(), intake);
      throw new StoreError(
        "too_large",
        `Cannot store the alert: with its ${routing.length} groups it takes ${bytes} bytes, and ${PAGE_BYTES} are allowed`,
      );
    }

    page.add(logged, { record, bytes });
    this.#bytes += bytes;
    if (incident) this.#change(fingerprint, incident);
    let number = 0;
    for (const [index, { group }] of intake.routes.entries()) {
      const outcome = outcomes[index]!;
      if (outcome.kind !== "told") continue;
      this.#notify(group, listeners(group), () => deliveryId(id, number++), page.id, {
        alert: id,
        fingerprint,
        reason: outcome.reason,
        ...outcome.still ? { still: outcome.still } : {},
        severity: alert.severity,
        folded: outcome.folded,
        payload: intake.payload,
        at: now,
      });
    }
    if (intake.signature) this.#signatures.push(intake.signature);
    countAccepted(this.#tally, logged);
    return logged;
  }

  /** Change an incident. @returns whether that is settled with this commit. */
  change(change: Change): boolean {
    if ("death" in change) return this.#addDeath(change.death);
    if ("clearing" in change) return this.#addClearing(change.clearing);
    if ("note" in change) return this.#addNote(change.note);
    if ("confirming" in change) return this.#addConfirming(change.confirming);
    return "reminder" in change ? this.#addReminder(change.reminder) : this.#addSettling(change.settling);
  }

  #addDeath(death: Death): boolean {
    if (!this.#hasRoomFor(1)) return false;
    const incident = afterDeath(this.#current(death.fingerprint), death);
    if (incident) this.#change(death.fingerprint, incident);
    return true;
  }

  #addClearing({ intake, lastId }: Clearing): boolean {
    if (this.#current(intake.fingerprint)?.lastId !== lastId) return true; // it got an alert meanwhile
    return this.add(intake) !== undefined;
  }

  #addNote(note: Noting): boolean {
    if (!this.#hasRoomFor(1)) return false;
    const incident = this.#newest(note.fingerprint);
    if (incident?.id !== note.incident) return true;
    const after = isOver(incident) ? remembered(incident, note) : acknowledged(incident, note);
    if (!after) return true;
    this.#change(note.fingerprint, after);
    this.#notes.push(noteOf(incident, after, note));
    return true;
  }

  #addConfirming({ intake, alert }: Confirming): boolean {
    const { late } = this.#newest(intake.fingerprint) ?? {};
    const isDue = late?.alert === alert && isHeld({ late }) && late.until <= intake.now;
    return !isDue || this.add(intake) !== undefined;
  }

  #addReminder({ fingerprint, group, except, now }: Reminder): boolean {
    const to = listeners(group).filter(({ id }) => !except.has(id));
    if (!this.#hasRoomFor(1 + to.length)) return false;
    const incident = this.#current(fingerprint);
    const { remind, remindStop } = group;
    if (!incident || !remind || !isReminderDue(incident, { group: group.id, remind, now })) return true;
    const after = afterReminder(incident, { group: group.id, remindStop, now });
    this.#change(fingerprint, after);
    const { told, folded, reminded } = after.windows[group.id]!;
    const payload = `${reminderIds(told)}${reminded!.count}`;
    this.#notify(group, to, ({ id }) => derivedId(payload, id), undefined, {
      alert: told,
      fingerprint,
      reason: "reminder",
      ...reminded!.final ? { stoppedAt: after.lastAt } : {},
      severity: "critical",
      folded,
      payload,
      at: now,
    });
    return true;
  }

  #addSettling({ fingerprint, group, to, now }: Settling): boolean {
    if (!this.#hasRoomFor(1 + (to?.destinations.length ?? 0))) return false;
    const newest = this.#newest(fingerprint);
    const settled = newest && settle(newest, { group, to: to && asTold(to), now });
    if (!settled) return true;
    this.#change(fingerprint, settled.incident);
    const { tell: alert } = settled;
    if (alert === undefined || !to) return true;
    const payload = `${alert}-settled`;
    this.#notify(to, listeners(to), ({ id }) => derivedId(payload, id), undefined, {
      alert,
      fingerprint,
      reason: "settled",
      severity: settled.incident.severity,
      folded: 0,
      payload,
      at: now,
    });
    return true;
  }

  /** What the store is to write. */
  finish(): Commit {
    return {
      // A page that its first alert did not fit into stays empty.
      pages: this.#pages.filter(({ count }) => count > 0).map((page) => ({
        id: page.id,
        bytes: page.bytes(),
        only: page.only,
      })),
      incidents: this.#incidents,
      closed: this.#closed,
      queued: this.#queued.finish(),
      tally: this.#tally,
      bells: this.#bells,
      notes: this.#notes,
      signatures: this.#signatures,
    };
  }

  #hasRoomFor(mutations: number): boolean {
    if (this.isEmpty) return true;
    // An incident's change takes up to three mutations, a bell one for each lane.
    const used = this.#pages.length + this.#notes.length + this.#signatures.length +
      3 * this.#incidents.size + this.#closed.length +
      this.#queued.size +
      this.#bells.size;
    return used + 2 * mutations + 4 <= this.#limits.mutations && this.#bytes < this.#limits.bytes;
  }

  #newest(fingerprint: string): Incident | undefined {
    return this.#incidents.get(fingerprint)?.after ?? this.#known(fingerprint);
  }

  #current(fingerprint: string): Incident | undefined {
    const incident = this.#newest(fingerprint);
    return incident && !isOver(incident) ? incident : undefined;
  }

  #change(fingerprint: string, after: Incident): void {
    const before = this.#incidents.has(fingerprint)
      ? this.#incidents.get(fingerprint)!.before
      : this.#known(fingerprint);
    const previous = this.#incidents.get(fingerprint)?.after ?? before;
    // A new incident in the place of a resolved or a stale one: the old one is over and keeps its own record.
    const isStored = previous === before && before?.closedAt !== null;
    if (previous && previous.id !== after.id && !isStored) {
      this.#closed.push(closed(previous, previous.closedAt ?? after.openedAt));
    }
    if (previous?.late && previous.id !== after.id && isHeld(previous)) {
      this.#closed.push({ ...previous, late: lateEnded(previous.late, after) });
    }
    this.#incidents.set(fingerprint, { before, after });
    this.#bytes += INCIDENT_BYTES + 3 * after.title.length +
      WINDOW_BYTES * Object.keys(after.windows).length +
      (after.memo === undefined ? 0 : 3 * MEMO_BYTES) + // the audit has it before and after
      (after.flaps === undefined ? 0 : FLAP_BYTES * Object.keys(after.flaps).length);
  }

  /** Queue a notification for destinations of a group. `logPage`: the page of its alert, when this commit writes it. */
  #notify(
    group: Group,
    destinations: readonly Destination[],
    idOf: (destination: Destination) => string,
    logPage: string | undefined,
    about: Omit<Queued, "id" | "group" | "destination">,
  ): void {
    const held = heldUntil(group, about.severity, about.at);
    for (const destination of destinations) {
      const { lane } = destination;
      const entry: Queued = {
        id: idOf(destination),
        group: group.id,
        destination: destination.id,
        ...about,
        ...held === undefined ? {} : { since: held, due: held, held: "quiet" },
      };
      this.#bells.add(lane);
      this.#bytes += logPage === undefined
        ? this.#queued.addSingle(lane, entry)
        : this.#queued.add(lane, entry, logPage);
    }
  }

  #page(needed: number): LogPage {
    const last = this.#pages.at(-1);
    return last?.hasRoomFor(needed) ? last : this.#newPage();
  }

  #newPage(): LogPage {
    const page = new LogPage(this.#nextPage());
    this.#pages.push(page);
    return page;
  }
}

/** The destinations that get every notification; the others are fallbacks. */
function listeners({ destinations }: Group): Destination[] {
  return destinations.filter(({ isFallback }) => !isFallback);
}

/** The fields of a group that matter to its window. */
export function asTold(group: Group): Told {
  const { id, window, repeat, flap } = group;
  return { group: id, window, repeat, flap, destinations: listeners(group).length };
}
