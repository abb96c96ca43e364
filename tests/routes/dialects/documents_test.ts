/** The systems in other people's documents: their users find the same features here. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { startDingTalk } from "../../../simulator/dingtalk.ts";
import { type TestAlert, type TestRelay, testRelay, webhook } from "../../kit/relay.ts";
import { seenIn, selfSigned, startSmtp } from "../../kit/smtp.ts";

async function post(house: TestRelay, path: string, ...alerts: readonly TestAlert[]): Promise<void> {
  const response = await house.request(path, {
    method: "POST",
    headers: { authorization: "" },
    body: JSON.stringify(webhook(...alerts)),
  });
  equal(response.status, 200);
  await response.body?.cancel();
  await house.settle();
}

const LINKS_YAML = (base: string): string => `
groups:
  - owner: default
    level: default
    destinations: [{ channel: dingtalk_robot, config: { token: XXX, form: link, base: "${base}" } }]
links:
  - { from: "http://prometheus-*:9090/", to: "http://node.example.com:30027/" }
`;

Deno.test("the proxy for DingTalk: a link for each alert, to the address that can be reached", async () => {
  await using dingtalk = await startDingTalk({ robots: [{ token: "XXX" }] });
  await using house = await testRelay({ yaml: LINKS_YAML(dingtalk.url), env: { FENGHUO_OPEN_INTAKE: "1" } });
  const alert = (instance: string): TestAlert => ({
    labels: { alertname: "InstanceDown", instance, job: "node" },
    annotations: { description: `${instance} has been down` },
    generatorURL: `http://prometheus-k8s-0:9090/graph?g0.expr=up+%3D%3D+0&g0.tab=1`,
  });
  await post(house, "/", alert("a:9100"), alert("b:9100"));
  await post(house, "/", { ...alert("a:9100"), status: "resolved", endsAt: "2026-01-31T08:05:00Z" });
  const sent = dingtalk.robot("XXX").messages.map(({ request }) => {
    const { msgUuid, ...message } = request as Record<string, unknown>;
    ok(msgUuid, "and what makes it go out once");
    return message;
  });
  const link = (text: string): unknown => ({
    msgtype: "link",
    link: {
      title: "InstanceDown",
      text,
      messageUrl: "http://node.example.com:30027/graph?g0.expr=up+%3D%3D+0&g0.tab=1",
      picUrl: "",
    },
  });
  equal(sent, [
    link("firing: a:9100 has been down"),
    link("firing: b:9100 has been down"),
    link("resolved: a:9100 has been down"),
  ]);
});

const TEXTS: [annotations: Record<string, string>, text: string][] = [
  [{ message: "m", summary: "s", description: "d" }, "firing: d"],
  [{ summary: "s", description: "d" }, "firing: d"],
  [{ summary: "s" }, "firing: s"],
  [{ description: "d" }, "firing: d"],
  [{}, "firing: InstanceDown"],
];

for (const [annotations, text] of TEXTS) {
  Deno.test(`a link of an alert with ${Object.keys(annotations).join(", ") || "no words"} says "${text}"`, async () => {
    await using dingtalk = await startDingTalk({ robots: [{ token: "XXX" }] });
    await using house = await testRelay({
      yaml: LINKS_YAML(dingtalk.url),
      env: { FENGHUO_OPEN_INTAKE: "1" },
    });
    await post(house, "/", { labels: { alertname: "InstanceDown" }, annotations });
    equal(dingtalk.robot("XXX").messages.map(({ text }) => text), [text]);
  });
}

const certificate = await selfSigned();
const LOGIN = { user: "ops@example.com", password: "S3cret+/=&" };

const MAIL_YAML = (port: number): string => `
members:
  - { id: li.lei, email: li.lei@example.com }
  - { id: han.mei, email: han.mei@example.com }
defaults: # one account for all groups
  email:
    host: localhost
    port: ${port}
    user: ${LOGIN.user}
    password: "${LOGIN.password}"
    from: ops@example.com
    ca: ${JSON.stringify(certificate.cert)}
groups:
  - { owner: dba, level: default, members: [li.lei], destinations: [{ channel: email }] }
  - { owner: web, level: default, members: [han.mei], destinations: [{ channel: email }] }
`;

const FIRING: TestAlert = {
  labels: { alertname: "磁盘已满", team: "dba", severity: "critical", instance: "db-1:9100" },
  annotations: { message: "剩余 4 %", summary: "磁盘", description: "已持续 10 分钟" },
};

Deno.test("the webhook with mail: team → group → recipients, a table in the group's zone, one account for all", async () => {
  await using smtp = await startSmtp({ certificate, login: LOGIN });
  await using house = await testRelay({ yaml: MAIL_YAML(smtp.port), env: { FENGHUO_OPEN_INTAKE: "1" } });
  await post(house, "/webhook", FIRING, { ...FIRING, labels: { ...FIRING.labels, instance: "db-2:9100" } });
  await post(house, "/webhook", { labels: { alertname: "慢", team: "web" }, annotations: { summary: "s" } });
  equal(smtp.mails.map(({ to, user }) => [to, user]), [
    [["li.lei@example.com"], LOGIN.user],
    [["han.mei@example.com"], LOGIN.user],
  ]);
  const page = seenIn(smtp.mails[0]!.mail.html);
  match(smtp.mails[0]!.mail.subject ?? "", /^\[严重\] 磁盘已满/);
  const cells = [
    "磁盘已满",
    "告警中",
    "严重",
    "db-1:9100",
    "db-2:9100",
    "磁盘",
    "剩余 4 %",
    "已持续 10 分钟",
    "2026-01-31 16:00:00",
  ];
  for (const words of cells) ok(page.includes(words), words);
});

Deno.test("the webhook with mail: what is over is notified with its end, and is known", async () => {
  await using smtp = await startSmtp({ certificate, login: LOGIN });
  await using house = await testRelay({ yaml: MAIL_YAML(smtp.port), env: { FENGHUO_OPEN_INTAKE: "1" } });
  await post(house, "/webhook", FIRING);
  await post(house, "/webhook", { ...FIRING, status: "resolved", endsAt: "2026-01-31T09:05:00Z" });
  const page = seenIn(smtp.mails[1]!.mail.html);
  for (const words of ["已恢复", "2026-01-31 17:05:00"]) ok(page.includes(words), words);
  const [{ count, known, closedAt }] = await incidents(house) as [Incident];
  equal([count, known, closedAt !== null], [2, true, true]);
});

interface Incident {
  readonly count: number;
  readonly known: boolean;
  readonly closedAt: number | null;
}

/** Every incident in the database, the older ones first. */
async function incidents({ kv }: TestRelay): Promise<Incident[]> {
  const found: Incident[] = [];
  for await (const { value } of kv.list<Uint8Array>({ prefix: ["incident"] })) {
    found.push(JSON.parse(new TextDecoder().decode(value)));
  }
  return found;
}

Deno.test("the webhook with mail: every alert is logged, and what was folded is counted", async () => {
  await using smtp = await startSmtp({ certificate, login: LOGIN });
  await using house = await testRelay({ yaml: MAIL_YAML(smtp.port), env: { FENGHUO_OPEN_INTAKE: "1" } });
  for (let turn = 0; turn < 5; turn++) await post(house, "/webhook", FIRING);
  const logged = await house.relay.store.log.newest(10);
  equal(logged.map(({ routing }) => routing[0]!.outcome.kind).toReversed(), [
    "told",
    ...Array(4).fill("folded"),
  ]);
  equal(smtp.mails.length, 1);
  const [{ count, known }] = await incidents(house) as [Incident];
  equal([count, known], [5, false]);
});

const INCOMPLETE: [what: string, alert: Record<string, unknown>][] = [
  ["no labels but a name", { labels: { alertname: "A" } }],
  ["no name", { labels: { team: "dba" } }],
  ["no labels at all", { labels: {} }],
  ["no annotations", { labels: { alertname: "A" }, annotations: undefined }],
  ["null for annotations", { labels: { alertname: "A" }, annotations: null }],
  ["no times", { labels: { alertname: "A" }, startsAt: undefined, endsAt: undefined }],
  ["no link", { labels: { alertname: "A" }, generatorURL: undefined }],
  ["nothing but labels", { status: undefined, labels: { alertname: "A" }, fingerprint: undefined }],
];

for (const [what, alert] of INCOMPLETE) {
  Deno.test(`the webhook with mail: an alert with ${what} breaks nothing`, async () => {
    await using smtp = await startSmtp({ certificate, login: LOGIN });
    await using house = await testRelay({
      yaml: `${MAIL_YAML(smtp.port)}rules: [{ match: ['nothing!="x"'], group: dba/default }]\n`,
      env: { FENGHUO_OPEN_INTAKE: "1" },
    });
    const { alerts: [whole], ...envelope } = webhook({}) as { alerts: object[] };
    const response = await house.request("/webhook", {
      method: "POST",
      body: JSON.stringify({ ...envelope, alerts: [{ ...whole, ...alert }] }),
    });
    equal(await response.json(), { accepted: 1, duplicates: 0, notifications: 1 });
    await house.settle();
    equal(smtp.mails.length, 1);
    ok(!/undefined|null|Invalid/.test(smtp.mails[0]!.mail.html || ""));
    equal(house.reports, []);
  });
}
