import { sha256Hex } from "../base/hash.ts";
import { type Alert, labelOf, type Labels } from "./alert.ts";
import type { GroupedMessage, Incident } from "./incident.ts";

/**
 * The grouping of a group's notifications, with Alertmanager's meaning: alerts with equal values of some labels are a
 * message group, which is notified at its flushes. Times in milliseconds.
 * https://prometheus.io/docs/alerting/latest/configuration/#route-related-settings
 */
export interface Grouping {
  /** The names of these labels; {@linkcode ALL_LABELS} alone: all labels. Empty: all alerts are one message group. */
  readonly by: readonly string[];
  /** The time that the first alert of a message group waits for others. */
  readonly wait: number;
  /** The time between two flushes. */
  readonly interval: number;
  /** The group is notified again of an open incident at the first flush after this time. */
  readonly repeat: number;
}

/** In {@linkcode Grouping.by}: each alert with other labels is a message group of its own. */
export const ALL_LABELS = "...";

/** The settings of a group that put its notifications together. */
export interface GroupedBy {
  /** The group's id. */
  readonly id: string;
  readonly grouping?: Grouping | undefined;
}

/** Repeats are queued this many milliseconds before their flush, so that all of them are in its message. */
export const REPEAT_LEAD = 2_000;

/** The labels that name the message group of an alert; an absent one is empty. */
export function groupLabels({ by }: Pick<Grouping, "by">, labels: Labels): Labels {
  const names = by.includes(ALL_LABELS) ? Object.keys(labels) : by;
  return Object.fromEntries(names.toSorted().map((name) => [name, labelOf(labels, name) ?? ""]));
}

/** The key of an alert's message group. */
export function messageGroupOf(
  { id, grouping }: { readonly id: string; readonly grouping: Grouping },
  labels: Labels,
): string {
  return sha256Hex(JSON.stringify([id, groupLabels(grouping, labels)]), 16);
}

/**
 * The time of a new notification: the next flush of its message group. The first one of a message group waits for
 * `group_wait`, or is sent at once if its alert began before that.
 *
 * @param last Any flush of the message group; `undefined` if it has no open incident and no waiting delivery.
 */
export function nextFlush(
  { wait, interval }: Grouping,
  last: number | undefined,
  { now, startsAt }: { now: number; startsAt: number | null },
): number {
  if (last === undefined) return startsAt !== null && startsAt + wait < now ? now : now + wait;
  const next = last > now ? last : last + (Math.floor((now - last) / interval) + 1) * interval;
  return Math.min(next, now + Math.max(wait, interval)); // the settings may have become shorter
}

/** The flush at which a group is notified again of an incident; `Infinity` when it is not. */
export function repeatAt(incident: Incident, { id, grouping }: GroupedBy): number {
  const window = incident.windows[id];
  if (!grouping || !window || incident.closedAt !== null || incident.known) return Infinity;
  if (incident.flaps?.[id]?.told !== undefined) return Infinity;
  const { due = window.until } = incident.messages?.[id] ?? {};
  const { interval } = grouping;
  return due + Math.max(0, Math.ceil((window.until - due) / interval)) * interval;
}

/** A flush, or the next one of its message group if it was missed. */
export function flushFrom(at: number, { interval }: Grouping, now: number): number {
  const late = now - at;
  return late <= REPEAT_LEAD ? at : at + Math.ceil(late / interval) * interval;
}

/** The incident after its notification was put into a message of its message group. */
export function withMessage(
  incident: Incident,
  { id, grouping }: { readonly id: string; readonly grouping: Grouping },
  message: GroupedMessage,
): Incident {
  const window = incident.windows[id];
  return {
    ...incident,
    messages: { ...incident.messages, [id]: message },
    ...window && {
      windows: { ...incident.windows, [id]: { ...window, until: message.due + grouping.repeat } },
    },
  };
}

/** The messages of an alert's notifications, of the groups that put theirs together; by the group's id. */
export function messagesOf(
  groups: readonly GroupedBy[],
  { labels, startsAt }: Pick<Alert, "labels" | "startsAt">,
  { incident, flushOf = () => undefined, now }: {
    incident: Incident | undefined;
    flushOf?: ((messageGroup: string) => number | undefined) | undefined;
    now: number;
  },
): Readonly<Record<string, GroupedMessage>> {
  const messages: Record<string, GroupedMessage> = {};
  for (const { id, grouping } of groups) {
    if (!grouping) continue;
    const own = livingMessage(incident, id, now);
    const key = own?.key ?? messageGroupOf({ id, grouping }, labels);
    const last = flushOf(key) ?? own?.due ??
      (incident?.inhibited && emptyFlush(grouping, incident, startsAt));
    messages[id] = { key, due: nextFlush(grouping, last, { now, startsAt }) };
  }
  return messages;
}

/** The flush at which an inhibited incident would have been in the first message of its message group. */
function emptyFlush(
  grouping: Grouping,
  { openedAt }: Pick<Incident, "openedAt">,
  startsAt: number | null,
): number {
  return nextFlush(grouping, undefined, { now: openedAt, startsAt });
}

/** The last message of an incident, while its message group lives. */
function livingMessage(
  incident: Incident | undefined,
  group: string,
  now: number,
): GroupedMessage | undefined {
  const message = incident?.messages?.[group];
  return message && (incident?.closedAt === null || message.due > now) ? message : undefined;
}
