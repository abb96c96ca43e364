import { cut, type Message } from "../../relay/channel.ts";
import type { Mail, Mailbox } from "./smtp.ts";

/** What stands between the angle brackets of an address, without the quoted forms, which are not in use. */
const ADDRESS = /^[^\s@<>,;:"()[\]\\]+@[^\s@<>,;:"()[\]\\]+$/;

/** Our choice: a line of a mail's header may have 998 characters, and a word cannot be broken. */
const WORDS_CHARS = 200;

/** A recipient of the mail. */
export interface Recipient extends Mailbox {
  /** What the record calls them: the member's id, or the address. */
  readonly id: string;
}

/** An address as servers take it: its domain in ASCII; `undefined` when it is none. */
export function addressOf(text: string): string | undefined {
  const trimmed = text.trim();
  if (!ADDRESS.test(trimmed)) return undefined;
  const [local, domain] = trimmed.split("@") as [string, string];
  if (isAscii(domain)) return trimmed;
  const ascii = URL.parse(`https://${domain}/`)?.hostname;
  return ascii === undefined ? undefined : `${local}@${ascii}`;
}

/** Whether every server takes an address; others need the extension SMTPUTF8. */
export function isAscii(address: string): boolean {
  // deno-lint-ignore no-control-regex -- the point
  return /^[\x00-\x7f]*$/.test(address);
}

/** `Alerts <ops@example.com>`, with or without quotes around the name; or the address alone. */
export function personIn(text: string): Mailbox | undefined {
  const [, name = "", inside = text] = /^(.*)<([^<>]+)>$/.exec(text) ?? [];
  const address = addressOf(inside);
  return address === undefined ? undefined : { name: name.trim().replace(/^"(.*)"$/, "$1"), address };
}

/** The domain of an address. */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf("@") + 1);
}

/** The members with an address, then `to`; each address once, whatever its case. */
export function peopleOf(to: readonly string[], { recipients }: Message): Recipient[] {
  const members = recipients.map(({ id, name = "", email = "" }) => ({
    id,
    name: cut(name, { chars: WORDS_CHARS }),
    address: addressOf(email),
  }));
  const others = to.map((address) => ({ id: address, name: "", address: addressOf(address) }));
  const byAddress = new Map<string, Recipient>();
  for (const { address, ...who } of [...members, ...others]) {
    const key = address?.toLowerCase();
    if (address !== undefined && key !== undefined && !byAddress.has(key)) {
      byAddress.set(key, { ...who, address });
    }
  }
  return [...byAddress.values()];
}

/** The sender of a mail, and the address for bounces. */
export interface Sender {
  readonly from: Mailbox;
  readonly replyTo?: Mailbox | undefined;
  /** Where the servers on its way say that it could not be delivered. */
  readonly bouncesTo: string;
}

/**
 * A mail to those of `people` who are left. Its subject says nothing of the status, so that firing and resolved stand in one
 * thread.
 */
export function mailOf(
  { from, replyTo, bouncesTo }: Sender,
  message: Message,
  { now, shown, open }: { now: number; shown: readonly Mailbox[]; open: readonly Recipient[] },
): Mail {
  const domain = domainOf(from.address);
  const isUrgent = message.status === "firing" && message.severity === "critical";
  return {
    from,
    replyTo,
    to: shown,
    envelope: { from: bouncesTo, to: open.map(({ address }) => address) },
    subject: cut(message.subject || message.name || message.severity, { chars: WORDS_CHARS }),
    text: message.body,
    html: message.html,
    date: new Date(now),
    // The same for each attempt: a server that has it already drops the repeat.
    messageId: `<${idPart(message.id)}@${domain}>`,
    // A mail of this id was never sent; readers join those that refer to the same one all the same.
    thread: `<thread-${idPart(message.thread)}@${domain}>`,
    headers: {
      "Auto-Submitted": "auto-generated", // no "I am on holiday": https://www.rfc-editor.org/rfc/rfc3834
      "X-Auto-Response-Suppress": "All", // the same for Exchange
      "List-Id": listId(message.group, domain),
      "X-Fenghuo-Status": message.status, // for the filters of mail readers
      "X-Fenghuo-Severity": message.severity,
      ...isUrgent ? { "Importance": "high", "X-Priority": "1 (Highest)" } : {},
    },
  };
}

/** What may stand in the id of a mail, of which readers take no quoted form. */
function idPart(text: string): string {
  return text.replace(/[^\w.-]+/g, "_") || "_";
}

/** The group, for the filters of mail readers: https://www.rfc-editor.org/rfc/rfc2919 */
function listId(group: string, domain: string): string {
  const labels = group.split("/").map((part) =>
    part.toLowerCase().replace(/[^\w-]/gu, (letter) => `=${letter.codePointAt(0)!.toString(16)}`)
  );
  return `<${labels.join(".").slice(0, WORDS_CHARS)}.fenghuo.${domain}>`;
}
