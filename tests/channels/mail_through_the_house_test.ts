/** A mail from the door to the reader: alerts go in as Alertmanager sends them, and a real mail server gets them. */
import { deepStrictEqual as equal, doesNotMatch, match, ok } from "node:assert/strict";
import type { Delivery } from "../../relay/domain/record.ts";
import { api } from "../kit/api.ts";
import { visitor } from "../kit/console.ts";
import { type TestAlert, type TestRelay, testRelay } from "../kit/relay.ts";
import { seenIn, selfSigned, type Smtp, type SmtpBehaviour, startSmtp } from "../kit/smtp.ts";

const certificate = await selfSigned();
const LOGIN = { user: "ops", password: "S3cret+/=&" };

interface Scene extends AsyncDisposable {
  readonly house: TestRelay;
  readonly smtp: Smtp;
}

/**
 * A relay whose default group has two members and mail, with the common settings of all mail destinations in
 * `defaults`.
 */
async function withMail(
  { timeout = "5s", ...behaviour }: SmtpBehaviour & { timeout?: string } = {},
): Promise<Scene> {
  const smtp = await startSmtp({ certificate, login: LOGIN, ...behaviour });
  const house = await testRelay({
    env: { SMTP_PASSWORD: LOGIN.password },
    yaml: `
members:
  - { id: li.lei, name: 李雷, email: li.lei@example.com }
  - { id: han.mei, email: han.mei@example.com }
  - { id: ghost }
defaults:
  email:
    host: localhost
    port: ${smtp.port}
    user: ops
    password: "\${SMTP_PASSWORD}"
    from: 烽火 <ops@example.com>
    ca: ${JSON.stringify(certificate.cert)}
groups:
  - owner: default
    level: default
    members: [li.lei, han.mei, ghost]
    timezone: Asia/Shanghai
    destinations:
      - { channel: email, timeout: ${timeout}, config: { to: [on-call@example.com] } }
`,
  });
  return {
    house,
    smtp,
    async [Symbol.asyncDispose](): Promise<void> {
      await house[Symbol.asyncDispose]();
      await smtp[Symbol.asyncDispose]();
    },
  };
}

async function newestDelivery({ relay: { store } }: TestRelay): Promise<Delivery> {
  const [logged] = await store.log.newest(1);
  return (await store.deliveries.of(logged!.id))[0]!;
}

function pageOf({ mails }: Smtp): string {
  const { html = "" } = mails.at(-1)!.mail;
  return html || "";
}

const FULL: TestAlert = {
  labels: { alertname: "磁盘已满", instance: "db-1:9100", severity: "critical", job: "node" },
  annotations: { summary: "剩余 4 %", description: "已持续 10 分钟\n<b>请处理</b>" },
};

Deno.test("firing and resolved reach members and `to` as a table, in one thread, in the group's zone", async () => {
  await using scene = await withMail();
  const { house, smtp } = scene;
  await house.fire(FULL);
  await house.fire({ ...FULL, status: "resolved", endsAt: "2026-01-31T09:05:00Z" });
  const [firing, resolved, ...others] = smtp.mails;
  equal(others, []);
  equal(firing!.to, ["li.lei@example.com", "han.mei@example.com", "on-call@example.com"]);
  equal([firing!.isEncrypted, firing!.user, firing!.from], [true, "ops", "ops@example.com"]);
  equal([firing!.mail.subject, resolved!.mail.subject], [
    "[严重] 磁盘已满 · db-1:9100",
    "[严重] 磁盘已满 · db-1:9100",
  ]);
  equal(firing!.mail.references, resolved!.mail.references);
  ok(firing!.mail.messageId !== resolved!.mail.messageId);
  match(firing!.mail.html || "", /告警中<\/td>/);
  match(resolved!.mail.html || "", /已恢复<\/td>/);
  for (
    const words of ["磁盘已满", "严重", "db-1:9100", "剩余 4 %", "已持续 10 分钟", "2026-01-31 16:00:00"]
  ) {
    ok(seenIn(pageOf(smtp)).includes(words), words);
    ok(seenIn(firing!.mail.html).includes(words), words);
  }
  ok(seenIn(pageOf(smtp)).includes("2026-01-31 17:05:00"), "the end, in the group's zone");
  ok(pageOf(smtp).includes("&lt;b&gt;请处理&lt;/b&gt;"));
  ok(firing!.mail.text?.includes("🔴db-1 磁盘已满 · 严重"));
  ok(firing!.mail.text?.includes("\ndb-1:9100"));
  const { state, because } = await newestDelivery(house);
  equal([state, because], ["delivered", "250 2.0.0 Ok: queued as 4B7C"]);
});

Deno.test("the alerts of one payload share a mail, a row each, and need no labels", async () => {
  await using scene = await withMail();
  const { house, smtp } = scene;
  await house.fire({ labels: { alertname: "A" } }, FULL, {
    labels: { alertname: "", x: "1" },
    annotations: {},
  });
  equal(smtp.mails.length, 1);
  equal(pageOf(smtp).match(/class="name"/g)?.length, 3);
  equal(smtp.mails[0]!.mail.subject, "[严重] 磁盘已满 等 3 类 · db-1:9100");
  doesNotMatch(pageOf(smtp), /undefined|null/);
});

Deno.test("hostile labels are text in the page and in the header", async () => {
  await using scene = await withMail();
  const { house, smtp } = scene;
  const evil = `"><script>alert(1)</script><img src=x onerror=alert(1)>\r\nBcc: evil@example.com\r\n\r\n`;
  await house.fire({
    labels: { alertname: evil, instance: evil, [evil]: evil },
    annotations: { summary: evil, description: evil.repeat(200), dashboard_url: "javascript:alert(1)" },
    generatorURL: `https://x.example.com/"onmouseover="alert(1)`,
  });
  const { mail, to, raw } = smtp.mails[0]!;
  equal(to.length, 3);
  equal([mail.bcc, mail.cc], [undefined, undefined]);
  doesNotMatch(raw.slice(0, raw.indexOf("\r\n\r\n")), /^bcc/im);
  doesNotMatch(pageOf(smtp), /<script|<img|javascript:|"onmouseover/);
});

Deno.test("one bad recipient does not stop the others, and the record names them", async () => {
  await using scene = await withMail({ refuse: { "han.mei@example.com": "550 5.1.1 User unknown" } });
  await scene.house.fire(FULL);
  const { state, because, attempts } = await newestDelivery(scene.house);
  equal(state, "delivered");
  match(because, /not to han\.mei@example\.com: 550 5\.1\.1 User unknown/);
  equal(attempts.map(({ request, verdict }) => [request, verdict]), [["E-mail", "delivered"]]);
});

Deno.test("a delivery that missed somebody is not shown as delivered: every page and answer names who", async () => {
  await using scene = await withMail({ refuse: { "li.lei@example.com": "550 5.1.1 User unknown" } });
  const { house } = scene;
  await house.fire(FULL);
  const { id, alert, recipients } = await newestDelivery(house);
  equal(recipients?.failed, ["li.lei"]);
  const who = await visitor(house, "operator");
  for (
    const path of ["/deliveries?tab=recent", `/deliveries/${id}`, `/alerts/${alert}`, `/incidents/${alert}`]
  ) {
    const { html } = await who.get(path, { "accept-language": "en" });
    match(html, /class="badge warning"><span aria-hidden="true">●<\/span> partly delivered/i, path);
    match(html, /(Not reached[^]{0,80}|could not be delivered to |Failed for[^]{0,80})李雷/, path);
    doesNotMatch(html, /class="badge resolved"><span aria-hidden="true">✓<\/span> delivered/i, path);
  }
  const { body } = await api(house, "GET", `alerts/${alert}/why?lang=en`);
  ok(body.sentences.includes("It could not be delivered to 李雷."), body.sentences.join("\n"));
  const tried = await api(house, "POST", "groups/default/default/test");
  equal([tried.body.results[0].verdict, tried.body.results[0].missed], ["delivered", ["李雷"]]);
  match((await who.post("/groups/default/default/test", {})).html, /部分送达[^]*未送达[^]*李雷/);
});

Deno.test("a wrong password keeps the mail pending, and is in no record", async () => {
  await using scene = await withMail({
    refuseLogin: `535 5.7.8 no: ${LOGIN.password} ${btoa(LOGIN.password)}`,
  });
  const { house, smtp } = scene;
  await house.fire(FULL);
  const delivery = await newestDelivery(house);
  equal(delivery.state, "pending");
  match(delivery.because, /^535 5\.7\.8 no: \*\*\* \*\*\*$/);
  equal(smtp.mails.length, 0);
});

Deno.test("a mail that the server does not take goes once more, as plain text", async () => {
  await using scene = await withMail({ refuseMail: "554 5.7.1 Message rejected as spam" });
  const { house, smtp } = scene;
  await house.fire(FULL);
  const { state, attempts } = await newestDelivery(house);
  equal([state, attempts.length, smtp.mails.length], ["dead", 2, 0]);
});

Deno.test("a server that hangs is tried again, and the mail arrives once it is well", async () => {
  await using scene = await withMail({ hang: "data", timeout: "1s" });
  const { house, smtp } = scene;
  await house.fire(FULL);
  const waiting = await newestDelivery(house);
  equal([waiting.state, waiting.because], [
    "pending",
    "no answer: the server took too long over the end of the mail",
  ]);
  smtp.become({});
  await house.advance(14 * 60_000);
  equal(smtp.mails.length, 0, "the server may have it: not so soon again");
  await house.advance(5 * 60_000);
  equal((await newestDelivery(house)).state, "delivered");
  equal(smtp.mails.length, 1);
  equal(house.reports, []);
});
