/**
 * Signed links in messages, for readers without an account: to look at the incidents of a message, to acknowledge, to take, or to
 * snooze them. A link is a credential for that and nothing else, until it expires. A code does the same for a button whose vendor
 * calls back: it is shorter, and valid only in a callback of its destination.
 *
 * @module
 */
import { HOUR } from "../base/duration.ts";
import { mac } from "../base/mac.ts";
import { sameSecret } from "../base/same_secret.ts";
import { alertId, parseAlertId } from "./record.ts";

/** The action of a link on the incidents. */
export type LinkedAct = "acknowledge" | "take" | "snooze";

/** The content of a link. */
export interface ActionLink {
  readonly act: "open" | LinkedAct;
  /** The ids of the message's alerts. */
  readonly alerts: readonly string[];
  /** The id of the destination of the link's message. */
  readonly destination: string;
  /** The member's id, if the message has a single recipient. */
  readonly member?: string | undefined;
  /** Its expiry, in epoch milliseconds. */
  readonly until: number;
}

/** The content of a code. The callback has its destination, and the person who pressed the button. */
export interface ActionCode extends Omit<ActionLink, "act" | "destination" | "member"> {
  readonly act: LinkedAct;
}

/** The lifetime of a link. */
const LIFETIME = 72 * HOUR;

/** The most alerts in a link: an address must not become too long for a vendor. */
export const MAX_LINKED = 20;

/** The duration of a snooze by a message's button. */
export const SNOOZE = HOUR;

const PURPOSE = { link: "action link", code: "action code" } as const;

/** Characters of a code's signature: 96 bits. A code about one alert must fit the 64 bytes of Telegram's `callback_data`. */
const CODE_SIGNATURE = 16;

/** Each act by its first letter. */
const ACTS: ReadonlyMap<string, ActionLink["act"]> = new Map(
  (["open", "acknowledge", "take", "snooze"] as const).map((act) => [act[0]!, act]),
);

const BASE64 = { alphabet: "base64url", omitPadding: true } as const;

/** The expiry of a link that is made now: on the hour, so that a retry soon after has the same link. */
export function linkExpiry(now: number): number {
  return Math.ceil((now + LIFETIME) / HOUR) * HOUR;
}

/** The last part of the link's address. */
export function signLink(
  { act, alerts, destination, member, until }: ActionLink,
  { key }: { key: string },
): string {
  const fields = [
    act[0],
    packed(alerts, " "),
    destination,
    until / HOUR,
    ...member === undefined ? [] : [member],
  ];
  const payload = new TextEncoder().encode(JSON.stringify(fields)).toBase64(BASE64);
  return `${payload}.${mac(payload, { key, purpose: PURPOSE.link })}`;
}

/** The link of an address; `expired` after its time; `undefined` if this relay did not sign it. */
export function readLink(
  text: string,
  { key, now }: { key: string; now: number },
): ActionLink | "expired" | undefined {
  const [payload = "", signature = ""] = text.split(".");
  if (!sameSecret(signature, mac(payload, { key, purpose: PURPOSE.link }))) return undefined;
  const json = new TextDecoder().decode(Uint8Array.fromBase64(payload, BASE64));
  const [letter, alerts, destination, hours, member] = JSON.parse(json) as [
    string,
    string,
    string,
    number,
    string?,
  ];
  const act = ACTS.get(letter);
  if (act === undefined) return undefined;
  const until = hours * HOUR;
  if (until <= now) return "expired";
  return { act, alerts: unpacked(alerts, " "), destination, member, until };
}

/** The data of a button: `a.PAGE_0_1.8m3k.SIGNATURE`. */
export function signCode(
  { act, alerts, until }: ActionCode,
  { destination, key }: { destination: string; key: string },
): string {
  const payload = `${act[0]}.${packed(alerts, "_")}.${(until / HOUR).toString(36)}`;
  return `${payload}.${codeSignature(payload, { destination, key })}`;
}

/** The code of a button; `expired` after its time; `undefined` if this relay did not sign it for the destination. */
export function readCode(
  text: string,
  { destination, key, now }: { destination: string; key: string; now: number },
): ActionCode | "expired" | undefined {
  const [letter = "", alerts = "", hours = "", signature = ""] = text.split(".");
  const payload = `${letter}.${alerts}.${hours}`;
  if (!sameSecret(signature, codeSignature(payload, { destination, key }))) return undefined;
  const until = parseInt(hours, 36) * HOUR;
  if (until <= now) return "expired";
  return { act: ACTS.get(letter) as LinkedAct, alerts: unpacked(alerts, "_"), until };
}

function codeSignature(payload: string, { destination, key }: { destination: string; key: string }): string {
  return mac(`${payload} ${destination}`, { key, purpose: PURPOSE.code }).slice(0, CODE_SIGNATURE);
}

/** The alerts of one page of the log share its id: `PAGE 0 1 2,PAGE 7` with the separator ` `. */
function packed(alerts: readonly string[], separator: " " | "_"): string {
  const pages = new Map<string, number[]>();
  for (const id of alerts) {
    const { page, index } = parseAlertId(id)!;
    pages.set(page, [...pages.get(page) ?? [], index]);
  }
  return [...pages].map(([page, indexes]) => [page, ...indexes].join(separator)).join(",");
}

function unpacked(text: string, separator: " " | "_"): string[] {
  return text.split(",").flatMap((part) => {
    const [page, ...indexes] = part.split(separator);
    return indexes.map((index) => alertId(page!, Number(index)));
  });
}
