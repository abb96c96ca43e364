import type { Entry } from "../../relay/message/entry.ts";
import type { Ending } from "../../relay/domain/incident.ts";
import { findDestination, type Group } from "../../relay/domain/group.ts";
import {
  alertIdOf,
  type DeadLetter,
  type Delivery,
  type DigestRecord,
  isWhole,
  type LoggedAlert,
  type SentMessage,
} from "../../relay/domain/record.ts";
import type { Relay } from "../../relay/relay.ts";
import type { Followed } from "../../relay/query/shapes/deliveries.ts";
import { type Whereabouts, whereaboutsOf } from "./whereabouts.ts";
import {
  type ChannelUse,
  drawn,
  sentView,
  type VendorMessage,
  type VendorView,
  vendorView,
} from "./vendor_view.ts";

/** All records of one delivery. */
export interface DeliveryStory {
  readonly id: string;
  readonly group: string;
  /** The destination's id. */
  readonly destination: string;
  /** The alert's id, even if its record has expired. */
  readonly alert: string;
  readonly title: string | undefined;
  /** The alert's object. */
  readonly place: Whereabouts;
  /** `undefined` when it was never attempted. */
  readonly record: Delivery | undefined;
  /** Its entry in a queue, and the reason why the lane waits. */
  readonly waiting: Pick<Followed, "entry" | "record" | "pause" | "budget"> | undefined;
  /** Its dead letter, while it is dead. */
  readonly letter: DeadLetter | undefined;
  /** The meaning of the vendor's last refusal, and its remedy. */
  readonly advice: Followed["advice"];
  /** Its last message as sent, if it is stored. */
  readonly sent: SentMessage | undefined;
  /** Shows it, or renders it again; `undefined` when the alert or the destination is gone. */
  readonly telling: { readonly use: ChannelUse; readonly shown: VendorMessage } | undefined;
}

/** One delivery by its id; `undefined` when no record of it exists. @throws StoreError */
export async function storyOf(id: string, relay: Relay): Promise<DeliveryStory | undefined> {
  const { alerts, deliveries, config } = relay.query;
  const alertId = alertIdOf(id);
  const [logged, letter, record] = await Promise.all([
    alerts.get(alertId),
    deliveries.dead(id),
    deliveries.get(id),
  ]);
  const followed = logged &&
    (await alerts.trace(logged)).deliveries.find((one) => one.id === id);
  const place = record ?? followed ?? letter?.entry;
  if (!place) return undefined;
  const { group, destination } = place;
  const again = [record, followed?.entry].find((one) => one?.again);
  const ending = again && (await deliveries.endingsOf([again])).get(id);
  const entry = entryOf(id, { logged, letter, record, followed, ending });
  return {
    id,
    group,
    destination,
    alert: alertId,
    title: entry?.alert.title,
    place: whereaboutsOf(entry?.alert, config.labelRules),
    record,
    letter,
    advice: followed?.advice,
    waiting: followed?.entry ? followed : undefined,
    sent: record && await deliveries.sent(record),
    telling: entry && tellingOf(entry, destination, relay),
  };
}

/** A delivery's message as its vendor shows it: as sent, or rendered now. */
export async function messageView(
  { telling, sent }: DeliveryStory,
  relay: Relay,
): Promise<VendorView | undefined> {
  if (!telling) return undefined;
  return sent ? await sentView(telling.use, sent) : await vendorView(telling.use, telling.shown, relay);
}

function entryOf(
  id: string,
  { logged, letter, record, followed, ending }: {
    logged: LoggedAlert | undefined;
    letter: DeadLetter | undefined;
    record: Delivery | undefined;
    followed: Followed | undefined;
    /** The end of the alert, if it has ended. */
    ending: Ending | undefined;
  },
): Entry | undefined {
  const alert = logged && isWhole(logged.alert) ? logged.alert : letter?.alert;
  const source = record ?? followed?.entry ?? letter?.entry;
  const { alert: alertId, fingerprint, reason, instead, again, at = 0 } = source ?? {};
  if (!alert || alertId === undefined || fingerprint === undefined || reason === undefined) return undefined;
  const { still, folded = 0 } = followed?.entry ?? letter?.entry ?? {};
  const resent = again ? { resent: { at, ending } } : {};
  return {
    id,
    alertId,
    fingerprint,
    alert,
    reason,
    ...still ? { still } : {},
    folded,
    ...instead ? { instead } : {},
    ...resent,
  };
}

function tellingOf(entry: Entry, destinationId: string, relay: Relay): DeliveryStory["telling"] {
  const { group, use } = useOf(destinationId, relay) ?? {};
  return group && use && { use, shown: { group, entries: [entry], id: entry.id } };
}

/** A digest as sent; as plain text when its destination is gone. */
export async function digestView(
  { destination, title, body }: DigestRecord,
  relay: Relay,
): Promise<
  Pick<VendorView, "form" | "titled" | "html"> & { message: Pick<VendorView["message"], "title" | "body"> }
> {
  const { use } = useOf(destination, relay) ?? {};
  const shown = use ? await drawn(use, body) : { form: "text" as const, html: "", titled: true };
  return { message: { title, body }, ...shown };
}

/** A destination's channel with its config; `undefined` when one of them is gone. */
export function useOf(
  destinationId: string,
  { query: { groups, channels } }: Relay,
): { group: Group; use: ChannelUse } | undefined {
  const found = findDestination(destinationId, groups);
  const channel = found && channels.get(found.destination.channel);
  return found && channel &&
    { group: found.group, use: { channel, channelConfig: found.destination.config } };
}
