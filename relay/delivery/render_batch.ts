import { sha256Hex } from "../base/hash.ts";
import type { Clock } from "../base/clock.ts";
import type { Message } from "../channel.ts";
import type { Queued } from "../domain/record.ts";
import type { Entry } from "../message/entry.ts";
import type { Renderer } from "../message/renderer.ts";
import { byImportance } from "../message/template_data.ts";
import { endingsOf } from "./endings.ts";
import { recentRecurrence } from "./recent_recurrence.ts";
import type { Store } from "../store/store.ts";
import { alertOf } from "./alert_of.ts";
import type { Batch } from "./batch.ts";

/** A batch and the message rendered from it. */
export interface RenderedBatch {
  /** `undefined` when the records of all its alerts are gone. */
  readonly message?: Message;
  /** The deliveries that the message covers; deliveries that did not fit are sent later. */
  readonly covered: readonly Queued[];
  /** Deliveries whose alert's record is gone. */
  readonly gone: readonly Queued[];
  /** The reason why a template was not used. */
  readonly problem?: string | undefined;
  /** For a digest: the number of its shown incidents. */
  readonly digest?: { readonly shown: number; readonly incidents: number } | undefined;
}

/** Load the alerts of a batch and render its message. @throws StoreError when the alerts cannot be read */
export async function renderBatch(
  { destination, group, channel, entries: all, digest: mark, partly }: Batch,
  { store, renderer, clock }: { store: Store; renderer: Renderer; clock: Clock },
): Promise<RenderedBatch> {
  const isDigest = mark !== undefined || partly === "digest";
  // A digest shows the last state of each incident itself.
  const { entries, earlier } = isDigest ? { entries: all, earlier: new Map() } : lastStates(all);
  const gone: Queued[] = [];
  const found: { readonly queued: Queued; entry: Entry }[] = [];
  const again = entries.filter(({ again }) => again);
  const endings = again.length > 0 ? await endingsOf(again, store) : undefined;
  const [only, ...others] = entries;
  const isLone = others.length === 0 && !isDigest;
  const recurrence = only && isLone ? recentRecurrence(only, store, clock.now()) : undefined;
  recurrence?.catch(() => {}); // awaited below: its failure must not stay unhandled if reading an alert throws before
  for (const queued of entries) {
    const alert = await alertOf(queued, store);
    const resent = queued.again ? { resent: { at: queued.at, ending: endings?.get(queued.id) } } : {};
    if (!alert) {
      gone.push(...earlier.get(queued.id) ?? [], queued);
      continue;
    }
    // A person closed it; its sender has not resolved it.
    const shown = queued.reason === "closed"
      ? { ...alert, status: "resolved" as const, endsAt: queued.at }
      : alert;
    const by = queued.person === undefined ? {} : { by: queued.person };
    found.push({ queued, entry: { ...queued, ...by, alertId: queued.alert, alert: shown, ...resent } });
  }
  if (found.length === 0) return { covered: [], gone };
  const recent = await recurrence;
  const [first] = found;
  if (recent && first) first.entry = { ...first.entry, recurrence: recent };

  // The most important first, because a full message leaves out the rest. A digest needs chronological order.
  if (!isDigest) found.sort((a, b) => byImportance(a.entry.alert, b.entry.alert));
  const target = {
    group,
    channel,
    channelConfig: destination.config,
    destination: destination.id,
    now: clock.now(),
    messageId: partly ? () => entries[0]!.payload : messageId,
    plain: mark ? mark.plain : found[0]!.queued.plain,
    others: isDigest ? 0 : await othersOf(entries, store),
  };
  if (isLone && first) {
    const timeline = await renderer.timeline(first.queued.alert, target);
    if (timeline) first.entry = { ...first.entry, timeline };
  }
  const shown = found.map(({ entry }) => entry);
  const { message, count, problem, digest } = isDigest
    ? await renderer.digest(shown, target)
    : await renderer.message(shown, target);
  const covered = found.slice(0, count).flatMap(({ queued }) => [...earlier.get(queued.id) ?? [], queued]);
  return { message, covered, gone, problem, digest };
}

/** The number of firing incidents of the message group outside a message. */
async function othersOf(
  entries: readonly Queued[],
  { incidents }: Pick<Store, "incidents">,
): Promise<number> {
  const key = entries[0]?.messageGroup;
  if (key === undefined) return 0;
  const firing = entries.filter(({ reason }) => reason !== "resolved" && reason !== "closed").length;
  return Math.max(0, await incidents.messageGroups.firing(key) - firing);
}

/** The last delivery of each incident, and by its id those before it, which the same message settles. */
function lastStates(
  all: readonly Queued[],
): { entries: readonly Queued[]; earlier: ReadonlyMap<string, readonly Queued[]> } {
  const earlier = new Map<string, readonly Queued[]>();
  if (!all.some(({ held }) => held === "group")) return { entries: all, earlier };
  const incidents = Map.groupBy(all, ({ fingerprint }) => fingerprint);
  for (const entries of incidents.values()) earlier.set(entries.at(-1)!.id, entries.slice(0, -1));
  return { entries: [...incidents.values()].map((entries) => entries.at(-1)!), earlier };
}

/**
 * The idempotency key of a message. It depends on the deliveries alone: a vendor that drops repeats must never drop a
 * message about other deliveries.
 */
export function messageId(ids: readonly string[]): string {
  return ids.length === 1 ? ids[0]! : `${ids[0]}-${sha256Hex(ids.join(" "), 12)}`;
}
