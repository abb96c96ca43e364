import type { Channel } from "../channel.ts";
import { ADHOC_OWNER, type Destination, type Group } from "../group.ts";
import type { Queued } from "../record.ts";

/** A destination with its group, as the configuration has it now. */
export interface Found {
  readonly destination: Destination;
  readonly group: Group;
}

/** A message in the making: deliveries to one destination that share it. */
export interface Batch extends Found {
  readonly channel: Channel;
  readonly entries: readonly Queued[];
}

/** What a choice is made by. */
export interface ChoiceOptions {
  readonly now: number;
  /** The lane's name. */
  readonly lane: string;
  /** Whether a delivery is being sent, or was settled while the queue was read. */
  readonly isTaken: (entry: Queued) => boolean;
  /** Whether something of the same incident is under way to the same destination. */
  readonly isBusy: (entry: Queued) => boolean;
  readonly find: (destinationId: string) => Found | undefined;
  /** Whether a destination that is not found cannot be used just now, and may be later. */
  readonly holds: (destinationId: string) => boolean;
  readonly channelOf: (name: string) => Channel | undefined;
}

/** How long a delivery waits for the definition of its group, as it would for a vendor. */
const AWAITED = 24 * 60 * 60_000;

/** Deliveries chosen at a time. */
const HANDFUL = 200;

/** How often a lane with a channel that cannot be loaded, or a group that is not known, looks again. */
const UNAVAILABLE_WAIT = 60_000;

/**
 * Which deliveries of a queue may go now, put together to messages. It is fed the queue from its head. Of one incident
 * at one destination only the first goes, so that firing comes before resolved; others may overtake it.
 */
export class Choice {
  /** The messages, in the order of their first deliveries. */
  readonly batches: Batch[] = [];
  /** Deliveries whose destination is gone, and those that another lane serves now. */
  readonly homeless: (
    | { readonly entry: Queued; readonly because: string }
    | { readonly entry: Queued; readonly movedTo: string }
  )[] = [];
  /** Ad-hoc groups that are not known here: another instance made them, or they are lost. */
  readonly unknown = new Set<string>();
  /** Whether the queue had nothing at all. */
  isEmpty = true;
  /** When the first of those that wait is due; `Infinity` when none does. */
  next = Infinity;
  readonly #options: ChoiceOptions;
  /** Incidents of which the first delivery was seen. */
  readonly #seen = new Set<string>();
  /** Messages that may still grow. */
  readonly #open = new Map<string, Queued[]>();
  #chosen = 0;

  constructor(options: ChoiceOptions) {
    this.#options = options;
  }

  /** Look at the next delivery of the queue. @returns whether enough are chosen. */
  add(entry: Queued): boolean {
    this.isEmpty = false;
    const { now, lane, isTaken, isBusy, find, holds, channelOf } = this.#options;
    if (isTaken(entry)) {
      this.next = Math.min(this.next, now);
      return false;
    }
    const incident = incidentOf(entry);
    if (isBusy(entry) || this.#seen.has(incident)) return false;
    const found = find(entry.destination);
    const awaited = !found && isAdhoc(entry) && now < entry.at + AWAITED;
    if (awaited) this.unknown.add(entry.group);
    if (awaited || (!found && holds(entry.destination))) {
      this.#seen.add(incident);
      this.next = Math.min(this.next, now + UNAVAILABLE_WAIT);
      return false;
    }
    if (!found || found.destination.lane !== lane) {
      const gone = isAdhoc(entry) ? "the definition of the target is lost" : "destination removed";
      this.homeless.push(found ? { entry, movedTo: found.destination.lane } : { entry, because: gone });
      return this.homeless.length >= HANDFUL;
    }
    this.#seen.add(incident);
    const channel = channelOf(found.destination.channel);
    const due = channel ? entry.due ?? now : Math.max(entry.due ?? now, now + UNAVAILABLE_WAIT);
    if (!channel || due > now) {
      this.next = Math.min(this.next, due);
      return false;
    }
    const sharing = entry.plain ? undefined : this.#open.get(sharingOf(entry));
    if (sharing) {
      sharing.push(entry);
    } else {
      const entries = [entry];
      this.batches.push({ ...found, channel, entries });
      const together = !entry.plain && combineOf(channel, found.destination) === "payload";
      if (together) this.#open.set(sharingOf(entry), entries);
    }
    return ++this.#chosen >= HANDFUL;
  }
}

/** A group that an address made is never removed: its definition was stored before its first alert, and is worth waiting for. */
function isAdhoc({ group }: Queued): boolean {
  return group.startsWith(`${ADHOC_OWNER}/`);
}

/** Names what must go in order: an incident at a destination. */
export function incidentOf({ destination, fingerprint }: Queued): string {
  return `${destination} ${fingerprint}`;
}

/** Names what may share a message: a payload at a destination. */
function sharingOf({ destination, payload }: Queued): string {
  return `${destination} ${payload}`;
}

function combineOf({ combine = "payload" }: Channel, { config }: Destination): "payload" | "single" {
  return typeof combine === "function" ? combine(config) : combine;
}
