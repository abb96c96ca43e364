import {
  type Cache,
  defineChannel,
  delivered,
  type Message,
  type Network,
  refused,
  retry,
  retryAlone,
  secret,
  type Tools,
  type Verdict,
  z,
} from "../relay/channel.ts";
import { ownAddress, person, replyTo, to } from "./_mail/fields.ts";
import { addressOf, domainOf, isAscii, peopleOf, personIn, type Recipient } from "./_mail/people.ts";
import { mailOf, type Sender } from "./_smtp/mail.ts";
import { type MailServer, type Rejected, sendMail, type Sent } from "./_smtp/smtp.ts";
import {
  isAboutUs,
  isLate,
  onRecipient,
  refusalOf,
  type SmtpFault,
  verdictOn,
  wordsOf,
} from "./_smtp/answer.ts";
import { REMEDIES } from "./_smtp/remedies.ts";

/** An address of IPv6 has colons, too, but not one alone. */
function hasNoPort(host: string): boolean {
  return !/^[^:]*:\d+$/.test(host);
}

const config = z.object({
  host: z.string().trim().regex(/^[\w.:-]+$/, "must be the name or the address of a server").refine(
    hasNoPort,
    {
      error: "must be the name or the address of a server, without its port: that is a setting of its own",
    },
  ).meta({
    title: "Server",
    description: "The mail server that takes the mail, such as smtp.example.com.",
  }),
  port: z.coerce.number().int().min(1).max(65_535).default(465).meta({
    title: "Port",
    description: "465 for TLS from the start, 587 for STARTTLS; often 2525 where the platform blocks both.",
  }),
  user: z.string().min(1).optional().meta({
    title: "User",
    description: "To log in with; often the sender's address.",
  }),
  password: secret("Password", {
    optional: true,
    description: "Of the user. Many providers want a password made for applications.",
  }),
  from: person.meta({
    title: "From",
    description: "The sender. Many servers take only the user's own address.",
  }),
  to,
  reply_to: replyTo,
  bounces_to: ownAddress.optional().meta({
    title: "Bounces to",
    description: "Where servers say that a mail could not be delivered. Default: to the sender.",
  }),
  tls: z.enum(["implicit", "starttls", "opportunistic", "none"]).optional().meta({
    title: "Encryption",
    description:
      "implicit: from the start; the default on port 465. starttls: required; the default elsewhere " +
      "with a user. opportunistic: where the server offers it, whoever it is; the default without a user. none: never.",
  }),
  ca: z.string().includes("-----BEGIN CERTIFICATE-----", { error: "must be a certificate in PEM" }).optional()
    .meta({
      title: "Certificate authority",
      description: "In PEM: for a server whose certificate no public authority has signed.",
      multiline: true,
    }),
  hello: z.string().trim().regex(
    /^(\[[\w.:]+\]|[\w.-]+)$/,
    'must be like "relay.example.com" or "[192.0.2.1]"',
  )
    .optional().meta({
      title: "Hello",
      description: "The name by which the relay greets the server. Default: the domain of the sender.",
    }),
}).refine(({ user, password }) => (user === undefined) === (password === undefined), {
  path: ["password"],
  error: "is needed with a user, and only then",
});

type Config = z.output<typeof config>;

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/**
 * Our choice: if the server has a mail and does not answer in time, it is not sent again for this long, so that a
 * slow filter gets few copies of it.
 */
const FATE_UNKNOWN = 15 * MINUTE;

/** Our choice: a little longer than a delivery is retried. */
const REMEMBERED = 2 * DAY;

export default defineChannel({
  name: "email",
  title: "E-mail",
  docs: "https://nodemailer.com/smtp",
  config,
  limits: { alerts: 200, bodyBytes: 90_000 }, // our choice: some readers cut a mail of more than 100 KB
  form: "html",
  timeout: 5 * MINUTE, // our choice: as long as RFC 5321 gives a command; see `_smtp/steps.ts`
  lane: ({ host, port, user = "" }) => `${host.toLowerCase()}:${port} ${user}`,
  send: async (config, message, tools) => {
    const people = peopleOf([config.to].flat(), message);
    if (people.length === 0) {
      return refused("recipient", "no member of the group has an address, and `to` is empty");
    }
    if (tools.network?.proxy?.startsWith("socks")) {
      return refused("config", "a mail goes through no SOCKS proxy: name an HTTP proxy that allows CONNECT");
    }
    const verdict = await sendTo(people, config, message, tools);
    return { ...verdict, because: withoutLogin(verdict.because, config) };
  },
  remedies: REMEDIES,
  sample: {
    host: "127.0.0.1",
    port: 1,
    user: "ops@example.com",
    password: "A0/+=&%23 cd",
    from: "告警 \"</script>' <ops@example.com>",
    to: ["ops@example.com", "on-call@example.com"],
    reply_to: "值班 <on-call@example.com>",
    bounces_to: "bounces@example.com",
    tls: "none",
    hello: "relay.example.com",
  },
});

function serverOf(
  { host, port, user, password, tls, ca, hello, from }: Config,
  network: Network = {},
): MailServer {
  const usual = port === 465 ? "implicit" : user === undefined ? "opportunistic" : "starttls";
  const login = user === undefined || password === undefined ? undefined : { user, password };
  return {
    host,
    port,
    login,
    tls: tls ?? usual,
    ...network,
    ca: ca ?? network.ca,
    hello: hello ?? domainOf(personIn(from)!.address),
  };
}

function senderOf({ from, reply_to, bounces_to }: Config): Sender {
  const sender = personIn(from)!;
  return {
    from: sender,
    replyTo: reply_to === undefined ? undefined : personIn(reply_to),
    bouncesTo: addressOf(bounces_to ?? "") ?? sender.address,
  };
}

/** The outcome of the attempts so far: addresses that have the mail, and addresses that are given up. */
interface Progress {
  readonly got: readonly string[];
  readonly never?: readonly string[];
}

async function sendTo(
  people: readonly Recipient[],
  config: Config,
  message: Message,
  { now, signal, cache, kept, network }: Tools,
): Promise<Verdict> {
  const { got, never = [] } = await readProgress(cache, message);
  const open = people.filter(({ address }) => !got.includes(address) && !never.includes(address));
  const server = serverOf(config, network);
  const rejected: Rejected[] = [];
  const taken: string[] = [];
  let words = "some have it since an earlier attempt";
  for (const apart of apartOf(open)) {
    // An address that not every server accepts is in the header of its own mail only: it could get the mail to the others refused.
    const shown = people.filter(({ address }) =>
      isAscii(address) || apart.some((one) => one.address === address)
    );
    const mail = mailOf(senderOf(config), message, { now, shown, open: apart });
    const sent = await sendMail(mail, server, { signal, kept });
    const refusedTo = refusedIn(sent, apart, taken.length + got.length > 0);
    if (!refusedTo) return onFault(sent as Extract<Sent, { fault: unknown }>, server);
    rejected.push(...refusedTo);
    const refusedNow = new Set(refusedTo.map(({ address }) => address));
    taken.push(...apart.map(({ address }) => address).filter((address) => !refusedNow.has(address)));
    if ("response" in sent) words = sent.response;
  }
  return await judge({
    words,
    rejected,
    got: [...got, ...taken],
    never,
    server,
    people,
    cache,
    message,
    now,
  });
}

/** The recipients whose address every server accepts share a mail; each of the others gets a mail of their own. */
function apartOf(open: readonly Recipient[]): Recipient[][] {
  const plain = open.filter(({ address }) => isAscii(address));
  const others = open.filter(({ address }) => !isAscii(address));
  return [...plain.length > 0 ? [plain] : [], ...others.map((one) => [one])];
}

/**
 * The recipients that the server refused; `undefined` if the whole mail failed for another reason. Once others have the
 * mail, the failure of a separate mail is attributed to its recipient.
 */
function refusedIn(
  sent: Sent,
  to: readonly Recipient[],
  othersHaveIt: boolean,
): readonly Rejected[] | undefined {
  if ("response" in sent || sent.rejected.length > 0) return sent.rejected;
  return othersHaveIt && to.length === 1 && !isAscii(to[0]!.address)
    ? to.map(({ address }) => ({ address, fault: sent.fault }))
    : undefined;
}

function onFault({ fault, mayHaveIt }: Extract<Sent, { fault: unknown }>, server: MailServer): Verdict {
  const verdict = verdictOn(fault, server);
  if (!mayHaveIt || verdict.kind !== "retry") return verdict;
  return retry(verdict.because, { handedOver: true, waitMs: isLate(fault) ? FATE_UNKNOWN : undefined });
}

async function readProgress(cache: Cache, { id }: Message): Promise<Progress> {
  return await cache.get(id) as Progress | undefined ?? { got: [] };
}

/** The verdict on a mail that the server accepted for some of its recipients, or for none. */
async function judge(
  { words, rejected, got, never, server, people, cache, message, now }: {
    words: string;
    rejected: readonly Rejected[];
    got: readonly string[];
    never: readonly string[];
    server: MailServer;
    people: readonly Recipient[];
    cache: Cache;
    message: Message;
    now: number;
  },
): Promise<Verdict> {
  const [first] = rejected;
  const nobody = got.length === 0;
  if (first && nobody && isOurFault(rejected)) return verdictOn(first.fault, server);

  const later = rejected.filter(({ fault }) => onRecipient(fault) !== "never" || nobody && isAboutUs(fault));
  const gone = rejected.filter((one) => !later.includes(one));
  const refusals = rejected.map(({ address, fault }) => `${address}: ${wordsOf(fault)}`);
  const because = nobody
    ? refusals.join("; ")
    : [words, ...refusals.map((one) => `not to ${one}`)].join("; ");
  const idsOf = (addresses: readonly string[]): string[] =>
    people.filter(({ address }) => addresses.includes(address)).map(({ id }) => id);
  const left = idsOf(later.map(({ address }) => address));
  const reached = idsOf(got);
  const failed = people.map(({ id }) => id).filter((id) => !left.includes(id) && !reached.includes(id));
  if (left.length > 0) {
    // If it reached no recipient, every address is tried again: a person may resend it after fixing the cause.
    const kept: Progress = { got, never: nobody ? [] : [...never, ...gone.map(({ address }) => address)] };
    await cache.set(message.id, kept, { until: now + REMEMBERED });
    return retryAlone(because, { waitMs: waitOf(later), reached, left, failed });
  }
  return nobody ? refused("recipient", because, failed) : delivered(because, { failed, reached });
}

/** Whether the server refuses us: it refuses all recipients in the same words, which name none of them. */
function isOurFault(rejected: readonly Rejected[]): boolean {
  const isAbout = rejected.every(({ fault }) => isAboutUs(fault));
  const alike = new Set(rejected.map(({ address, fault }) => refusalOf(fault, address))).size === 1;
  const hasVerdict = rejected.length > 1 || isWait(rejected[0]!.fault);
  return isAbout && alike && hasVerdict;
}

/** Whether the server names a limit on us. The wait is short, so that one refused recipient is enough evidence. */
function isWait(fault: SmtpFault): boolean {
  return verdictOn(fault, { port: 0 }).kind === "throttled";
}

function waitOf(later: readonly Rejected[]): number | undefined {
  const waits = later.map(({ fault }) => onRecipient(fault))
    .map((when) => when === "never" ? 5 * MINUTE : when.waitMs ?? 0);
  const longest = Math.max(0, ...waits);
  return longest === 0 ? undefined : longest;
}

/** A server may quote its input, which includes the password in base64. */
function withoutLogin(words: string, { user = "", password }: Config): string {
  if (password === undefined) return words;
  const spellings = [`\0${user}\0${password}`, password].map(base64Of);
  return [...spellings, password].reduce((text, spelling) => text.replaceAll(spelling, "***"), words);
}

function base64Of(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
