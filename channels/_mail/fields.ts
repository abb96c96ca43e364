/**
 * The fields of a mail channel's config.
 *
 * @module
 */
import { z } from "../../relay/channel.ts";
import { addressOf, isAscii, personIn } from "./people.ts";

/** An address. */
export const address = z.string().trim().refine((text) => addressOf(text) !== undefined, {
  error: 'must be an address such as "ops@example.com"',
});

/** A configured address, which every server must accept. */
export const ownAddress = address.refine(isAscii, {
  error: "must have ASCII characters before the @ and no others",
});

/** A configured name and address, or the address alone, which every server must accept. */
export const person = z.string().trim().refine((text) => personIn(text) !== undefined, {
  error: 'must be like "ops@example.com" or "Alerts <ops@example.com>"',
}).refine((text) => isAscii(personIn(text)?.address ?? ""), {
  error: "must have an address with ASCII characters before the @ and no others",
});

/** The sender, for a provider that sends only for addresses that it has verified. */
export const from = person.meta({
  title: "From",
  description: "The sender: an address or a domain that is verified at the provider.",
});

/** Recipients in addition to the members of the group. */
export const to = z.union([address, z.array(address)]).default([]).meta({
  title: "To",
  description: "Recipients in addition to the members of the group: an address, or a list of them.",
});

/** The address for replies. */
export const replyTo = person.optional().meta({
  title: "Reply to",
  description: "Where an answer to a mail goes. Default: to the sender.",
});

/** The sender and the recipients, for a provider that accepts a name with an address as the sender. */
export const mailFields = { from, to, reply_to: replyTo };

/** The Chinese of these fields. */
export const MAIL_WORDS: Readonly<Record<string, string>> = {
  "API key": "API 密钥",
  "The sender: an address or a domain that is verified at the provider.":
    "发件人：须是在服务商处验证过的地址或域名",
};
