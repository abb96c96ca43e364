/**
 * Signed links in messages, for readers without an account: to look at the incidents of a message, and to acknowledge them. A
 * link is a credential for that and nothing else, until it expires.
 *
 * @module
 */
import { HOUR } from "../base/duration.ts";
import { mac } from "../base/mac.ts";
import { sameSecret } from "../base/same_secret.ts";
import { alertId, parseAlertId } from "./record.ts";

/** What a link is for. */
export interface ActionLink {
  readonly act: "open" | "acknowledge";
  /** The ids of the message's alerts. */
  readonly alerts: readonly string[];
  /** The id of the destination whose message has the link. */
  readonly destination: string;
  /** The member's id, if the message has a single recipient. */
  readonly member?: string | undefined;
  /** When it expires, in epoch milliseconds. */
  readonly until: number;
}

/** How long a link is valid. */
const LIFETIME = 72 * HOUR;

/** Alerts that a link names, at most: an address must not become too long for a vendor. */
export const MAX_LINKED = 20;

const PURPOSE = "action link";

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
  const fields = [act[0], packed(alerts), destination, until / HOUR, ...member === undefined ? [] : [member]];
  const payload = new TextEncoder().encode(JSON.stringify(fields)).toBase64(BASE64);
  return `${payload}.${mac(payload, { key, purpose: PURPOSE })}`;
}

/** The link of an address; `expired` after its time; `undefined` if this relay did not sign it. */
export function readLink(
  text: string,
  { key, now }: { key: string; now: number },
): ActionLink | "expired" | undefined {
  const [payload = "", signature = ""] = text.split(".");
  if (!sameSecret(signature, mac(payload, { key, purpose: PURPOSE }))) return undefined;
  const json = new TextDecoder().decode(Uint8Array.fromBase64(payload, BASE64));
  const [act, alerts, destination, hours, member] = JSON.parse(json) as [
    string,
    string,
    string,
    number,
    string?,
  ];
  const until = hours * HOUR;
  if (until <= now) return "expired";
  return { act: act === "a" ? "acknowledge" : "open", alerts: unpacked(alerts), destination, member, until };
}

/** The alerts of one page of the log share its id: `PAGE 0 1 2,PAGE 7`. */
function packed(alerts: readonly string[]): string {
  const pages = new Map<string, number[]>();
  for (const id of alerts) {
    const { page, index } = parseAlertId(id)!;
    pages.set(page, [...pages.get(page) ?? [], index]);
  }
  return [...pages].map(([page, indexes]) => [page, ...indexes].join(" ")).join(",");
}

function unpacked(text: string): string[] {
  return text.split(",").flatMap((part) => {
    const [page, ...indexes] = part.split(" ");
    return indexes.map((index) => alertId(page!, Number(index)));
  });
}
