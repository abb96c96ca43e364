/**
 * The stored form of a message that was sent.
 *
 * @module
 */
import { fitsJson, jsonBytes } from "../base/text.ts";
import { type Card, cut, type Message } from "../channel.ts";
import type { Destination } from "../domain/group.ts";
import type { DigestRecord, Queued, SentMessage } from "../domain/record.ts";
import { SENT_BYTES } from "./settlement.ts";

/** The limit of a stored text: it fits one value of the database with a digest's delivery ids or a delivery's attempts. */
const STORED_TEXT = { bytes: SENT_BYTES, measure: jsonBytes };

/** Bytes of the stored card of a message, at most. */
const CARD_BYTES = 6_000;

/** The stored form of a message, cut to fit its record. */
export function sentMessageOf(
  { id, title, body: written, html, plain, authored }: Message,
  card?: Card,
): SentMessage {
  const isText = plain || authored?.form === "text";
  const framed = !isText && card && fitsJson(JSON.stringify(card), CARD_BYTES) ? { card } : {};
  const kind = isText ? { plain: true } as const : framed;
  const body = authored ? [authored.text, authored.notes].filter(Boolean).join("\n\n") || written : written;
  if (html !== undefined && fitsJson(title + body + html, SENT_BYTES)) return { id, title, body, html };
  if (fitsJson(title + body, SENT_BYTES - CARD_BYTES)) return { id, title, body, ...kind };
  const room = { ...STORED_TEXT, bytes: (SENT_BYTES - CARD_BYTES) / 2 };
  return { id, title: cut(title, room), body: cut(body, room), ...kind };
}

/** The record of a digest that was sent. */
export function digestRecordOf(
  { id, title, body }: Message,
  destination: Destination,
  { shown, incidents, covered, at }: {
    shown: number;
    incidents: number;
    covered: readonly Queued[];
    at: number;
  },
): DigestRecord {
  return {
    id,
    destination: destination.id,
    at,
    title,
    body: cut(body, STORED_TEXT),
    shown,
    incidents,
    deliveries: covered.map(({ id }) => id),
  };
}
