import { closed, type Incident } from "../domain/incident.ts";
import { isHeld, lateEnded } from "../domain/late_peer.ts";
import type { Labels } from "../domain/alert.ts";
import { type EndedIncident, relationKeys } from "../domain/related.ts";
import { type Response, responsesIn, withAnswer } from "../domain/response.ts";
import { whereOf, type WhereRules } from "../domain/where.ts";
import { alertId, type LoggedAlert, mostRoutingBytes } from "../domain/record.ts";
import { ALERT_BYTES } from "../domain/shrink.ts";
import type { PendingInhibitors } from "../domain/pending_inhibitors.ts";
import type { TimelineEntry, TimelineRecord } from "../domain/timeline.ts";
import { recorded } from "../domain/timeline_state.ts";
import { countAccepted, hourOf, hourOfId, minuteOfId } from "../domain/tally.ts";
import { utf8Bytes } from "../base/text.ts";
import type { Commit, CommitLimits, IncidentChange } from "../store/commit.ts";
import { StoreError } from "../store/errors.ts";
import { timelineOf } from "./update_effect.ts";
import { withEarlier } from "../domain/earlier_timeline.ts";
import { effectOf, fingerprintOf, type IncidentUpdate } from "./updates.ts";
import type { FlushLookup } from "../store/message_groups.ts";
import { LogPageBuilder, PAGE_BYTES } from "./log_page.ts";
import { type CommitContext, onCommit, type PreparedAlert } from "./pipeline.ts";
import { QueuePages } from "./queue_pages.ts";

/** The logged result of one alert, for its caller. */
export type AcceptedAlert = Pick<LoggedAlert, "id" | "incident" | "routing">;

/** The dependencies of {@linkcode CommitBuilder}. */
export interface CommitBuilderOptions {
  /** The newest stored incident of a fingerprint. */
  readonly stored: (fingerprint: string) => Incident | undefined;
  /** Returns the id of a new log page, later than all ids before it. */
  readonly nextPage: () => string;
  /** Returns the id of a new timeline entry of a time, later than all ids before it. */
  readonly nextEntryId: (time: number) => string;
  /** Milliseconds of silence after which an incident leaves the list of open ones. */
  readonly staleAfter: number;
  readonly limits: CommitLimits;
  /** The time of the ids of new pages, in epoch milliseconds. */
  readonly time: number;
  /** Which labels name the object that an alert is about. */
  readonly where: WhereRules;
  /** The sources of `inhibit`; absent when nothing is inhibited. */
  readonly inhibitors?: PendingInhibitors | undefined;
  /** The flushes of the message groups that live. Default: there are none. */
  readonly flushOf?: FlushLookup;
}

/**
 * Upper estimates of the bytes of an incident, of each of its windows, flap records and escalations, of a note, of an entry of
 * the timeline, and of an ended incident in the index.
 */
const INCIDENT_BYTES = 800;
const WINDOW_BYTES = 250;
const FLAP_BYTES = 400;
const ESCALATION_BYTES = 4_000;
const NOTE_BYTES = 2_500;
const ENTRY_BYTES = 1_000;
const ENDED_BYTES = 120;
const MESSAGE_BYTES = 150;

/**
 * Collects the records of one commit until it is full. Each alert is decided on the stored incidents and on the alerts added
 * before it. Nothing changes until the commit is written.
 */
export class CommitBuilder {
  readonly #options: CommitBuilderOptions;
  readonly #incidents = new Map<string, IncidentChange>();
  readonly #closed: Incident[] = [];
  readonly #queued = new QueuePages();
  readonly #bells = new Set<string>();
  readonly #pages: LogPageBuilder[] = [];
  readonly #tally: Record<string, number> = {};
  /** Its alerts are counted in the step that begins at this minute of the hour. */
  #minute: number | undefined;
  readonly #notes: Commit["notes"][number][] = [];
  readonly #timeline = new Map<string, TimelineRecord>();
  readonly #signatures: Commit["signatures"][number][] = [];
  readonly #responses: Response[] = [];
  readonly #ended = new Map<string, EndedIncident[]>();
  readonly #inhibitorOf: CommitContext["inhibitorOf"];
  /** By message group: the flush of notifications of this commit. */
  readonly #flushes = new Map<string, number>();
  #bytes = 0;

  constructor(options: CommitBuilderOptions) {
    this.#options = options;
    const { inhibitors } = options;
    this.#inhibitorOf = inhibitors && ((labels, own) => inhibitors.of(labels, own));
  }

  /**
   * Decide on an alert and add its records. @returns `undefined` when it belongs in the next commit
   *
   * @throws StoreError `too_large` when its record fits no page of the log; nothing is added then
   */
  add(alert: PreparedAlert): AcceptedAlert | undefined {
    const groups = [...alert.routes.map(({ group }) => group), ...alert.escalatedTo ?? []];
    const deliveries = groups.reduce((sum, { destinations }) => sum + destinations.length, 0);
    if (!this.#hasRoomFor(1 + deliveries)) return undefined;
    return this.#addTo(this.#pageFor(alert), alert);
  }

  /** Apply an update. @returns `false` when it belongs in the next commit. @throws StoreError */
  update(update: IncidentUpdate): boolean {
    const newest = this.#newest(fingerprintOf(update));
    const effect = effectOf(update, newest, { inhibitorOf: this.#inhibitorOf });
    if (!effect) return true;
    const { alert, incident, stored, note, firing, deliveries = [] } = effect;
    const timeline = incident ? withEarlier(stored ?? newest, incident, timelineOf(effect)) : [];
    if (alert) return this.add(alert) !== undefined;
    if (!this.#hasRoomFor(1 + timeline.length + deliveries.length)) return false;
    if (incident) this.#setIncident(this.#recorded(incident, timeline), { over: stored, firing });
    if (note) this.#notes.push(note);
    for (const { lane, entry } of deliveries) {
      this.#bells.add(lane);
      this.#bytes += this.#queued.addSingle(lane, entry);
    }
    return true;
  }

  /** The finished commit. */
  finish(): Commit {
    return {
      // A page is empty if its first alert did not fit.
      pages: this.#pages.filter(({ count }) => count > 0).map((page) => ({
        id: page.id,
        bytes: page.bytes(),
        only: page.only,
      })),
      incidents: this.#incidents,
      closed: this.#closed,
      queued: this.#queued.finish(),
      hour: this.#pages[0] ? hourOfId(this.#pages[0].id) : hourOf(this.#options.time),
      tally: this.#tally,
      responses: this.#responses,
      ended: this.#ended,
      bells: this.#bells,
      notes: this.#notes,
      timeline: [...this.#timeline.values()],
      signatures: this.#signatures,
    };
  }

  #addTo(page: LogPageBuilder, alert: PreparedAlert): LoggedAlert {
    const newest = this.#newest(alert.fingerprint);
    const enqueued = onCommit(alert, {
      id: alertId(page.id, page.count),
      incident: newest,
      staleAfter: this.#options.staleAfter,
      inhibitorOf: this.#inhibitorOf,
      flushOf: (key) => this.#flushes.get(key) ?? this.#options.flushOf?.(key),
    });
    const { logged, incident, deliveries, fact, signature } = enqueued;
    const record = JSON.stringify(logged);
    const bytes = utf8Bytes(record) + 1;
    if (!page.fits(bytes)) {
      if (page.count > 0) return this.#addTo(this.#newPage(), alert);
      throw new StoreError(
        "too_large",
        `Cannot store the alert: with its ${logged.routing.length} groups it takes ${bytes} bytes, and ${PAGE_BYTES} are allowed`,
      );
    }
    page.add(logged, { record, bytes });
    this.#bytes += bytes;
    if (incident) {
      const entries = fact ? [{ ...fact, at: alert.now, alerts: incident.count }] : [];
      const all = withEarlier(newest, incident, entries);
      const { labels, status } = alert.alert;
      this.#setIncident(this.#recorded(incident, all), {
        labels,
        firing: status === "firing" ? labels : undefined,
      });
    }
    for (const { key, due } of Object.values(incident?.messages ?? {})) this.#flushes.set(key, due);
    for (const { lane, entry } of deliveries) {
      this.#bells.add(lane);
      this.#bytes += this.#queued.add(lane, entry, page.id);
    }
    if (signature) this.#signatures.push(signature);
    this.#minute ??= minuteOfId(this.#pages[0]!.id);
    countAccepted(this.#tally, logged, this.#minute);
    return logged;
  }

  /** The incident after entries were added to its timeline. */
  #recorded(incident: Incident, entries: readonly TimelineEntry[]): Incident {
    for (const entry of entries) {
      const after = recorded(incident, entry, this.#options.nextEntryId);
      this.#timeline.set(after.record.id, after.record); // equal facts of one commit share an entry
      this.#bytes += ENTRY_BYTES;
      incident = after.incident;
    }
    return incident;
  }

  #hasRoomFor(mutations: number): boolean {
    if (this.#pages.length === 0 && this.#incidents.size === 0) return true;
    // A changed incident takes up to three mutations, a source of `inhibit` one more; each lane's wakeup takes one.
    const each = this.#options.inhibitors ? 4 : 3;
    const used = this.#pages.length + this.#notes.length + this.#timeline.size + this.#signatures.length +
      each * this.#incidents.size + this.#closed.length + this.#ended.size +
      this.#queued.size +
      this.#bells.size;
    const { limits } = this.#options;
    return used + 2 * mutations + 4 <= limits.mutations && this.#bytes < limits.bytes;
  }

  #newest(fingerprint: string): Incident | undefined {
    return this.#incidents.get(fingerprint)?.after ?? this.#options.stored(fingerprint);
  }

  /**
   * @param context `over`: the record of a closed incident that no longer decides anything · `labels`: those of the alert
   * that changed it · `firing`: the same, if it is firing
   */
  #setIncident(
    changed: Incident,
    { over, labels, firing }: {
      over?: Incident | undefined;
      labels?: Labels;
      firing?: Labels | undefined;
    } = {},
  ): void {
    const { fingerprint } = changed;
    const change = this.#incidents.get(fingerprint);
    const before = change ? change.before : this.#options.stored(fingerprint) ?? over;
    const previous = change?.after ?? before;
    const after = withAnswer(previous, changed);
    const responses = responsesIn(previous, after);
    this.#responses.push(...responses);
    if (responses.some(({ kind }) => kind === "ended")) this.#addEnded(after, labels ?? {});
    // A new incident replaces a resolved or stale one, which is over and gets a record of its own.
    const isStored = previous === before && before?.closedAt !== null;
    if (previous && previous.id !== after.id && !isStored) {
      this.#closed.push(closed(previous, previous.closedAt ?? after.openedAt));
    }
    if (previous?.late && previous.id !== after.id && isHeld(previous)) {
      this.#closed.push({ ...previous, late: lateEnded(previous.late, after) });
    }
    const opening = previous?.id === after.id ? change?.labels : labels;
    const newest = firing ?? (previous?.id === after.id ? change?.firing : undefined);
    const ending = after.closedAt === null ? undefined : labels;
    this.#incidents.set(fingerprint, { before, after, labels: opening, firing: newest, ending });
    this.#noteInhibitor(previous, after, firing);
    this.#bytes += mostIncidentBytes(after);
  }

  #noteInhibitor(before: Incident | undefined, after: Incident, firing: Labels | undefined): void {
    const { inhibitors } = this.#options;
    if (!inhibitors) return;
    if (before && before.id !== after.id) inhibitors.ended(before.id);
    if (after.closedAt !== null) inhibitors.ended(after.id);
    else if (firing) inhibitors.fires(after.id, firing);
  }

  #addEnded(incident: Incident, labels: Labels): void {
    const { id, openedAt, closedAt } = incident;
    const place = whereOf(labels, this.#options.where).text;
    for (const key of Object.values(relationKeys(incident, place))) {
      const ended = this.#ended.get(key) ?? [];
      ended.push({ id, openedAt, endedAt: closedAt! });
      this.#ended.set(key, ended);
      this.#bytes += ENDED_BYTES;
    }
  }

  #pageFor(alert: PreparedAlert): LogPageBuilder {
    const last = this.#pages.at(-1);
    return last?.hasRoomFor(mostRecordBytes(alert)) ? last : this.#newPage();
  }

  #newPage(): LogPageBuilder {
    const page = new LogPageBuilder(this.#options.nextPage());
    this.#pages.push(page);
    return page;
  }
}

/** Bytes of a log record, at most: the shortened alert and one entry for each group. */
function mostRecordBytes({ routes }: PreparedAlert): number {
  return ALERT_BYTES + 300 + mostRoutingBytes(routes.map(({ group }) => group));
}

/** Bytes of an incident, at most. */
function mostIncidentBytes({ title, windows, memo, flaps, escalations, messages }: Incident): number {
  return INCIDENT_BYTES + 3 * title.length +
    WINDOW_BYTES * Object.keys(windows).length +
    (memo === undefined ? 0 : 3 * NOTE_BYTES) + // the audit stores it before and after
    (messages === undefined ? 0 : MESSAGE_BYTES * Object.keys(messages).length) +
    (flaps === undefined ? 0 : FLAP_BYTES * Object.keys(flaps).length) +
    (escalations === undefined ? 0 : ESCALATION_BYTES * Object.keys(escalations).length);
}
