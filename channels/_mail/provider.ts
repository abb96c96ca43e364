/**
 * Sends a mail through a provider that takes it over HTTP.
 *
 * @module
 */
import {
  type ChannelRequest,
  type ChannelResponse,
  delivered,
  type Message,
  NoAnswer,
  refused,
  retry,
  retryAlone,
  type Tools,
  type Verdict,
} from "../../relay/channel.ts";
import type { Recipient } from "./people.ts";
import { type WebMail, type WebMailConfig, webMailOf } from "./web_mail.ts";

/** A provider. */
export interface MailProvider<Config extends WebMailConfig> {
  /** The most recipients per request. */
  readonly recipients: number;
  readonly subjectChars?: number;
  /** `id`: the same for each attempt to reach the same recipients. */
  readonly requestOf: (
    config: Config,
    mail: WebMail,
    context: { readonly now: number; readonly id: string },
  ) => ChannelRequest | Promise<ChannelRequest>;
  readonly verdictOn: (response: ChannelResponse, context: { readonly now: number }) => Verdict;
}

/** Our choice, as for e-mail over SMTP: some mail readers cut a mail of more than 100 KB. */
export const LIMITS = { alerts: 200, bodyBytes: 90_000 };

/** Our choice: if one address is refused, an attempt sends several requests. */
export const TIMEOUT = 60_000;

/** Addresses that have the mail, and addresses that are given up. */
interface Progress {
  readonly got: readonly string[];
  readonly never: readonly string[];
}

/** Our choice: a little longer than a delivery is retried. */
const REMEMBERED = 48 * 60 * 60_000;

/**
 * The `send` of a provider's channel. All recipients share a mail. If the provider refuses it, each gets a mail of
 * their own, so that one address that is not accepted does not cost the others the mail.
 */
export function sendThrough<Config extends WebMailConfig>(
  { recipients, subjectChars, requestOf, verdictOn }: MailProvider<Config>,
): (config: Config, message: Message, tools: Tools) => Promise<Verdict> {
  return async (config, message, { fetch, cache, now, signal }) => {
    const mail = webMailOf(config, message, subjectChars);
    if ("kind" in mail) return mail;
    const { got, never } = await cache.get(message.id) as Progress | undefined ?? { got: [], never: [] };
    const open = mail.to.filter(({ address }) => !got.includes(address) && !never.includes(address));

    const sendTo = async (to: readonly Recipient[]): Promise<Verdict> => {
      if (signal.aborted) return retry("no time is left for the others");
      const id = to.length === mail.to.length ? message.id : `${message.id}-${await digestOf(to)}`;
      try {
        return verdictOn(await fetch(await requestOf(config, { ...mail, to }, { now, id })), { now });
      } catch (error) {
        if (error instanceof NoAnswer) return retry(error.message, { handedOver: error.handedOver });
        throw error;
      }
    };
    const verdicts: [Recipient, Verdict][] = [];
    for (let from = 0; from < open.length; from += recipients) {
      const part = open.slice(from, from + recipients);
      const verdict = await sendTo(part);
      const isApart = part.length > 1 && isAboutMail(verdict);
      for (const one of part) verdicts.push([one, isApart ? await sendTo([one]) : verdict]);
    }

    const outcome = outcomeOf(mail.to, verdicts, { got, never });
    if (outcome.kind === "retry" && outcome.alone) {
      await cache.set(message.id, progressOf(verdicts, { got, never }), { until: now + REMEMBERED });
    }
    return outcome;
  };
}

/** Whether a refusal is about the mail or its people, and not about the account. */
function isAboutMail(verdict: Verdict): boolean {
  return verdict.kind === "refused" && verdict.what !== "config";
}

function progressOf(verdicts: readonly (readonly [Recipient, Verdict])[], before: Progress): Progress {
  const addresses = (is: (verdict: Verdict) => boolean): string[] =>
    verdicts.filter(([, verdict]) => is(verdict)).map(([{ address }]) => address);
  return {
    got: [...before.got, ...addresses(({ kind }) => kind === "delivered")],
    never: [...before.never, ...addresses(isAboutMail)],
  };
}

/** The verdict on the mail, from the verdicts on its requests. */
function outcomeOf(
  people: readonly Recipient[],
  verdicts: readonly (readonly [Recipient, Verdict])[],
  before: Progress,
): Verdict {
  const { got, never } = progressOf(verdicts, before);
  const waiting = verdicts.map(([, verdict]) => verdict).find((one) =>
    one.kind !== "delivered" && !isAboutMail(one)
  );
  const [first] = verdicts.map(([, verdict]) => verdict);
  if (first === undefined) return delivered("all have it since an earlier attempt");
  const idsOf = (is: (address: string) => boolean): string[] =>
    people.filter(({ address }) => is(address)).map(({ id }) => id);
  const failed = idsOf((address) => never.includes(address));
  if (got.length === 0) {
    if (waiting !== undefined) return waiting;
    return people.length === 1 ? first : refused(whatOf(verdicts), wordsOf(verdicts), failed);
  }
  const reached = idsOf((address) => got.includes(address));
  const because = wordsOf(verdicts);
  if (waiting === undefined) return delivered(because, { failed, reached });
  const left = idsOf((address) => !got.includes(address) && !never.includes(address));
  return retryAlone(because, {
    reached,
    left,
    failed,
    waitMs: "waitMs" in waiting ? waiting.waitMs : undefined,
  });
}

/** If several people's mails are all refused, the mail itself is wrong. */
function whatOf(verdicts: readonly (readonly [Recipient, Verdict])[]): "payload" | "recipient" {
  return verdicts.every(([, verdict]) => verdict.kind === "refused" && verdict.what === "payload")
    ? "payload"
    : "recipient";
}

/** Each vendor's words once, with the addresses that they concern, unless all have received the mail. */
function wordsOf(verdicts: readonly (readonly [Recipient, Verdict])[]): string {
  const words = new Map<string, string[]>();
  for (const [{ address }, { kind, because }] of verdicts) {
    const key = kind === "delivered" ? because : `${because}: not to`;
    words.set(key, [...words.get(key) ?? [], ...kind === "delivered" ? [] : [address]]);
  }
  return [...words].map(([key, addresses]) => `${key} ${addresses.join(", ")}`.trim()).join("; ");
}

async function digestOf(to: readonly Recipient[]): Promise<string> {
  const bytes = new TextEncoder().encode(to.map(({ address }) => address).join(","));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex().slice(0, 12);
}
