import { ULID } from "../base/ulid.ts";
import { alertIdOf, isDeliveryId, parseAlertId, wholeIn } from "../domain/record.ts";
import type { Query } from "./query.ts";
import type { Hit } from "./shapes/search.ts";

/** The sources of records by their ids. */
export type ExactSources = Pick<Query, "incidents" | "alerts" | "deliveries" | "silence" | "inboxMessage">;

/** A fingerprint in full. */
const FINGERPRINT = /^[0-9a-f]{32}$/;

/** The beginning of every id. */
const ULID_CHARS = 26;

/** At most this many characters of a text can be an id. */
const LONGEST = 120;

/**
 * The record that a text is the id or the fingerprint of. An alert that opened an incident stands for the incident.
 *
 * @throws StoreError
 */
export async function findExact(text: string, sources: ExactSources): Promise<Hit | undefined> {
  const fingerprint = text.toLowerCase();
  if (FINGERPRINT.test(fingerprint)) {
    const found = await sources.alerts.find(fingerprint);
    return "alert" in found
      ? await incidentOrAlert(found.alert.incident ?? found.alert.id, sources)
      : undefined;
  }
  // Ids are copied in lower case, too; what follows may have letters of its own.
  const ulid = text.slice(0, ULID_CHARS).toUpperCase();
  if (text.length > LONGEST || !ULID.test(ulid)) return undefined;
  const id = ulid + text.slice(ULID_CHARS);
  if (parseAlertId(id)) return await incidentOrAlert(id, sources);
  return (isDeliveryId(id) ? await deliveryOf(id, sources) : undefined) ?? await otherOf(id, sources);
}

async function incidentOrAlert(id: string, { incidents, alerts }: ExactSources): Promise<Hit | undefined> {
  const incident = await incidents.get(id);
  if (incident) {
    const { title, severity, closedAt, openedAt } = incident;
    const state = closedAt === null ? "open" : "closed";
    return { kind: "incident", id, title, severity, state, at: openedAt };
  }
  const logged = await alerts.get(id);
  if (!logged) return undefined;
  const { severity, status } = logged.alert;
  return { kind: "alert", id, title: wholeIn(logged)?.title ?? id, severity, state: status, at: logged.at };
}

/** A delivery that was attempted, is dead, or waits. */
async function deliveryOf(id: string, { alerts, deliveries }: ExactSources): Promise<Hit | undefined> {
  const [record, letter] = await Promise.all([deliveries.get(id), deliveries.dead(id)]);
  if (record) return { kind: "delivery", id, title: record.destination, state: record.state };
  if (letter) return { kind: "delivery", id, title: letter.entry.destination, state: "dead" };
  const logged = await alerts.get(alertIdOf(id));
  if (!logged) return undefined;
  const waiting = (await alerts.trace(logged)).deliveries.find((one) => one.id === id);
  return waiting && { kind: "delivery", id, title: waiting.destination, state: "pending" };
}

async function otherOf(id: string, sources: ExactSources): Promise<Hit | undefined> {
  const silence = await sources.silence(id);
  if (silence) return { kind: "silence", id, title: silence.matchers.join(", "), at: silence.from };
  const digest = await sources.deliveries.digest(id);
  if (digest) return { kind: "digest", id, title: digest.title, at: digest.at };
  const message = await sources.inboxMessage(id);
  return message && { kind: "message", id, title: message.title, severity: message.severity, at: message.at };
}
