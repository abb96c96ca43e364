import type { Channel, Rate } from "../channel.ts";
import { combineOf, limitsOf } from "../channel/options.ts";
import { ADHOC_OWNER, type Destination, type FoundDestination } from "../domain/group.ts";
import type { Queued } from "../domain/record.ts";
import type { DigestMark, Refusal } from "../store/lane_record.ts";
import { PATIENCE, patienceOf, startOf } from "./retry.ts";

/** A message in the making: deliveries to one destination that share it. */
export interface Batch extends FoundDestination {
  readonly channel: Channel;
  readonly entries: readonly Queued[];
  /** How many messages the destination takes in how long. */
  readonly rates: readonly Rate[];
  /** It is a digest: a line an alert. */
  readonly digest?: DigestMark;
  /** Some of its recipients have it already, as a message of this kind. */
  readonly partly?: Queued["partly"];
  /** The vendor has refused the destination's config: this tries whether it still does. */
  readonly refusal?: Refusal;
}

/** A delivery that is not sent, because the vendor refuses the destination's config. */
export interface RefusedDelivery {
  readonly entry: Queued;
  readonly found: FoundDestination;
  readonly refusal: Refusal;
}

/** A delivery that goes only after an earlier one of its incident, which has failed and waits to be tried again. */
export interface BlockedDelivery {
  readonly entry: Queued;
  readonly first: Queued;
}

/** What waits for a destination, as far as a digest may fold it. */
export type Foldable = Omit<Batch, "entries" | "digest" | "partly"> & { readonly entries: Queued[] };

/** What a selection depends on. */
export interface SelectionOptions {
  readonly now: number;
  /** The lane's name. */
  readonly lane: string;
  /** Whether a delivery is being sent, or was settled while the queue was read. */
  readonly isTaken: (entry: Queued) => boolean;
  /** Whether something of the same incident is under way to the same destination. */
  readonly isBusy: (entry: Queued) => boolean;
  /** Whether a caller waits for the result of its first attempt. */
  readonly isAwaited: (entry: Queued) => boolean;
  readonly find: (destinationId: string) => FoundDestination | undefined;
  /** Whether a destination that is not found cannot be used just now, and may be later. */
  readonly holds: (destinationId: string) => boolean;
  readonly channelOf: (name: string) => Channel | undefined;
  /** Whether the lane is about to fold what waits, so that more of the queue is worth reading. */
  readonly folding: boolean;
  /** The digests that were begun. */
  readonly digests: readonly DigestMark[];
  /** By the hash of the config: the refusals in force. */
  readonly refusals: ReadonlyMap<string, Refusal>;
  /** When the vendor took messages again: what waits since before may be folded. */
  readonly recoveredAt?: number | undefined;
}

/** How long a delivery waits for the definition of its group, as it would for a vendor. */
const AWAITED = 24 * 60 * 60_000;

/** Deliveries selected at a time. */
const MAX_SELECTED = 200;

/** Deliveries that a digest contains, at most. */
const MAX_DIGESTED = 1_000;

/** How far behind them a critical alert is searched for: it must not wait until the others are sent. */
const LOOKAHEAD = 10_000;

/** Bytes of a digest's delivery ids, at most: its record stores them with its text in one value of 64 KiB. */
const DIGEST_IDS = 40_000;

/** No attempt is further in the future than this, unless the clock was set back. */
const MAX_WAIT = 2 * 60 * 60_000;

/** How often a lane with a channel that cannot be loaded, or a group that is not known, looks again. */
const UNAVAILABLE_WAIT = 60_000;

/**
 * Which deliveries of a queue may go now, put together to messages. It is fed the queue from its head. Of one incident
 * at one destination only the first goes, so that firing comes before resolved; others may overtake it.
 */
export class QueueSelection {
  /** The messages, in the order of their first deliveries. */
  readonly batches: Batch[] = [];
  /** By destination. */
  readonly foldable = new Map<string, Foldable>();
  /** Deliveries whose destination is gone, and those that another lane serves now. */
  readonly unroutable: (
    | { readonly entry: Queued; readonly because: string }
    | { readonly entry: Queued; readonly movedTo: string }
  )[] = [];
  /** Deliveries that some have, and that the others would get after a later one of the same incident: they are given up. */
  readonly overtaken: Queued[] = [];
  /** Deliveries with a refused config that go to a fallback, or have waited too long. */
  readonly handedOver: RefusedDelivery[] = [];
  /** Deliveries that callers wait for, and that cannot go now. */
  readonly behind: BlockedDelivery[] = [];
  /** How many deliveries have a refused config, and wait for it to be fixed. */
  refusedCount = 0;
  /** Ad-hoc groups that are not known here: another instance made them, or they are lost. */
  readonly unknown = new Set<string>();
  /** Whether the queue had nothing at all. */
  isEmpty = true;
  /** When the first of those that wait is due; `Infinity` when none does. */
  next = Infinity;
  readonly #options: SelectionOptions;
  /** Incidents of which the first delivery was seen. */
  readonly #seen = new Set<string>();
  /** Of an incident the first delivery, when it has failed and waits to be tried again. */
  readonly #failed = new Map<string, Queued>();
  /** Incidents of which no more may be folded: an earlier delivery has to go first. */
  readonly #blocked = new Set<string>();
  /** What quiet hours hold back, by incident. */
  readonly #heldBack = new Map<string, Queued[]>();
  /** What some recipients have already, and others are to get, by incident. */
  readonly #partly = new Map<string, Queued[]>();
  /** Messages that may still grow. */
  readonly #open = new Map<string, Queued[]>();
  /** By destination: the bytes of the ids that a digest may still name. */
  readonly #room = new Map<string, number>();
  #folding: boolean;
  #selected = 0;
  #considered = 0;
  #looked = 0;
  #hasCritical = false;

  constructor(options: SelectionOptions) {
    this.#options = options;
    this.#folding = options.folding;
  }

  /** Look at the next delivery of the queue. @returns whether enough are selected. */
  add(entry: Queued): boolean {
    this.isEmpty = false;
    this.#looked++;
    // Of what is far behind only a critical alert may go, and nothing that something else of its incident comes before.
    if (!this.#isFull || isCritical(entry)) this.#consider(entry);
    else this.#blocked.add(incidentOf(entry));
    if (this.unroutable.length >= MAX_SELECTED || this.handedOver.length >= MAX_SELECTED) return true;
    if (!this.#folding) return this.#selected >= MAX_SELECTED;
    return this.#isFull && (this.#hasCritical || this.#looked >= LOOKAHEAD);
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
      // It may have failed and be settled since this reading of the queue began: what comes after it must not overtake it.
      this.#blocked.add(incident);
      return this.#wait(now);
    }
    const failed = this.#failed.get(incident);
    if (failed && isAwaited(entry)) this.behind.push({ entry, first: failed });
    if (isBusy(entry) || this.#blocked.has(incident)) return;
    const found = find(entry.destination);
    const awaited = !found && isAdhoc(entry) && now < entry.at + AWAITED;
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
    const channel = channelOf(found.destination.channel);
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
      this.#heldBack.set(incident, [...this.#heldBack.get(incident) ?? [], entry]);
      return this.#wait(entry.due!);
    }
    if (isRefused) return this.#keepRefused({ entry, found, refusal });
    if (target.rates.length > 0 || refusal || entry.held || entry.at <= recoveredAt) this.#folding = true;
    const full = this.#isFull;
    this.#considered++;
    const first = !this.#seen.has(incident);
    this.#seen.add(incident);
    // What quiet hours hold back of the same incident goes along: in the morning it would be told after this one.
    const early = this.#heldBack.get(incident) ?? [];
    this.#heldBack.delete(incident);
    if (entry.plain || channel.digest === false || this.#isInDoubt(entry)) this.#blocked.add(incident);
    else if (!full) { for (const one of [...early, entry]) this.#fold(one, target); }
    if (first) this.#select(entry, target, early);
  }

  /** Whether a digest folds it, or it goes with others of its payload. */
  #select(entry: Queued, target: Omit<Batch, "entries">, early: readonly Queued[]): void {
    const { due = 0 } = entry;
    const wait = due - this.#options.now;
    if (wait > 0 && wait < MAX_WAIT) {
      if (entry.tries) this.#failed.set(incidentOf(entry), entry);
      return this.#wait(due);
    }
    this.#selected++;
    this.#hasCritical ||= isCritical(entry);
    this.overtaken.push(...this.#partly.get(incidentOf(entry)) ?? []);
    this.#partly.delete(incidentOf(entry));
    const shares = !entry.plain && combineOf(target.channel, target.destination.config) !== "single";
    const sharing = shares ? this.#open.get(sharingOf(entry)) : undefined;
    if (sharing) {
      sharing.push(entry, ...early);
      return;
    }
    // Where each goes by itself, the earlier one goes first.
    const entries = shares ? [entry, ...early] : [early[0] ?? entry];
    this.batches.push({ ...target, entries });
    if (shares) this.#open.set(sharingOf(entry), entries);
  }

  /** A config that is mended has another hash: until then, and until it is tried again, nothing goes. */
  #keepRefused(refused: RefusedDelivery): void {
    const { entry, found, refusal } = refused;
    const { now } = this.#options;
    const end = startOf(entry) + PATIENCE;
    this.refusedCount++;
    this.#blocked.add(incidentOf(entry));
    // Only a delivery that does not stay in the queue: whatever waits must not end the scan.
    if (end <= now || patienceOf(entry, found) < end) this.handedOver.push(refused);
    this.#wait(Math.min(refusal.until, Math.max(end, now)));
  }

  /** Whether it may have arrived, and is not due to be told once more. What a digest told goes again with that digest. */
  #isInDoubt(entry: Queued): boolean {
    const { now, digests } = this.#options;
    const { handedOver, due = 0 } = entry;
    return handedOver === true && due > now && !digests.some((digest) => isPartOf(digest, entry));
  }

  /** What some have already goes to the others by itself, and keeps nothing waiting. */
  #selectAlone(entry: Queued, target: Omit<Batch, "entries">): void {
    const incident = incidentOf(entry);
    this.#partly.set(incident, [...this.#partly.get(incident) ?? [], entry]);
    const { due = 0, partly } = entry;
    const wait = due - this.#options.now;
    if (wait > 0 && wait < MAX_WAIT) return this.#wait(due);
    this.#selected++;
    const sharing = this.#open.get(sharingOf(entry));
    if (sharing) return void sharing.push(entry);
    const entries = [entry];
    this.batches.push({ ...target, entries, partly });
    this.#open.set(sharingOf(entry), entries);
  }

  #fold(entry: Queued, target: Omit<Batch, "entries">): void {
    const room = (this.#room.get(entry.destination) ?? DIGEST_IDS) - entry.id.length - 3;
    this.#room.set(entry.destination, room);
    if (room < 0) return; // and nothing after it
    const there = this.foldable.get(entry.destination);
    if (there) there.entries.push(entry);
    else this.foldable.set(entry.destination, { ...target, entries: [entry] });
  }

  #wait(until: number): void {
    this.next = Math.min(this.next, until);
  }
}

/** Whether a digest that was begun tells of a delivery. */
export function isPartOf({ destination, upTo }: DigestMark, entry: Queued): boolean {
  return entry.destination === destination && entry.id <= upTo;
}

/** A group that an address made is never removed: its definition was stored before its first alert, and is worth waiting for. */
function isAdhoc({ group }: Queued): boolean {
  return group.startsWith(`${ADHOC_OWNER}/`);
}

/** Whether quiet hours keep a delivery from going, whatever else would let it. */
export function isHeldBack({ held, due = 0 }: Queued, now: number): boolean {
  return held !== undefined && due > now;
}

/** Whether it is sent before all others. */
export function isCritical({ severity, reason }: Queued): boolean {
  return severity === "critical" && reason !== "resolved";
}

/** Names what must go in order: an incident at a destination. */
export function incidentOf({ destination, fingerprint }: Queued): string {
  return `${destination} ${fingerprint}`;
}

/** Names what may share a message: a payload at a destination, and what quiet hours held back until the same time. */
function sharingOf({ destination, payload, held, since, partly }: Queued): string {
  return `${destination} ${held && !partly ? `${held} ${since}` : payload}`;
}

/** The vendor's rates, and the operator's. */
export function ratesOf(channel: Channel, { config, limits }: Destination): readonly Rate[] {
  const { rates = [] } = limitsOf(channel, config);
  return limits.length === 0 ? rates : [...rates, ...limits];
}
