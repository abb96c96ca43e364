import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { startDingTalk } from "../../simulator/dingtalk.ts";
import alertmanagerExample from "../../tasks/send/alertmanager.ts";
import { eventually } from "../kit/eventually.ts";
import { inboxOf, postTo, type RelayProcess, startRelay, temporaryFolder } from "../kit/process.ts";
import { freePort, isInstalled } from "../kit/program.ts";
import { PROGRAM, startAlertmanager } from "./_alertmanager.ts";

const ROBOT = { token: "e2e-token", secret: "SECe2e+/=&%" };

const ignore = !(await isInstalled(PROGRAM));

/** A test that is skipped without an Alertmanager; its name contains the reason. */
function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `${name} (needs ${PROGRAM})`, ignore, fn });
}

/** The default group: a strict DingTalk, and the inbox. */
function groupWith(dingtalk: { url: string }): string {
  return `
groups:
  - owner: default
    level: default
    destinations:
      - { channel: dingtalk_robot, config: { token: ${ROBOT.token}, secret: "${ROBOT.secret}", base: "${dingtalk.url}" } }
      - { channel: inbox, config: {} }
`;
}

/** RFC 3339, this many seconds from now. */
function inSeconds(seconds: number): string {
  return new Date(Date.now() + seconds * 1_000).toISOString();
}

test("a real Alertmanager's alert notifies when it fires and when it is resolved", async () => {
  await using folder = await temporaryFolder();
  await using dingtalk = await startDingTalk({ robots: [ROBOT] });
  await using relay = await startRelay({ folder: folder.path, yaml: groupWith(dingtalk) });
  await using alertmanager = await startAlertmanager({
    folder: `${folder.path}/alertmanager`,
    webhook: { url: `${relay.url}/webhook`, token: relay.intakeToken },
  });
  const labels = { alertname: "磁盘将满", instance: "db-1:9100", severity: "critical", team: "dba" };
  const annotations = { summary: "可用空间只剩 <3%> & 下降" };
  const startsAt = inSeconds(-60);
  const generatorURL = "http://prometheus:9090/graph?g0.expr=x&g0.tab=1";
  await alertmanager.send({ labels, annotations, startsAt, generatorURL, endsAt: inSeconds(600) });
  await dingtalk.arrived(1);
  const firing = await inboxWith(relay, 1);
  equal([firing[0]!.status, firing[0]!.reason, firing[0]!.alerts], ["firing", "first", 1]);

  await alertmanager.send({ labels, annotations, startsAt, generatorURL, endsAt: inSeconds(0) });
  await dingtalk.arrived(2);
  const [resolved] = await inboxWith(relay, 2);
  equal([resolved!.status, resolved!.reason, resolved!.alerts], ["resolved", "resolved", 1]);

  const posts = dingtalk.robot(ROBOT.token).messages.map(({ title, text }) => `${title}\n${text}`);
  equal([posts.length, dingtalk.requests.map(({ came }) => came)], [
    2,
    Array(2).fill({ errcode: 0, errmsg: "ok" }),
  ]);
  for (const [index, words] of [/^🔴.*严重/s, /已恢复/].entries()) {
    match(posts[index]!, words);
    match(`${posts[index]}`, /磁盘将满/);
  }
  ok(!/已恢复/.test(posts[0]!) && !/🔴/.test(posts[1]!), "one status a message");
  ok(!posts.join().includes("<3%>"), "no markup from outside");
  const inbox = (await inboxOf(relay)).map(({ body, title }) => `${title}\n${body}`).reverse();
  match(inbox[0]!, /🔴/);
  match(inbox[1]!, /已恢复/);
});

test("an alert that ends by its own endsAt notifies as resolved", async () => {
  await using folder = await temporaryFolder();
  await using relay = await startRelay({ folder: folder.path });
  await using alertmanager = await startAlertmanager({
    folder: `${folder.path}/alertmanager`,
    webhook: { url: `${relay.url}/`, token: relay.intakeToken },
  });
  await alertmanager.send({ labels: { alertname: "Short" }, endsAt: inSeconds(3) });
  await inboxWith(relay, 1);
  const messages = await inboxWith(relay, 2);
  equal(messages.map(({ status, reason }) => [status, reason]), [["resolved", "resolved"], [
    "firing",
    "first",
  ]]);
});

test("of the same alert from two Alertmanagers without a cluster, one notifies and the other is a duplicate", async () => {
  await using folder = await temporaryFolder();
  await using relay = await startRelay({ folder: folder.path });
  await using wire = tap(relay.url);
  const webhook = { url: `${wire.url}/webhook`, token: relay.intakeToken };
  await using one = await startAlertmanager({ folder: `${folder.path}/one`, webhook });
  await using other = await startAlertmanager({ folder: `${folder.path}/other`, webhook });
  const same = { labels: { alertname: "Same", instance: "a" }, startsAt: inSeconds(-5) };
  // Prometheus sends to every Alertmanager, to each with its own `endsAt`.
  await one.send({ ...same, endsAt: inSeconds(300) });
  await other.send({ ...same, endsAt: inSeconds(301) });
  const fired = await eventually("both to send it", () => both(wire.withStatus("firing")), {
    within: 20_000,
  });
  equal(fired.map(({ answer }) => answer).sort(byNotifications), [
    { accepted: 1, duplicates: 1, notifications: 0 },
    { accepted: 1, duplicates: 0, notifications: 1 },
  ]);
  await one.send({ ...same, endsAt: inSeconds(0) });
  await other.send({ ...same, endsAt: inSeconds(0) });
  const resolved = await eventually("both to resolve it", () => both(wire.withStatus("resolved")), {
    within: 20_000,
  });
  equal(resolved.map(({ answer }) => answer).sort(byNotifications), [
    { accepted: 1, duplicates: 0, notifications: 0 },
    { accepted: 1, duplicates: 0, notifications: 1 },
  ]);
  const messages = await inboxWith(relay, 2);
  equal(messages.map(({ reason, alerts }) => [reason, alerts]), [["resolved", 1], ["first", 1]]);
});

test("a clustered pair of Alertmanagers notifies of the same alert once", async () => {
  await using folder = await temporaryFolder();
  await using relay = await startRelay({ folder: folder.path });
  await using wire = tap(relay.url);
  const webhook = { url: `${wire.url}/webhook`, token: relay.intakeToken };
  const [here, there] = [freePort(), freePort()].map((port) => `127.0.0.1:${port}`) as [string, string];
  await using one = await startAlertmanager({
    folder: `${folder.path}/one`,
    webhook,
    cluster: { listen: here },
  });
  await using other = await startAlertmanager({
    folder: `${folder.path}/other`,
    webhook,
    cluster: { listen: there, peer: here },
  });
  const startsAt = inSeconds(-5);
  for (const alertmanager of [one, other]) {
    await alertmanager.send({ labels: { alertname: "Same", instance: "a" }, startsAt });
  }
  // Each also sends an alert of its own later, so that both have sent the shared one.
  await one.send({ labels: { alertname: "One" }, startsAt });
  await other.send({ labels: { alertname: "Other" }, startsAt });
  await eventually("both to send all of theirs", () => {
    const names = wire.withStatus("firing").map(({ name }) => name);
    return names.includes("One") && names.includes("Other") && names.includes("Same");
  }, { within: 30_000 });
  const titles = (await inboxWith(relay, 3)).map(({ title }) => title);
  for (const name of ["Same", "One", "Other"]) {
    equal(titles.filter((title) => title.includes(name)).length, 1, `${name} in ${titles}`);
  }
});

test("a relay that is down when Alertmanager tries gets the alert once it is up", async () => {
  await using folder = await temporaryFolder();
  const port = freePort();
  const env = {
    PORT: String(port),
    FENGHUO_KEY: "e2e-key+/=",
    FENGHUO_ADMIN_PASSWORD: "password",
    FENGHUO_INTAKE_TOKEN: "e2e-intake+/=",
  };
  await using alertmanager = await startAlertmanager({
    folder: `${folder.path}/alertmanager`,
    webhook: { url: `http://127.0.0.1:${port}/webhook`, token: env.FENGHUO_INTAKE_TOKEN },
  });
  await alertmanager.send({ labels: { alertname: "Patient" }, startsAt: inSeconds(-5) });
  await eventually("Alertmanager to fail", () => /connection refused/.test(alertmanager.log()), {
    within: 20_000,
  });
  await using relay = await startRelay({ folder: folder.path, env });
  const [message] = await inboxWith(relay, 1, 30_000);
  match(message!.title, /Patient/);
});

test("the example of deno task send has the fingerprint that Alertmanager computes", async () => {
  await using folder = await temporaryFolder();
  await using alertmanager = await startAlertmanager({
    folder: folder.path,
    webhook: { url: "http://127.0.0.1:9/", token: "none" },
  });
  const values = { status: "firing", label: ["room=上海 1"], annotation: [], count: "1" };
  const { body } = await alertmanagerExample.example(values, { token: undefined, now: Date.now() });
  const [{ labels, fingerprint }] = JSON.parse(body).alerts;
  await alertmanager.send({ labels });
  equal(await alertmanager.fingerprints(), [fingerprint]);
});

test("a real Alertmanager takes what the relay forwards: it fires, with its labels, and ends", async () => {
  await using folder = await temporaryFolder();
  await using alertmanager = await startAlertmanager({
    folder: `${folder.path}/alertmanager`,
    webhook: { url: "http://127.0.0.1:9/", token: "none" },
  });
  await using relay = await startRelay({
    folder: folder.path,
    yaml: `
groups:
  - owner: default
    level: default
    destinations:
      - { channel: alertmanager, config: { base: "${alertmanager.url}", labels: { cluster: edge-1 } } }
`,
  });
  const labels = { alertname: "磁盘将满", instance: "db-1:9100", severity: "critical", "k8s.io/name": "x" };
  const startsAt = inSeconds(-60);
  await postTo(relay, { labels, startsAt, annotations: { summary: "可用空间只剩 <3%>" } });
  const [fired] = await eventually("Alertmanager to have it", async () => {
    const firing = await alertmanager.firing();
    return firing.length === 1 && firing;
  });
  const { fenghuo_fingerprint, ...rest } = fired!.labels;
  match(fenghuo_fingerprint!, /^[0-9a-f]{32}$/);
  equal(rest, {
    alertname: "磁盘将满",
    instance: "db-1:9100",
    severity: "critical",
    k8s_io_name: "x",
    cluster: "edge-1",
  });
  equal(fired!.annotations, { summary: "可用空间只剩 <3%>" });
  equal(Date.parse(fired!.startsAt!), Date.parse(startsAt));
  ok(Date.parse(fired!.endsAt!) > Date.now() + 200_000);
  await postTo(relay, { status: "resolved", labels, startsAt, endsAt: inSeconds(0) });
  await eventually("Alertmanager to end it", async () => (await alertmanager.firing()).length === 0);
});

/** A request of an Alertmanager, and its answer. */
interface Exchange {
  /** Of its first alert. */
  readonly name: string;
  readonly status: string;
  readonly answer: { readonly accepted: number; readonly duplicates: number; readonly notifications: number };
}

interface Tap extends AsyncDisposable {
  readonly url: string;
  /** The requests with this status. */
  withStatus(status: string): Exchange[];
}

/** Passes every request on to the relay, and records it with its answer. */
function tap(relay: string): Tap {
  const exchanges: Exchange[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async (request) => {
    const { pathname } = new URL(request.url);
    const body = await request.text();
    const headers = { authorization: request.headers.get("authorization") ?? "" };
    const response = await fetch(`${relay}${pathname}`, { method: request.method, headers, body });
    const text = await response.text();
    const { status, alerts } = JSON.parse(body);
    if (response.ok) exchanges.push({ status, name: alerts[0].labels.alertname, answer: JSON.parse(text) });
    return new Response(text, { status: response.status });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    withStatus: (status) => exchanges.filter((exchange) => exchange.status === status),
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

function both(exchanges: Exchange[]): Exchange[] | undefined {
  return exchanges.length >= 2 ? exchanges : undefined;
}

function byNotifications(a: Exchange["answer"], b: Exchange["answer"]): number {
  return a.notifications - b.notifications;
}

/** The inbox, once it has this many messages. */
async function inboxWith(
  relay: RelayProcess & Parameters<typeof inboxOf>[0],
  count: number,
  within = 20_000,
): ReturnType<typeof inboxOf> {
  return await eventually(`${count} messages in the inbox`, async () => {
    const messages = await inboxOf(relay);
    return messages.length === count && messages;
  }, { within });
}
