import {
  type Cache,
  cut,
  defineChannel,
  delivered,
  type Message,
  refused,
  retry,
  secret,
  type Verdict,
  z,
} from "../relay/channel.ts";
import { type Mail, type Person, type Rejected, sendMail, type Sent, type Server } from "./_smtp.ts";
import { isTemporary, verdictOn, wordsOf } from "./_smtp_answer.ts";

/** What stands between the angle brackets of an address, without the quoted forms that nobody uses. */
const ADDRESS = /^[^\s@<>,;:"()[\]\\]+@[^\s@<>,;:"()[\]\\]+$/;

const address = z.string().trim().regex(ADDRESS, 'must be an address such as "ops@example.com"');

const config = z.object({
  host: z.string().trim().regex(/^[\w.:-]+$/, "must be the name or the address of a server").meta({
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
  from: z.string().trim().refine((text) => senderIn(text) !== undefined, {
    error: 'must be like "ops@example.com" or "Alerts <ops@example.com>"',
  }).meta({
    title: "From",
    description: "The sender. Many servers take only the user's own address.",
  }),
  to: z.union([address, z.array(address)]).default([]).meta({
    title: "To",
    description: "Who gets the mail beside the members of the group: an address, or a list of them.",
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
}).refine(({ user, password }) => (user === undefined) === (password === undefined), {
  path: ["password"],
  error: "is needed with a user, and only then",
});

type Config = z.output<typeof config>;

/** Ours: a line of a mail's header may have 998 characters, and a word cannot be broken. */
const WORDS_CHARS = 200;

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Ours: when others have the mail, one whom the server refuses temporarily is tried again for this long. */
const PATIENCE = HOUR;

export default defineChannel({
  name: "email",
  title: "E-mail",
  docs: "https://nodemailer.com/smtp",
  config,
  limits: { alerts: 50 }, // ours: some readers cut a mail of more than 100 KB
  form: "html",
  lane: ({ host, user = "" }) => `${host.toLowerCase()} ${user}`,
  send: async (config, message, { now, signal, cache }) => {
    const people = recipientsOf(config, message);
    if (people.length === 0) {
      return refused("recipient", "no member of the group has an address, and `to` is empty");
    }
    const earlier = await readProgress(cache, message, now);
    const open = people.filter(({ address }) => !earlier.got.includes(address));
    const mail = mailOf(config, message, { now, people, open });
    const sent = await sendMail(mail, serverOf(config), { signal });
    const verdict = await judge(sent, { config, message, people, open, earlier, cache, now });
    return { ...verdict, because: withoutLogin(verdict.because, config) };
  },
  sample: {
    host: "127.0.0.1",
    port: 1,
    user: "ops@example.com",
    password: "A0/+=&%23 cd",
    from: "告警 \"</script>' <ops@example.com>",
    to: ["ops@example.com", "on-call@example.com"],
    tls: "none",
  },
});

/** Somebody who is to get the mail. */
interface Recipient extends Person {
  /** What the record calls them: the member's id, or the address. */
  readonly id: string;
}

/** The members with an address, then `to`; each address once, whatever its case. */
function recipientsOf({ to }: Config, { recipients }: Message): Recipient[] {
  const members = recipients.map(({ id, name = "", email = "" }) => ({
    id,
    name: cut(name, { chars: WORDS_CHARS }),
    address: email.trim(),
  }));
  const others = [to].flat().map((address) => ({ id: address, name: "", address }));
  const byAddress = new Map<string, Recipient>();
  for (const recipient of [...members, ...others]) {
    const key = recipient.address.toLowerCase();
    if (ADDRESS.test(recipient.address) && !byAddress.has(key)) byAddress.set(key, recipient);
  }
  return [...byAddress.values()];
}

function serverOf({ host, port, user, password, tls, ca }: Config): Server {
  const usual = port === 465 ? "implicit" : user === undefined ? "opportunistic" : "starttls";
  const login = user === undefined || password === undefined ? undefined : { user, password };
  return { host, port, login, tls: tls ?? usual, ca };
}

/** The mail. Its subject says nothing of the status, so that firing and resolved stand in one thread. */
function mailOf(
  { from }: Config,
  message: Message,
  { now, people, open }: { now: number; people: readonly Recipient[]; open: readonly Recipient[] },
): Mail {
  const sender = senderIn(from)!;
  const domain = sender.address.slice(sender.address.lastIndexOf("@") + 1);
  const isUrgent = message.status === "firing" && message.severity === "critical";
  return {
    from: sender,
    to: people,
    envelope: open.map(({ address }) => address),
    subject: cut(message.name || message.title || message.severity, { chars: WORDS_CHARS }),
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
      "X-Fenghuo-Status": message.status, // for the filters of mail readers
      "X-Fenghuo-Severity": message.severity,
      ...isUrgent ? { "Importance": "high", "X-Priority": "1 (Highest)" } : {},
    },
  };
}

/** `Alerts <ops@example.com>`, with or without quotes around the name; or the address alone. */
function senderIn(from: string): Person | undefined {
  const [, name = "", address = from] = /^(.*)<([^<>]+)>$/.exec(from) ?? [];
  return ADDRESS.test(address) ? { name: name.trim().replace(/^"(.*)"$/, "$1"), address } : undefined;
}

/** What may stand in the id of a mail, of which readers take no quoted form. */
function idPart(text: string): string {
  return text.replace(/[^\w.-]+/g, "_") || "_";
}

/** Who has the mail after the attempts so far. */
interface Progress {
  readonly got: readonly string[];
  /** When the first of them got it. */
  readonly since: number;
}

async function readProgress(cache: Cache, { id }: Message, now: number): Promise<Progress> {
  return await cache.get(id) as Progress | undefined ?? { got: [], since: now };
}

async function judge(
  sent: Sent,
  { config, message, people, open, earlier, cache, now }: {
    config: Config;
    message: Message;
    people: readonly Recipient[];
    open: readonly Recipient[];
    earlier: Progress;
    cache: Cache;
    now: number;
  },
): Promise<Verdict> {
  const { rejected } = sent;
  if ("fault" in sent && rejected.length === 0) return verdictOn(sent.fault, config);

  const refusedNow = new Set(rejected.map(({ address }) => address));
  const taken = "fault" in sent ? [] : open.filter(({ address }) => !refusedNow.has(address));
  const got = [...earlier.got, ...taken.map(({ address }) => address)];
  if (got.length === 0) return verdictOnAll(rejected, config);

  const words = "fault" in sent ? "some have it since an earlier attempt" : sent.response;
  const because = [words, ...rejected.map((one) => `not to ${one.address}: ${wordsOf(one.fault)}`)].join(
    "; ",
  );
  if (rejected.some(({ fault }) => isTemporary(fault)) && now - earlier.since < PATIENCE) {
    await cache.set(message.id, { got, since: earlier.since }, { until: now + DAY });
    const { waitMs } = verdictOnAll(rejected, config) as { waitMs?: number };
    return retry(because, { waitMs });
  }
  const failed = people.filter(({ address }) => !got.includes(address)).map(({ id }) => id);
  return delivered(because, failed);
}

/** Nobody was taken. One who may be taken later keeps the mail alive; else it is our fault when it is so for each of them. */
function verdictOnAll(rejected: readonly Rejected[], config: Config): Verdict {
  const verdicts = rejected.map(({ fault }) => verdictOn(fault, config));
  const later = verdicts.find(({ kind }) => kind !== "refused");
  if (later !== undefined) return later;
  const because = rejected.map(({ address, fault }) => `${address}: ${wordsOf(fault)}`).join("; ");
  const kinds = new Set(verdicts.map((verdict) => "what" in verdict ? verdict.what : "recipient"));
  const [only = "recipient"] = kinds;
  return refused(kinds.size === 1 ? only : "recipient", because);
}

/** A server may quote what it was told, and it is told the password in base64. */
function withoutLogin(words: string, { user = "", password }: Config): string {
  if (password === undefined) return words;
  const spellings = [`\0${user}\0${password}`, password].map(base64Of);
  return [...spellings, password].reduce((text, spelling) => text.replaceAll(spelling, "***"), words);
}

function base64Of(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
