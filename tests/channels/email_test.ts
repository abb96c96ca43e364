import assert from "node:assert/strict";
import { faultOf, type SmtpFault, verdictOn } from "../../channels/_smtp/answer.ts";
import email from "../../channels/email.ts";
import { closeAll } from "../../relay/delivery/vendor_call.ts";
import type { Cache, Member, Message, Tools, Verdict } from "../../relay/channel.ts";
import { breakingTls, selfSigned, type Smtp, type SmtpBehaviour, startSmtp } from "../kit/smtp.ts";
import { alert, HOSTILE, message, NOW } from "./_message.ts";
import { HOUR, MINUTE } from "../../relay/base/duration.ts";

const certificate = await selfSigned();

const LI: Member = { id: "li.lei", name: "李雷", email: "li.lei@example.com" };
const HAN: Member = { id: "han.mei", email: "han.mei@example.com" };
const GHOST: Member = { id: "ghost", email: "ghost@example.com" };

/** The tools of a channel, with a cache that lasts as long as the test. */
function tools({ now = NOW, signal = AbortSignal.any([]), cached = new Map<string, unknown>() } = {}): Tools {
  const cache: Cache = {
    get: (key) => Promise.resolve(cached.get(key)),
    set: (key, value) => Promise.resolve(void cached.set(key, structuredClone(value))),
    delete: (key) => Promise.resolve(void cached.delete(key)),
  };
  return { now, signal, cache, kept: new Map(), fetch: () => assert.fail("mail is sent over SMTP") };
}

/** Send a message as the relay does, and hang up after it unless `stay`. */
async function send(
  { port }: Pick<Smtp, "port">,
  own: Partial<Message> = {},
  { given = tools(), stay = false, ...input }: Record<string, unknown> & { given?: Tools; stay?: boolean } =
    {},
): Promise<Verdict> {
  const config = email.config.parse({ host: "localhost", port, from: "ops@example.com", ...input });
  const text = message({ recipients: [LI, HAN], html: "<p>hello</p>", ...own });
  const verdict = await email.send!(config, text, given);
  if (!stay) await closeAll(given.kept);
  return verdict;
}

Deno.test("a mail has a text and a page, and says who it is from and for", async () => {
  await using smtp = await startSmtp();
  const verdict = await send(smtp, { name: "磁盘已满", body: "告警中\n.\n..end", html: "<p>已满</p>" }, {
    from: "烽火 <ops@example.com>",
  });
  assert.deepEqual(verdict, { kind: "delivered", because: "250 2.0.0 Ok: queued as 4B7C" });
  const [{ from, to, mail, raw } = assert.fail()] = smtp.mails;
  assert.deepEqual([from, to], ["ops@example.com", ["li.lei@example.com", "han.mei@example.com"]]);
  assert.equal(mail.subject, "磁盘已满");
  assert.deepEqual(mail.from?.value, [{ name: "烽火", address: "ops@example.com" }]);
  assert.deepEqual([mail.to].flat()[0]?.value, [
    { name: "李雷", address: "li.lei@example.com" },
    { name: "", address: "han.mei@example.com" },
  ]);
  assert.equal(mail.text?.trim(), "告警中\n.\n..end");
  assert.equal(typeof mail.html === "string" && mail.html.trim(), "<p>已满</p>");
  assert.equal(mail.date?.getTime(), NOW);
  assert.equal(mail.headers.get("auto-submitted"), "auto-generated");
  assert.equal(mail.headers.get("x-fenghuo-status"), "firing");
  assert.equal(mail.headers.get("x-fenghuo-severity"), "critical");
  assert.match(raw, /text\/plain[\s\S]*text\/html/, "the text comes first");
});

Deno.test("without a page the mail is text alone", async () => {
  await using smtp = await startSmtp();
  await send(smtp, { recipients: [LI], plain: true, html: undefined! });
  assert.equal(smtp.mails[0]?.mail.html, false);
  assert.match(smtp.mails[0]?.raw ?? "", /^Content-Type: text\/plain/m);
});

Deno.test("firing and resolved share a thread and a subject, and each attempt an id", async () => {
  await using smtp = await startSmtp();
  const firing = { id: "01A-000-0", thread: "g/1 ü", status: "firing" } as const;
  await send(smtp, firing);
  await send(smtp, firing);
  await send(smtp, { ...firing, id: "01B-000-0", status: "resolved", title: "[Resolved] DiskFull" });
  await send(smtp, { id: "01C-000-0", thread: "other" });
  const seen = smtp.mails.map(({ mail }) => [mail.messageId, mail.inReplyTo, mail.references, mail.subject]);
  const thread = "<thread-g_1_@example.com>";
  assert.deepEqual(seen, [
    ["<01A-000-0@example.com>", thread, thread, "DiskFull"],
    ["<01A-000-0@example.com>", thread, thread, "DiskFull"],
    ["<01B-000-0@example.com>", thread, thread, "DiskFull"],
    ["<01C-000-0@example.com>", "<thread-other@example.com>", "<thread-other@example.com>", "DiskFull"],
  ]);
});

Deno.test("only what is critical and fires is urgent", async () => {
  await using smtp = await startSmtp();
  await send(smtp, {});
  await send(smtp, { status: "resolved" });
  await send(smtp, { severity: "warning" });
  assert.deepEqual(smtp.mails.map(({ raw }) => /^Importance: high\r$/m.test(raw)), [true, false, false]);
});

Deno.test("members and `to` get the mail, each address once", async () => {
  await using smtp = await startSmtp();
  const nobody: Member[] = [{ id: "a" }, { id: "b", email: "" }, {
    id: "c",
    email: "c@example.com\r\nBcc: x@y",
  }];
  await send(smtp, { recipients: [LI, ...nobody] }, { to: "LI.LEI@example.com" });
  await send(smtp, { recipients: [LI] }, {
    to: ["ops@example.com", "li.lei@example.com", "ops@example.com"],
  });
  assert.deepEqual(smtp.mails.map(({ to }) => to), [
    ["li.lei@example.com"],
    ["li.lei@example.com", "ops@example.com"],
  ]);
});

Deno.test("a mail for nobody is refused, and no server is asked", async () => {
  assert.deepEqual(await send({ port: 1 }, { recipients: [{ id: "a" }] }), {
    kind: "refused",
    what: "recipient",
    because: "no member of the group has an address, and `to` is empty",
  });
});

const LOGIN = { user: "ops", password: "A0/+=&%23 密" };

Deno.test("each kind of encryption is as strict as its name", async (t) => {
  const { cert: ca } = certificate;
  const encrypted = { certificate };
  const table: [why: string, server: SmtpBehaviour, input: object, kind: string, isEncrypted?: boolean][] = [
    [
      "implicit with its authority",
      { ...encrypted, secure: true },
      { tls: "implicit", ca },
      "delivered",
      true,
    ],
    [
      "implicit with a login",
      { ...encrypted, secure: true, login: LOGIN },
      { tls: "implicit", ca, ...LOGIN },
      "delivered",
      true,
    ],
    ["implicit without its authority", { ...encrypted, secure: true }, { tls: "implicit" }, "refused config"],
    ["implicit where there is no TLS", encrypted, { tls: "implicit", ca }, "refused config"],
    ["starttls with its authority", encrypted, { tls: "starttls", ca }, "delivered", true],
    [
      "starttls with a login",
      { ...encrypted, login: LOGIN },
      { tls: "starttls", ca, ...LOGIN },
      "delivered",
      true,
    ],
    ["starttls by default with a user", { ...encrypted, login: LOGIN }, { ca, ...LOGIN }, "delivered", true],
    ["starttls without its authority", encrypted, { tls: "starttls" }, "refused config"],
    ["starttls that is not offered", { hides: ["STARTTLS"] }, { tls: "starttls" }, "refused config"],
    ["a user where STARTTLS is not offered", { hides: ["STARTTLS"], login: LOGIN }, LOGIN, "refused config"],
    ["opportunistic, whoever it is", encrypted, { tls: "opportunistic" }, "delivered", true],
    ["opportunistic by default without a user", encrypted, {}, "delivered", true],
    [
      "opportunistic where it is not offered",
      { hides: ["STARTTLS"] },
      { tls: "opportunistic" },
      "delivered",
      false,
    ],
    ["opportunistic with another authority", encrypted, {
      tls: "opportunistic",
      ca: (await selfSigned()).cert,
    }, "refused config"],
    ["none", encrypted, { tls: "none" }, "delivered", false],
    ["none with a login", { login: LOGIN }, { tls: "none", ...LOGIN }, "delivered", false],
  ];
  for (const [why, server, input, kind, isEncrypted] of table) {
    await t.step(why, async () => {
      await using smtp = await startSmtp(server);
      const verdict = await send(smtp, {}, { ...input });
      const what = "what" in verdict ? ` ${verdict.what}` : "";
      assert.equal(verdict.kind + what, kind, verdict.because);
      assert.equal(smtp.mails[0]?.isEncrypted, isEncrypted);
      if (server.login && kind === "delivered") assert.equal(smtp.mails[0]?.user, "ops");
    });
  }
});

Deno.test("a wrong password pauses the lane, and is nowhere to be read", async (t) => {
  const password = "hunter2/+=";
  const quoted = btoa(`\0ops\0${password}`);
  for (
    const words of [
      "535 5.7.8 Authentication failed",
      `535 5.7.8 no: ${password}`,
      `535 5.7.8 no: ${quoted} ${btoa(password)}`,
    ]
  ) {
    await t.step(words, async () => {
      await using smtp = await startSmtp({ login: LOGIN, refuseLogin: words });
      const verdict = await send(smtp, {}, { user: "ops", password, tls: "none" });
      assert.equal("what" in verdict && verdict.what, "config");
      assert.match(verdict.because, /^535 5\.7\.8 /);
      for (const secret of [password, quoted, btoa(password)]) assert.ok(!verdict.because.includes(secret));
    });
  }
});

Deno.test("a server that wants a login which nobody gave says so", async () => {
  await using smtp = await startSmtp({ login: LOGIN });
  const verdict = await send(smtp, {}, { tls: "none" });
  assert.equal(verdict.kind === "refused" && verdict.what, "config");
  assert.match(verdict.because, /^530 /);
});

Deno.test("one bad recipient does not stop the others, and is named", async () => {
  await using smtp = await startSmtp({ refuse: { "ghost@example.com": "550 5.1.1 User unknown" } });
  assert.deepEqual(await send(smtp, { recipients: [LI, GHOST, HAN] }), {
    kind: "delivered",
    because: "250 2.0.0 Ok: queued as 4B7C; not to ghost@example.com: 550 5.1.1 User unknown",
    failed: ["ghost"],
    reached: ["li.lei", "han.mei"],
  });
  assert.deepEqual(smtp.mails[0]?.to, ["li.lei@example.com", "han.mei@example.com"]);
});

Deno.test("one who is not taken for now gets the mail later, and nobody else twice", async () => {
  const greylisted = { "han.mei@example.com": "450 4.7.1 Greylisted, come back later" };
  await using smtp = await startSmtp({
    refuse: { ...greylisted, "ghost@example.com": "550 5.1.1 User unknown" },
  });
  const cached = new Map<string, unknown>();
  const own = { recipients: [LI, HAN, GHOST] };
  const first = await send(smtp, own, { given: tools({ cached }) });
  assert.deepEqual([first.kind, "waitMs" in first && first.waitMs], ["retry", 5 * MINUTE]);
  assert.match(first.because, /not to han\.mei@example\.com: 450 4\.7\.1/);
  smtp.become({ refuse: { "ghost@example.com": "550 5.1.1 User unknown" } });
  const second = await send(smtp, own, { given: tools({ cached, now: NOW + 5 * MINUTE }) });
  assert.deepEqual([second.kind, "failed" in second && second.failed], ["delivered", ["ghost"]]);
  assert.deepEqual(smtp.mails.map(({ to }) => to), [["li.lei@example.com"], ["han.mei@example.com"]]);
  assert.equal(smtp.mails[0]?.mail.messageId, smtp.mails[1]?.mail.messageId);
});

Deno.test("where nobody has the mail all are asked again, those who were refused for good as well", async () => {
  await using smtp = await startSmtp({
    refuse: {
      "han.mei@example.com": "450 4.2.0 Mailbox busy",
      "li.lei@example.com": "550 5.1.1 User unknown",
    },
  });
  const cached = new Map<string, unknown>();
  const first = await send(smtp, {}, { given: tools({ cached }) });
  assert.deepEqual("alone" in first && first.alone, { reached: [], left: ["han.mei"], failed: ["li.lei"] });
  smtp.become({});
  assert.equal((await send(smtp, {}, { given: tools({ cached, now: NOW + HOUR }) })).kind, "delivered");
  assert.deepEqual(smtp.mails.map(({ to }) => to), [["li.lei@example.com", "han.mei@example.com"]]);
});

Deno.test("one who is not taken for now says nothing of the vendor, and the record says who has it", async () => {
  await using smtp = await startSmtp({ refuse: { "han.mei@example.com": "450 4.7.1 Greylisted" } });
  const cached = new Map<string, unknown>();
  for (const now of [NOW, NOW + HOUR]) {
    const verdict = await send(smtp, {}, { given: tools({ cached, now }) });
    assert.deepEqual("alone" in verdict && verdict.alone, {
      reached: ["li.lei"],
      left: ["han.mei"],
      failed: [],
    });
  }
  assert.equal(smtp.mails.length, 1);
});

/** The step at which the server refuses, its answer, and the result. */
const ANSWERS: readonly [at: keyof SmtpBehaviour | "all", words: string, verdict: string][] = [
  ["refuseConnection", "421 4.3.2 Too many connections", "throttled"],
  ["refuseConnection", "421 4.7.0 mail.example.com Error: too many connections from 192.0.2.1", "throttled"],
  ["refuseConnection", "421 Too many concurrent SMTP connections; please try again later.", "throttled"],
  ["refuseConnection", "421 4.4.5 Server busy", "retry"],
  ["refuseConnection", "554 5.7.1 Your address is listed", "refused config"],
  ["refuseSender", "451 4.3.0 Try again later", "retry"],
  ["refuseSender", "452 4.3.1 Insufficient storage", "retry"],
  ["refuseSender", "436 MAIL FROM doesn't conform with authentication", "refused config"],
  ["refuseSender", "454 4.7.0 Throttling failure: maximum sending rate exceeded", "throttled"],
  ["refuseSender", "553 5.1.8 Sender address rejected", "refused config"],
  ["refuseSender", "550 5.1.7 Bad sender", "refused config"],
  ["refuseSender", "553 Mail from must equal authorized user", "refused config"],
  ["refuseSender", "450 4.7.1 Error: too much mail from 192.0.2.1", "throttled"],
  ["refuseSender", "450 Sender rate overlimit - 101.5 / 1h", "throttled"],
  ["refuseSender", "432 4.3.2 Concurrent connections limit exceeded", "throttled"],
  [
    "refuseLogin",
    "535 Login fail. Account is abnormal, service is not open, password is incorrect, login frequency limited, or system is busy.",
    "refused config",
  ],
  ["refuseLogin", "535 5.7.8 Error: authentication failed: system busy", "refused config"],
  ["refuseLogin", "550 User has no permission", "refused config"],
  ["refuseLogin", "526 Authentication failure[0]", "refused config"],
  ["refuseLogin", "432 4.7.12 A password transition is needed", "refused config"],
  ["refuseLogin", "454 4.7.0 Temporary authentication failure", "retry"],
  ["refuseLogin", "454 4.7.0 Too many login attempts, please try again later", "throttled"],
  ["all", "450 4.2.0 Mailbox busy", "alone"],
  [
    "all",
    "450 4.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages",
    "alone 60000",
  ],
  ["all", "450 4.7.1 Greylisted", "alone 300000"],
  ["all", "450 4.7.1 Recipient address rejected: Greylisted for 5 minutes", "alone 300000"],
  ["all", "451 4.7.0 Temporarily deferred", "alone 300000"],
  ["all", "451 4.3.0 Temporary lookup failure", "retry"],
  ["all", "450 4.7.1 Error: too many recipients from 192.0.2.1", "throttled"],
  ["all", "452 4.2.2 Mailbox full", "alone"],
  ["all", "452 4.5.3 Error: too many recipients", "alone"],
  ["all", "550 5.1.1 User unknown", "refused recipient"],
  ["all", "550 No such user here", "refused recipient"],
  ["all", "551 User not local", "refused recipient"],
  ["all", "552 5.2.2 Mailbox full", "refused recipient"],
  ["all", "553 Mailbox name not allowed", "refused recipient"],
  ["all", "559 Invalid rcptto", "refused recipient"],
  ["all", "554 5.7.1 Relay access denied", "refused config"],
  ["all", "550 5.7.1 Unable to relay", "refused config"],
  ["all", "550 relaying denied", "refused config"],
  ["all", "554 5.7.1 Client host blocked using zen.spamhaus.org", "refused config"],
  ["all", "550 5.7.1 Recipient address rejected: Access denied", "refused recipient"],
  ["refuseMail", "421 4.4.2 Timeout", "retry"],
  ["refuseMail", "451 4.3.0 Error: queue file write error", "retry"],
  ["refuseMail", "451 4.7.1 Greylisting in action", "alone 300000"],
  ["refuseMail", "552 5.3.4 Message too big", "refused payload"],
  ["refuseMail", "552 Message size exceeds fixed limit", "refused payload"],
  ["refuseMail", "554 Transaction failed", "refused payload"],
  ["refuseMail", "554 5.7.1 Message rejected as spam", "refused payload"],
  ["refuseMail", "554 DT:SPM 163 smtp", "refused payload"],
  ["refuseMail", "550 5.7.26 This mail is unauthenticated", "refused config"],
  ["refuseMail", "550 5.1.1 User unknown", "refused recipient"],
];

Deno.test("each refusal of a server has its verdict, with the server's words", async (t) => {
  for (const [at, words, expected] of ANSWERS) {
    await t.step(`${at}: ${words}`, async () => {
      const refuse = { [LI.email!]: words, [HAN.email!]: words };
      const isLogin = at === "refuseLogin";
      await using smtp = await startSmtp({
        ...at === "all" ? { refuse } : { [at]: words },
        ...isLogin ? { login: LOGIN } : {},
      });
      const verdict = await send(smtp, {}, isLogin ? { ...LOGIN, tls: "none" } : {});
      const kind = "alone" in verdict && verdict.alone ? "alone" : verdict.kind;
      const more = "what" in verdict ? verdict.what : verdict.kind === "retry" ? verdict.waitMs : undefined;
      assert.equal(
        [kind, more].filter((part) => part !== undefined).join(" "),
        expected,
        verdict.because,
      );
      assert.ok(verdict.because.includes(words), verdict.because);
      assert.equal(smtp.mails.length, 0);
    });
  }
});

Deno.test("a mail larger than the server says it takes is refused for its size", async () => {
  await using smtp = await startSmtp({ size: 1_000 });
  const verdict = await send(smtp, { body: "x".repeat(5_000) });
  assert.equal(verdict.kind === "refused" && verdict.what, "payload", verdict.because);
});

Deno.test("a server that keeps silent is given up when the time is up", async (t) => {
  for (const hang of ["greeting", "data"] as const) {
    await t.step(hang, async () => {
      await using smtp = await startSmtp({ hang });
      const patience = new AbortController();
      const sending = send(smtp, {}, { given: tools({ signal: patience.signal }) });
      await smtp.read;
      patience.abort();
      const expected: Verdict = hang === "data"
        ? {
          kind: "retry",
          because: "no answer: the server took too long over the end of the mail",
          handedOver: true,
          waitMs: 15 * MINUTE,
        }
        : {
          kind: "retry",
          because:
            "no answer: the server took too long over the greeting: it may expect TLS from the start; set tls: implicit",
        };
      assert.deepEqual(await sending, expected);
    });
  }
});

Deno.test("a port where nobody listens is tried again", async () => {
  const closed = await startSmtp();
  await closed[Symbol.asyncDispose]();
  const verdict = await send(closed);
  assert.equal(verdict.kind, "retry");
  assert.match(verdict.because, /^no answer: .*refused/i);
});

Deno.test("a host of several addresses, none of which answers, is told with what became of each", () => {
  const tries = ["::1", "127.0.0.1"].map((host) => new Error(`connect ECONNREFUSED ${host}:465`));
  const error = Object.assign(new AggregateError(tries), { code: "ESOCKET", originalCode: "ECONNREFUSED" });
  assert.equal(
    verdictOn(faultOf(error), { port: 465 }).because,
    "no answer: connect ECONNREFUSED ::1:465; connect ECONNREFUSED 127.0.0.1:465: the platform may block SMTP; try port 2525",
  );
  assert.equal(faultOf("text").message, "text");
});

Deno.test("what goes wrong without an answer is sorted by its cause, with a hint where platforms block mail", () => {
  const HINT = ": the platform may block SMTP; try port 2525";
  const table: [fault: SmtpFault, port: number, kind: string, because: string][] = [
    [
      { code: "ETIMEDOUT", message: "Connection timeout" },
      465,
      "retry",
      `no answer: Connection timeout${HINT}`,
    ],
    [{ code: "ETIMEDOUT", message: "Connection timeout" }, 2525, "retry", "no answer: Connection timeout"],
    [
      { code: "ESOCKET", originalCode: "ECONNREFUSED", message: "connect ECONNREFUSED 10.0.0.1:25" },
      25,
      "retry",
      `no answer: connect ECONNREFUSED 10.0.0.1:25${HINT}`,
    ],
    [
      { code: "ETIMEDOUT", message: "Greeting never received" },
      587,
      "retry",
      "no answer: Greeting never received: it may expect TLS from the start; set tls: implicit",
    ],
    [
      { code: "EDNS", message: "getaddrinfo ENOTFOUND x" },
      465,
      "retry",
      "no answer: getaddrinfo ENOTFOUND x",
    ],
    [
      { code: "ECONNECTION", message: "Connection closed unexpectedly" },
      465,
      "retry",
      "no answer: Connection closed unexpectedly",
    ],
    [
      { code: "ETLS", message: "Connection closed unexpectedly" },
      587,
      "retry",
      "no answer: Connection closed unexpectedly",
    ],
    [
      { code: "ETLS", message: "Error initiating TLS" },
      587,
      "config",
      "TLS: Error initiating TLS: where the network is trusted, set tls: none",
    ],
    [
      { code: "ESOCKET", message: "self-signed certificate" },
      465,
      "config",
      "TLS: self-signed certificate: set ca to the authority that signed it",
    ],
    [
      { code: "ESOCKET", originalCode: "CERT_HAS_EXPIRED", message: "expired" },
      465,
      "config",
      "TLS: expired",
    ],
    [
      { code: "EAUTH", message: 'Missing credentials for "PLAIN"' },
      465,
      "config",
      'Missing credentials for "PLAIN"',
    ],
    [
      { code: "EMESSAGE", message: "Message size larger than allowed 10" },
      465,
      "payload",
      "Message size larger than allowed 10",
    ],
  ];
  for (const [fault, port, kind, because] of table) {
    const verdict = verdictOn(fault, { port });
    assert.deepEqual(["what" in verdict ? verdict.what : verdict.kind, verdict.because], [kind, because]);
  }
});

Deno.test("hostile texts reach the reader as text, and make no header", async (t) => {
  const texts = {
    ...HOSTILE,
    "64 KiB": "a".repeat(65_536),
    injection: "x\r\nBcc: evil@example.com\r\n\r\nbody",
  };
  await using smtp = await startSmtp();
  for (const [why, text] of Object.entries(texts)) {
    await t.step(why, async () => {
      const verdict = await send(smtp, {
        id: text.slice(0, 50),
        thread: text.slice(0, 50),
        name: text,
        body: text,
        html: `<p>${text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</p>`,
        recipients: [{ ...LI, name: text.slice(0, 1_000) }],
      }, { from: "告警 \"</script>' <ops@example.com>" });
      assert.equal(verdict.kind, "delivered", verdict.because);
      const { mail, to, raw } = smtp.mails.at(-1)!;
      assert.deepEqual(to, ["li.lei@example.com"]);
      assert.deepEqual([mail.cc, mail.bcc], [undefined, undefined]);
      assert.equal(mail.from?.value[0]?.address, "ops@example.com");
      assert.equal([mail.to].flat()[0]?.value.length, 1);
      assert.ok(
        raw.split("\r\n").every((line) => line.length <= 998 && !/[\r\n]/.test(line)),
        "lines as mail has them",
      );
      const headers = raw.slice(0, raw.indexOf("\r\n\r\n"));
      assert.doesNotMatch(headers, /^(bcc|evil)/im);
      // deno-lint-ignore no-control-regex -- headers are ASCII
      assert.match(headers, /^[\x09\x0a\x0d\x20-\x7e]*$/);
    });
  }
});

Deno.test("destinations with one server, port and user share a lane", () => {
  const lane = (input: object): string =>
    email.lane!(email.config.parse({ host: "smtp.example.com", from: "a@example.com", ...input }));
  const login = { user: "ops", password: "p" };
  assert.equal(
    lane(login),
    lane({ ...login, host: "SMTP.example.com", from: "b@example.com", to: "c@example.com" }),
  );
  assert.notEqual(lane(login), lane({}));
  assert.notEqual(lane({}), lane({ host: "smtp.example.org" }));
  assert.notEqual(lane({ port: 25 }), lane({ port: 587 }));
});

Deno.test("a config that cannot work is refused", () => {
  const right = { host: "smtp.example.com", from: "ops@example.com" };
  assert.equal(email.config.parse(right).port, 465);
  assert.equal(email.config.parse({ ...right, port: "587" }).port, 587);
  for (
    const wrong of [
      { host: "" },
      { host: "smtp://x" },
      { host: "a b" },
      { port: 0 },
      { port: 65_536 },
      { from: "ops" },
      { from: "a@example.com, b@example.com" },
      { from: "x <ops@example.com>\r\nBcc: y@example.com" },
      { to: "a@b, c@d" },
      { to: ["a"] },
      { user: "u" },
      { password: "p" },
      { tls: "ssl" },
      { ca: "/etc/ca.pem" },
      { hello: "a b" },
      { hello: "x\r\nMAIL FROM:<y@example.com>" },
      { from: "张三@example.com" },
      { reply_to: "x" },
      { bounces_to: "Bounces <bounces@example.com>" },
    ]
  ) {
    assert.equal(email.config.safeParse({ ...right, ...wrong }).success, false, JSON.stringify(wrong));
  }
});

Deno.test("the alert's page is asked for, and up to 200 alerts share a mail of less than 100 KB", () => {
  assert.equal(email.form, "html");
  assert.deepEqual(email.limits, { alerts: 200, bodyBytes: 90_000 });
  assert.equal(message({ alerts: [alert()] }).html, undefined);
});

Deno.test("the relay greets as the sender's domain, tells the size, and has answers and bounces sent where it is told", async () => {
  await using smtp = await startSmtp({ size: 100_000 });
  await send(smtp, { group: "ops/2nd tier" }, { from: "Alerts <ops@mail.example.com>", tls: "none" });
  await send(smtp, { group: "值班/default" }, {
    hello: "relay.example.net",
    reply_to: "值班 <on-call@example.com>",
    bounces_to: "bounces@example.com",
  });
  const [first, second] = smtp.mails;
  assert.deepEqual([first!.hello, second!.hello], ["mail.example.com", "relay.example.net"]);
  assert.deepEqual([first!.from, second!.from], ["ops@mail.example.com", "bounces@example.com"]);
  assert.equal(first!.mail.replyTo, undefined);
  assert.deepEqual(second!.mail.replyTo?.value, [{ name: "值班", address: "on-call@example.com" }]);
  assert.equal(second!.mail.from?.value[0]?.address, "ops@example.com");
  assert.match(smtp.said.find((line) => line.startsWith("MAIL"))!, / SIZE=9\d\d$/);
  assert.match(first!.raw, /^List-Id: <ops\.2nd=20tier\.fenghuo\.mail\.example\.com>\r$/im);
  assert.match(second!.raw, /^List-Id: <=503c=73ed\.default\.fenghuo\.example\.com>\r$/im);
});

Deno.test("an address that not every server takes gets a mail of its own, and spoils nobody's", async (t) => {
  const zhang: Member = { id: "zhang", email: "张三@例子.中国" };
  const wang: Member = { id: "wang", email: "wang@例子.中国" };
  await t.step("taken", async () => {
    await using smtp = await startSmtp();
    const verdict = await send(smtp, { recipients: [LI, zhang, wang] }, { tls: "none" });
    assert.equal(verdict.kind, "delivered", verdict.because);
    assert.deepEqual(
      smtp.said.filter((line) => /^(MAIL|RCPT)/.test(line)).map((line) => line.replace(/ SIZE=\d+/, "")),
      [
        "MAIL FROM:<ops@example.com>",
        "RCPT TO:<li.lei@example.com>",
        "RCPT TO:<wang@xn--fsqu00a.xn--fiqs8s>",
        "MAIL FROM:<ops@example.com> SMTPUTF8",
        "RCPT TO:<张三@xn--fsqu00a.xn--fiqs8s>",
      ],
    );
    assert.doesNotMatch(smtp.mails[0]!.raw, /=E5=BC=A0|张三/);
  });
  await t.step("refused", async () => {
    await using smtp = await startSmtp({
      refuse: { "张三@例子.中国": "553 5.6.7 Non-ASCII addresses not permitted" },
    });
    const verdict = await send(smtp, { recipients: [LI, zhang, HAN] });
    assert.deepEqual(["failed" in verdict && verdict.failed, smtp.mails.map(({ to }) => to)], [
      ["zhang"],
      [["li.lei@example.com", "han.mei@example.com"]],
    ]);
  });
});

Deno.test("one connection serves mail after mail, and ends with a good-bye", async () => {
  await using smtp = await startSmtp({ login: LOGIN });
  const given = tools();
  for (let index = 0; index < 5; index++) await send(smtp, {}, { given, stay: true, ...LOGIN, tls: "none" });
  assert.deepEqual([smtp.mails.length, smtp.connections, smtp.said.includes("QUIT")], [5, 1, false]);
  await closeAll(given.kept);
  assert.equal(smtp.said.at(-1), "QUIT");
});

Deno.test("a server that has left an idle connection is called again, and gets the mail once", async (t) => {
  const table: Record<string, (smtp: Smtp) => void> = {
    "hung up": (smtp) => smtp.hangUp(),
    "421 at the next mail": (smtp) =>
      smtp.become({ onSender: (mails) => mails > 0 ? "421 4.4.2 Idle for too long" : undefined }),
  };
  for (const [why, leave] of Object.entries(table)) {
    await t.step(why, async () => {
      await using smtp = await startSmtp();
      const given = tools();
      await send(smtp, {}, { given, stay: true, tls: "none" });
      leave(smtp);
      const verdict = await send(smtp, { id: "second" }, { given, tls: "none" });
      assert.deepEqual(
        [verdict.kind, smtp.mails.length, smtp.connections],
        ["delivered", 2, 2],
        verdict.because,
      );
    });
  }
});

Deno.test("a connection over which much was refused is left before the server hangs up", async () => {
  await using smtp = await startSmtp({ refuse: { "ghost@example.com": "550 5.1.1 User unknown" } });
  const given = tools();
  for (let index = 0; index < 12; index++) {
    const verdict = await send(smtp, { recipients: [LI, GHOST] }, { given, stay: true, tls: "none" });
    assert.equal(verdict.kind, "delivered");
  }
  await closeAll(given.kept);
  assert.deepEqual([smtp.mails.length, smtp.connections], [12, 3]);
});

Deno.test("where encryption is only a wish, a handshake that fails is followed by plain text; a password never is", async () => {
  await using smtp = await startSmtp({ certificate, login: LOGIN });
  await using old = await breakingTls(smtp);
  const strict = await send(old, {}, { tls: "opportunistic", ...LOGIN });
  assert.equal(strict.kind === "refused" && strict.what, "config", strict.because);
  assert.match(strict.because, /^TLS: .*: where the network is trusted, set tls: none$/);
  assert.ok(!smtp.said.some((line) => line.startsWith("AUTH")));
  await using open = await startSmtp({ certificate });
  await using oldAndOpen = await breakingTls(open);
  const verdict = await send(oldAndOpen);
  assert.match(verdict.because, /^250 .*; sent without TLS: /);
  assert.equal(open.mails[0]?.isEncrypted, false);
});
