import type { Channel } from "../channel.ts";
import { combineOf } from "../channel/options.ts";
import type { FoundDestination } from "../domain/group.ts";
import { isEvent, type Reason } from "../domain/outcome.ts";
import type { Queued } from "../domain/record.ts";
import type { DigestMark, VendorRefusal } from "../store/lane_record.ts";
import type { Batch, BlockedDelivery, Foldable, RefusedDelivery } from "./batch.ts";
import { ratesOf } from "./budget.ts";
import { incidentOf, isAdhoc, isCritical, isHeldBack, isPartOf, sharingOf } from "./queued.ts";
import { PATIENCE, patienceOf, startOf } from "./retry.ts";

/** The inputs of a selection. */
export interface SelectionOptions {
  readonly now: number;
  /** The lane's name. */
  readonly lane: string;
  /** Whether a delivery is being sent or was settled while the queue was read. */
  readonly isTaken: (entry: Queued) => boolean;
  /** Whether a delivery of the same incident to the same destination is in flight. */
  readonly isBusy: (entry: Queued) => boolean;
  /** Whether a caller waits for the result of its first attempt. */
  readonly isAwaited: (entry: Queued) => boolean;
  readonly find: (destinationId: string) => FoundDestination | undefined;
  /** Whether a destination that is not found is only temporarily unavailable. */
  readonly holds: (destinationId: string) => boolean;
  readonly channelOf: (name: string) => Channel | undefined;
  /** Whether the lane is about to build a digest, so that more of the queue must be read. */
  readonly folding: boolean;
  /** The unfinished digests. */
  readonly digests: readonly DigestMark[];
  /** The refusals in force, by the hash of the config. */
  readonly refusals: ReadonlyMap<string, VendorRefusal>;
  /** The time of the vendor's recovery: older deliveries may be combined into a digest. */
  readonly recoveredAt?: number | undefined;
  /** The start of this relay: a plugin that failed before may be fixed. */
  readonly startedAt?: number | undefined;
}

/** The time that a delivery waits for the definition of its group: as long as for a vendor. */
const DEFINITION_WAIT = 24 * 60 * 60_000;

/** Deliveries selected in one pass, at most. */
const MAX_SELECTED = 200;

/** Deliveries that a digest contains, at most. */
const MAX_DIGESTED = 1_000;

/**
 * The number of deliveries that are searched for a critical alert, which must not wait until the earlier ones are
 * sent.
 */
const LOOKAHEAD = 10_000;

/** Bytes of a digest's delivery ids, at most: its record stores them with its text in one value of 64 KiB. */
const DIGEST_IDS = 40_000;

/** No retry is due later than this, unless the clock was set back. */
const MAX_WAIT = 2 * 60 * 60_000;

/** The interval at which a delivery with a channel that cannot be loaded, or an unknown group, is looked at again. */
const UNAVAILABLE_WAIT = 60_000;

/**
 * Which deliveries of a queue may be sent now, grouped into messages. The queue is added from its head. Of one incident at one
 * destination only the first delivery is selected, so that firing arrives before resolved; other incidents may overtake it.
 */
export class QueueSelection {
  /** The messages, in the order of their first deliveries. */
  readonly batches: Batch[] = [];
  /** The deliveries that a digest may combine, by destination. */
  readonly foldable = new Map<string, Foldable>();
  /** Deliveries whose destination was removed or now belongs to another lane. */
  readonly unroutable: (
    | { readonly entry: Queued; readonly because: string }
    | { readonly entry: Queued; readonly movedTo: string }
  )[] = [];
  /** Partly delivered deliveries to give up: the remaining recipients would get them after a later one of the incident. */
  readonly overtaken: Queued[] = [];
  /** Deliveries with a refused config that go to a fallback, or have waited too long. */
  readonly toFallback: RefusedDelivery[] = [];
  /** Deliveries that callers wait for and that cannot be sent now. */
  readonly behind: BlockedDelivery[] = [];
  /** The number of deliveries that wait for a refused config to be fixed. */
  refusedCount = 0;
  /** Whether destinations with another config may share the lane with those. */
  isShared = false;
  /** Ad-hoc groups without a definition here: another instance created them, or they are lost. */
  readonly unknown = new Set<string>();
  /** Whether the queue was empty. */
  isEmpty = true;
  /** The time at which the first waiting delivery is due; `Infinity` without one. */
  next = Infinity;
  readonly #options: SelectionOptions;
  /** Incidents whose first delivery was seen. */
  readonly #seen = new Set<string>();
  /** The first delivery of an incident, if it has failed and will be retried. */
  readonly #failed = new Map<string, Queued>();
  /** Incidents without further selected deliveries: an earlier one must be sent first. */
  readonly #blocked = new Set<string>();
  /** Deliveries held by quiet hours, by incident. */
  readonly #heldBack = new Map<string, Queued[]>();
  /** Partly delivered deliveries, by incident: some recipients already got the message. */
  readonly #partly = new Map<string, Queued[]>();
  /** Incidents whose partly delivered deliveries are sent now. */
  readonly #completed = new Set<string>();
  /** Messages that more deliveries may join, by their common key. */
  readonly #open = new Map<string, Queued[]>();
  /** Bytes of delivery ids that a digest has room for, by destination. */
  readonly #room = new Map<string, number>();
  #folding: boolean;
  #selected = 0;
  #considered = 0;
  #seenCount = 0;
  #hasCritical = false;

  constructor(options: SelectionOptions) {
    this.#options = options;
    this.#folding = options.folding;
  }

  /** Add the next delivery of the queue. @returns whether enough are selected */
  add(entry: Queued): boolean {
    this.isEmpty = false;
    this.#seenCount++;
    // Beyond a full digest only critical alerts are considered, and only if no earlier delivery of their incident waits.
    if (!this.#isFull || isCritical(entry)) this.#consider(this.#withoutOldFault(entry));
    else this.#blocked.add(incidentOf(entry));
    if (this.unroutable.length >= MAX_SELECTED || this.toFallback.length >= MAX_SELECTED) return true;
    if (!this.#folding) return this.#selected >= MAX_SELECTED;
    return this.#isFull && (this.#hasCritical || this.#seenCount >= LOOKAHEAD);
  }

  /** A delivery whose channel failed before the start is due: its plugin may be fixed. */
  #withoutOldFault(entry: Queued): Queued {
    const { brokenAt = Infinity, due: _due, ...rest } = entry;
    return brokenAt < (this.#options.startedAt ?? -Infinity) ? rest : entry;
  }

  get #isFull(): boolean {
    return this.#folding && this.#considered >= MAX_DIGESTED;
  }

  #consider(entry: Queued): void {
    const {
      now,
      lane,
      isTaken,
      isBusy,
      isAwaited,
      find,
      holds,
      channelOf,
      refusals,
      recoveredAt = -Infinity,
    } = this.#options;
    const incident = incidentOf(entry);
    if (isTaken(entry)) {
      // It may have failed since this read of the queue began, so later deliveries of its incident must not overtake it.
      this.#blocked.add(incident);
      return this.#wait(now);
    }
    const failed = this.#failed.get(incident);
    if (failed && isAwaited(entry)) this.behind.push({ entry, first: failed });
    if (this.#blocked.has(incident)) return;
    if (isBusy(entry)) {
      // A message in flight may end during this read: a later delivery of the incident must not overtake this one.
      this.#blocked.add(incident);
      return this.#wait(now);
    }
    const found = find(entry.destination);
    const awaited = !found && isAdhoc(entry) && now < entry.at + DEFINITION_WAIT;
    if (awaited) this.unknown.add(entry.group);
    if (awaited || (!found && holds(entry.destination))) {
      this.#blocked.add(incident);
      return this.#wait(now + UNAVAILABLE_WAIT);
    }
    if (!found || found.destination.lane !== lane) {
      const gone = isAdhoc(entry) ? "the definition of the target is lost" : "destination removed";
      this.unroutable.push(found ? { entry, movedTo: found.destination.lane } : { entry, because: gone });
      return;
    }
    const isBroken = found.destination.broken !== undefined;
    const channel = isBroken ? undefined : channelOf(found.destination.channel);
    if (!channel) {
      this.#blocked.add(incident);
      return this.#wait(Math.max(entry.due ?? now, now + UNAVAILABLE_WAIT));
    }
    const refusal = refusals.get(found.destination.configHash);
    const isRefused = refusal !== undefined && refusal.until > now;
    const usual = { ...found, channel, rates: ratesOf(channel, found.destination) };
    const target = refusal ? { ...usual, refusal } : usual;
    if (entry.partly && !isRefused) return this.#selectAlone(entry, target);
    if (isHeldBack(entry, now)) {
      // Later deliveries of its incident come after it.
      if (entry.held === "group") this.#blocked.add(incident);
      else this.#heldBack.set(incident, [...this.#heldBack.get(incident) ?? [], entry]);
      return this.#wait(entry.due!);
    }
    if (isRefused) {
      this.isShared ||= channel.lane !== undefined; // by default a lane is of one config
      return this.#keepRefused({ entry, found, refusal });
    }
    // The remaining recipients still need the notification: an acknowledgement does not replace it.
    if (entry.reason === "acknowledged" && this.#completed.has(incident)) {
      this.#blocked.add(incident);
      return;
    }
    if (target.rates.length > 0 || refusal || entry.held === "quiet" || entry.at <= recoveredAt) {
      this.#folding = true;
    }
    const full = this.#isFull;
    this.#considered++;
    const first = !this.#seen.has(incident);
    this.#seen.add(incident);
    // Held deliveries of the same incident go along: after the quiet hours they would arrive later than this one.
    const early = this.#heldBack.get(incident) ?? [];
    this.#heldBack.delete(incident);
    const isApart = entry.plain || [...early, entry].some(({ reason }) => isApartFor(channel, reason));
    if (isApart || this.#isInDoubt(entry)) this.#blocked.add(incident);
    else if (!full && channel.digest !== false) {
      for (const one of [...early, entry]) this.#addToDigest(one, target);
    }
    if (first) this.#select(entry, target, early);
    else if (entry.held === "group") this.#joinEarlier(entry);
  }

  /** Add a delivery to a message: an open one that it may share, or a new one. */
  #select(entry: Queued, target: Omit<Batch, "entries">, early: readonly Queued[]): void {
    const { due = 0 } = entry;
    const wait = due - this.#options.now;
    if (wait > 0 && wait < MAX_WAIT) {
      if (entry.tries) this.#failed.set(incidentOf(entry), entry);
      return this.#wait(due);
    }
    this.#selected++;
    this.#hasCritical ||= isCritical(entry);
    if (entry.reason !== "acknowledged") {
      this.overtaken.push(...this.#partly.get(incidentOf(entry)) ?? []);
      this.#partly.delete(incidentOf(entry));
    }
    const isSingle = combineOf(target.channel, target.destination.config) === "single";
    const hasEvent = [...early, entry].some(({ reason }) => isEvent(reason));
    const shares = !entry.plain && !hasEvent && !isSingle;
    const sharing = shares ? this.#open.get(sharingOf(entry)) : undefined;
    if (sharing) {
      sharing.push(entry, ...early);
      return;
    }
    // A message about a single alert, or about an event, is for the earlier delivery first.
    const entries = shares ? [entry, ...early] : [early[0] ?? entry];
    this.batches.push({ ...target, entries });
    if (shares) this.#open.set(sharingOf(entry), entries);
  }

  /** Joins the message about an earlier state of its incident, which then shows the last state. */
  #joinEarlier(entry: Queued): void {
    const sharing = this.#open.get(sharingOf(entry));
    const incident = incidentOf(entry);
    if (!sharing?.some((other) => incidentOf(other) === incident)) return;
    this.#selected++;
    sharing.push(entry);
  }

  /** Hold a delivery until its config is fixed (and so has another hash) or is probed again. */
  #keepRefused(refused: RefusedDelivery): void {
    const { entry, found, refusal } = refused;
    const { now } = this.#options;
    const end = startOf(entry) + PATIENCE;
    this.refusedCount++;
    this.#blocked.add(incidentOf(entry));
    // Only deliveries that leave the queue count: deliveries that stay must not end the scan.
    if (end <= now || patienceOf(entry, found) < end) this.toFallback.push(refused);
    this.#wait(Math.min(refusal.until, Math.max(end, now)));
  }

  /** Whether it may have arrived and its retry is not due. The deliveries of a digest are retried with that digest. */
  #isInDoubt(entry: Queued): boolean {
    const { now, digests } = this.#options;
    const { handedOver, due = 0 } = entry;
    return handedOver === true && due > now && !digests.some((digest) => isPartOf(digest, entry));
  }

  /** Select a partly delivered delivery for its remaining recipients, in a message of its own that blocks no other. */
  #selectAlone(entry: Queued, target: Omit<Batch, "entries">): void {
    const incident = incidentOf(entry);
    this.#partly.set(incident, [...this.#partly.get(incident) ?? [], entry]);
    const { due = 0, partly } = entry;
    const wait = due - this.#options.now;
    if (wait > 0 && wait < MAX_WAIT) return this.#wait(due);
    this.#selected++;
    this.#completed.add(incident);
    const sharing = this.#open.get(sharingOf(entry));
    if (sharing) return void sharing.push(entry);
    const entries = [entry];
    this.batches.push({ ...target, entries, partly });
    this.#open.set(sharingOf(entry), entries);
  }

  #addToDigest(entry: Queued, target: Omit<Batch, "entries">): void {
    const room = (this.#room.get(entry.destination) ?? DIGEST_IDS) - entry.id.length - 3;
    this.#room.set(entry.destination, room);
    if (room < 0) return; // nor will any later one fit
    const existing = this.foldable.get(entry.destination);
    if (existing) existing.entries.push(entry);
    else this.foldable.set(entry.destination, { ...target, entries: [entry] });
  }

  #wait(until: number): void {
    this.next = Math.min(this.next, until);
  }
}

/**
 * Whether a message of this reason is about an earlier message of its incident, so that it must not be in a digest. To a channel
 * without this event `closed` is an ordinary notification, because a person may close hundreds of incidents at once.
 */
function isApartFor({ events }: Channel, reason: Reason): boolean {
  return isEvent(reason) && (reason !== "closed" || events?.includes(reason) === true);
}
