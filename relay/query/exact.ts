import { ULID } from "../base/ulid.ts";
import { alertIdOf, isDeliveryId, parseAlertId, wholeIn } from "../domain/record.ts";
import type { Query } from "./query.ts";
import type { Hit } from "./shapes/search.ts";

/** The queries that find a record by its id. */
export type ExactSources = Pick<Query, "incidents" | "alerts" | "deliveries" | "silence" | "inboxMessage">;

/** A fingerprint in full. */
const FINGERPRINT = /^[0-9a-f]{32}$/;

/** The length of a ULID, with which every id begins. */
const ULID_CHARS = 26;

/** The maximum length of an id. */
const MAX_ID_CHARS = 120;

/**
 * Finds the record with this id or fingerprint. For the alert that opened an incident, it finds the incident.
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
  // A copied id may be in lower case; the case of its part after the ULID matters.
  const ulid = text.slice(0, ULID_CHARS).toUpperCase();
  if (text.length > MAX_ID_CHARS || !ULID.test(ulid)) return undefined;
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

/** Finds a delivery that was attempted, is dead, or is pending. */
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
