/** The callbacks of vendors: pressed buttons act once, under the person's name, and forged ones never do. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { MINUTE } from "../../relay/base/duration.ts";
import type { SlackPress } from "../../simulator/_slack_presses.ts";
import { type Slack, startSlack } from "../../simulator/slack.ts";
import { api } from "../kit/api.ts";
import { TestClock } from "../kit/clock.ts";
import { eventually } from "../kit/eventually.ts";
import { type TestRelay, testRelay, type TestRelayOptions } from "../kit/relay.ts";

const TOKEN = "xoxb-1";
const SECRET = "8f742231b10e8888abcd99yyyzzz85a5";
const LI_LEI = { id: "U0000001", name: "li.lei" };
const VISITOR = { id: "U0000009", name: "韩梅梅" };
const ADDRESS = "/callbacks/ops/default/slack";

function yamlOf({ url }: { url: string }): string {
  const config = `{ token: "${TOKEN}", signing_secret: "${SECRET}", channel: C0000001, base: "${url}" }`;
  return `
members:
  - { id: li.lei, name: 李雷, slack: "${LI_LEI.id}" }
groups:
  - owner: ops
    level: default
    locale: en
    members: [li.lei]
    destinations:
      - { name: slack, channel: slack, config: ${config} }
      - { name: second, channel: slack, config: ${config.replace("C0000001", "C0000002")} }
      - { name: links, channel: slack, config: { token: "${TOKEN}", channel: C0000003, base: "${url}" } }
rules: [{ match: ['job="ops"'], group: ops/default }]`;
}

interface Scene extends AsyncDisposable {
  readonly house: TestRelay;
  readonly slack: Slack;
}

async function scene(options: TestRelayOptions = {}): Promise<Scene> {
  const clock = new TestClock();
  const call = async (made: SlackPress["call"]): Promise<Response> =>
    await house.request(ADDRESS, { method: "POST", ...made });
  const slack = await startSlack({
    token: TOKEN,
    channels: ["C0000001", "C0000002", "C0000003"].map((id) => ({ id })),
    app: { signingSecret: SECRET, call },
    now: () => clock.now(),
  });
  const house: TestRelay = await testRelay({
    yaml: yamlOf(slack),
    env: { FENGHUO_PUBLIC_URL: "https://alerts.example.com" },
    clock,
    ...options,
  });
  return {
    house,
    slack,
    async [Symbol.asyncDispose](): Promise<void> {
      await house[Symbol.asyncDispose]();
      await slack.close();
    },
  };
}

const ALERT = { labels: { alertname: "DiskFull", severity: "critical", job: "ops" } };

async function incident(house: TestRelay): Promise<Record<string, unknown>> {
  const { body } = await api(house, "GET", "incidents?state=all");
  return body.incidents[0];
}

/** The message in a channel. */
function messageIn(slack: Slack, channel: string): Slack["messages"][number] {
  return slack.messages.findLast((message) => message.channel === channel)!;
}

async function replay(house: TestRelay, { call }: SlackPress): Promise<Response> {
  return await house.request(ADDRESS, { method: "POST", ...call });
}

Deno.test("a pressed button acts under the member's name, and the message changes", async () => {
  await using world = await scene();
  const { house, slack } = world;
  await house.fire(ALERT);
  equal(messageIn(slack, "C0000001").buttons.map(({ title, url }) => [title, url === undefined]), [
    ["Acknowledge", true],
    ["Take", true],
    ["Snooze 1 h", true],
    ["Details", false],
    ["Silence", false],
    ["Source", false],
    ["Open", false],
  ]);
  ok(messageIn(slack, "C0000003").buttons.every(({ url }) => url !== undefined), "without a secret: links");
  equal((await slack.press("Take", LI_LEI)).status, 200);
  const { known, knownBy, holder } = await incident(house);
  equal([known, knownBy, holder], [true, "李雷", "李雷"]);
  await eventually("the edit", async () => {
    await house.advance(1_000); // a message a second
    return messageIn(slack, "C0000001").edits === 1;
  });
  match(messageIn(slack, "C0000001").head + messageIn(slack, "C0000001").body, /李雷/);
  equal(slack.ephemeral, []);
});

Deno.test("the same call acts once, whoever sends it again", async () => {
  await using world = await scene();
  const { house, slack } = world;
  await house.fire(ALERT);
  const press = await slack.press("Take", LI_LEI);
  const { id } = await incident(house);
  await api(house, "DELETE", `incidents/${id}/ack`);
  equal((await incident(house)).known, false);
  for (let time = 0; time < 3; time++) equal((await replay(house, press)).status, 200);
  equal((await incident(house)).known, false);
});

Deno.test("a call that is forged, altered or late is refused, and changes nothing", async () => {
  await using world = await scene();
  const { house, slack } = world;
  await house.fire(ALERT);
  const { body, headers } = (await slack.press("Acknowledge", LI_LEI)).call;
  const { id } = await incident(house);
  await api(house, "DELETE", `incidents/${id}/ack`);
  const signature = headers["x-slack-signature"]!;
  const calls: Record<string, RequestInit> = {
    "no signature": { body },
    "another signature": { body, headers: { ...headers, "x-slack-signature": signature.replace(/.$/, "x") } },
    "another time": { body, headers: { ...headers, "x-slack-request-timestamp": "1" } },
    "another button": { body: body.replace("a.01", "t.01"), headers },
    "another user": { body: body.replace(LI_LEI.id, VISITOR.id), headers },
  };
  for (const [about, call] of Object.entries(calls)) {
    const response = await house.request(ADDRESS, { method: "POST", ...call });
    equal(response.status, 401, about);
    ok(!(await response.text()).includes(SECRET));
  }
  await house.advance(6 * MINUTE);
  const late = await house.request(ADDRESS, { method: "POST", body, headers });
  equal(late.status, 401);
  match(await late.text(), /more than five minutes away/);
  equal((await incident(house)).known, false);
  ok(house.warnings.some((words) => /callback/.test(words)), house.warnings.join("\n"));
});

Deno.test("a user who is no member acts under the vendor's name, which passes for nobody's", async () => {
  await using world = await scene();
  const { house, slack } = world;
  await house.fire(ALERT);
  await slack.press("Acknowledge", { ...VISITOR, name: "李雷" });
  equal((await incident(house)).knownBy, "李雷 (Slack app)");
});

Deno.test("of two people the second hears who has it", async () => {
  await using world = await scene();
  const { house, slack } = world;
  await house.fire(ALERT);
  await Promise.all([LI_LEI, VISITOR].map((user) => slack.press("Acknowledge", user)));
  await eventually("the second person to hear", () => slack.ephemeral.length > 0);
  const { knownBy } = await incident(house);
  const second = knownBy === "李雷" ? VISITOR : LI_LEI;
  equal(slack.ephemeral, [{ user: second.id, text: `${knownBy} has it: DiskFull` }]);
});

Deno.test("a button of what is over says so", async () => {
  await using world = await scene();
  const { house, slack } = world;
  await house.fire(ALERT);
  const { id } = await incident(house);
  await api(house, "POST", `incidents/${id}/close`, { body: { by: "王芳" } });
  await slack.press("Snooze 1 h", LI_LEI);
  await eventually("the person to hear", () => slack.ephemeral.length > 0);
  equal(slack.ephemeral.map(({ text }) => text), ["Already over: DiskFull"]);
});

Deno.test("destinations that share an app share its address", async () => {
  await using world = await scene();
  const { house, slack } = world;
  await house.fire(ALERT);
  const { value } = messageIn(slack, "C0000002").buttons[0]!;
  ok(value !== messageIn(slack, "C0000001").buttons[0]!.value, "a code belongs to one destination");
  equal((await slack.press("Acknowledge", LI_LEI, "C0000002")).status, 200);
  equal((await incident(house)).known, true);
});

Deno.test("an address without callbacks says what to do, and a GET never acts", async () => {
  await using world = await scene();
  const { house, slack } = world;
  await house.fire(ALERT);
  for (const name of ["links", "nobody"]) {
    const response = await house.request(`/callbacks/ops/default/${name}`, { method: "POST", body: "x" });
    equal(response.status, 404);
    match(await response.text(), /copy the address from the destination's page/);
  }
  const { headers } = (await slack.press("Acknowledge", LI_LEI)).call;
  const { id } = await incident(house);
  await api(house, "DELETE", `incidents/${id}/ack`);
  for (const method of ["GET", "HEAD"]) {
    const { status } = await house.request(ADDRESS, { method, headers });
    ok(status >= 400, `${status}`);
  }
  const large = await house.request(ADDRESS, { method: "POST", body: "x".repeat(300 * 1_024) });
  equal(large.status, 413);
  equal((await incident(house)).known, false);
});
