/**
 * The recipients of a mail, and the parser of an address.
 *
 * @module
 */
import { cut, type Message } from "../../relay/channel.ts";

/** A name, which may be empty, and an address. */
export interface Mailbox {
  readonly name: string;
  readonly address: string;
}

/** The text between the angle brackets of an address, without quoted forms, which are not in use. */
const ADDRESS = /^[^\s@<>,;:"()[\]\\]+@[^\s@<>,;:"()[\]\\]+$/;

/** Our choice: a line of a mail's header may have 998 characters, and a word cannot be broken. */
export const WORDS_CHARS = 200;

/** A recipient of the mail. */
export interface Recipient extends Mailbox {
  /** The recipient's name in the record: the member's id, or the address. */
  readonly id: string;
}

/** An address with its domain in ASCII, as servers expect it; `undefined` if the text is not an address. */
export function addressOf(text: string): string | undefined {
  const trimmed = text.trim();
  if (!ADDRESS.test(trimmed)) return undefined;
  const [local, domain] = trimmed.split("@") as [string, string];
  if (isAscii(domain)) return trimmed;
  const ascii = URL.parse(`https://${domain}/`)?.hostname;
  return ascii === undefined ? undefined : `${local}@${ascii}`;
}

/** Whether every server accepts an address; other addresses need the extension SMTPUTF8. */
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
