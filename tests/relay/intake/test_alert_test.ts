import { deepStrictEqual as equal, doesNotMatch, match } from "node:assert/strict";
import { sampleCurl } from "../../../routes/greeting.ts";
import { readOptions } from "../../../tasks/_task.ts";
import type { SendDialect } from "../../../tasks/send/_dialect.ts";
import { api } from "../../kit/api.ts";
import { visitor } from "../../kit/console.ts";
import { SECRETS, type TestRelay, testRelay, webhook } from "../../kit/relay.ts";
import { MINUTE } from "../../../relay/base/duration.ts";

/** A request to a relay, without its address. */
interface Sent {
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

const json = (path: string, body: unknown): Sent => ({ path, body: JSON.stringify(body) });

/** The payload of Grafana's test button, and of its older alerting. */
const GRAFANA = webhook({
  labels: { alertname: "TestAlert", instance: "Grafana" },
  annotations: { summary: "Notification test" },
});
const OLDER_GRAFANA = {
  evalMatches: [{ value: 100, metric: "High value", tags: null }],
  message: "Someone is testing the alert notification within Grafana.",
  orgId: 0,
  ruleId: 0,
  ruleName: "Test notification",
  state: "alerting",
  title: "[Alerting] Test notification",
};

const TESTS: [what: string, sent: (now: number) => Sent | Promise<Sent>][] = [
  ["the line that a start prints", () => pasted(sampleCurl({ url: "http://relay", token: "t" }))],
  ["Grafana's button", () => json("/webhook", GRAFANA)],
  ["the button of Grafana's older alerting", () => json("/webhook", OLDER_GRAFANA)],
  ["OCP's button", () => json("/ocp", { message: "这是一条测试消息" })],
  ...await sendDialects(),
];

for (const [what, sent] of TESTS) {
  Deno.test(`a test is told, ends by itself after five minutes, and says so: ${what}`, async () => {
    await using house = await testRelay();
    const answer = await post(house, await sent(house.clock.now()));
    equal(answer.status, 200, await answer.clone().text());
    await house.settle();
    const [alert] = await house.relay.store.log.newest(1);
    equal(alert!.routing.map(({ outcome }) => outcome.kind), ["told"]);
    const [open] = await incidents(house);
    match(await why(house, alert!.id), /^It is a test: it ends by itself after 5 min/m);
    const admin = await visitor(house);
    match((await admin.get(`/incidents/${open!.id}`)).html, /自动结束/);

    await house.advance(4 * MINUTE);
    await house.relay.tidy();
    equal((await incidents(house)).length, 1, "not before");
    await house.advance(2 * MINUTE);
    await house.relay.tidy();
    equal(await incidents(house), []);
  });
}

const REAL = [
  { alertname: "TestAlert", instance: "Grafana", grafana_folder: "Network" },
  { alertname: "TestAlert", instance: "db-1:9100" },
  { alertname: "HelloFenghuoDown" },
  { alertname: "DiskFull", instance: "HelloFenghuo" },
];

for (const labels of REAL) {
  Deno.test(`an alert that only resembles a test stays open: ${Object.values(labels).join(", ")}`, async () => {
    await using house = await testRelay();
    equal((await post(house, json("/webhook", webhook({ labels })))).status, 200);
    const [alert] = await house.relay.store.log.newest(1);
    doesNotMatch(await why(house, alert!.id), /by itself/);
    await house.advance(60 * MINUTE);
    await house.relay.tidy();
    equal((await incidents(house)).length, 1);
  });
}

Deno.test("a test that comes again ends five minutes after the last one", async () => {
  await using house = await testRelay();
  for (let minute = 0; minute < 12; minute += 3) {
    await post(house, json("/webhook", GRAFANA));
    await house.advance(3 * MINUTE);
    await house.relay.tidy();
    equal((await incidents(house)).length, 1);
  }
  await house.advance(3 * MINUTE);
  await house.relay.tidy();
  equal(await incidents(house), []);
});

async function incidents(house: TestRelay): Promise<Record<string, unknown>[]> {
  return (await api(house, "GET", "incidents?state=open")).body.incidents;
}

async function why(house: TestRelay, id: string): Promise<string> {
  return (await api(house, "GET", `alerts/${id}/why?lang=en`)).body.sentences.join("\n");
}

function post(house: TestRelay, { path, headers = {}, body }: Sent): Promise<Response> {
  return house.request(path, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body,
  });
}

/** The request that a line for a shell makes. */
function pasted(curl: string): Sent {
  const [, path, body] = /http:\/\/relay(\S+)[^]* -d '(.*)'$/.exec(curl)!;
  return { path: path!, body: body! };
}

/** The payloads of `deno task send` in each dialect. */
async function sendDialects(): Promise<[string, (now: number) => Promise<Sent>][]> {
  const folder = new URL("../../../tasks/send/", import.meta.url);
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => !name.startsWith("_"));
  return await Promise.all(
    names.sort().map(async (name) => {
      const dialect: SendDialect = (await import(`${folder}${name}`)).default;
      const { values } = readOptions([], { options: dialect.options });
      return [`deno task send ${name.replace(/\.ts$/, "")}`, async (now: number): Promise<Sent> => {
        const { path, ...rest } = await dialect.example(values, { token: SECRETS.intakeToken, now });
        return { path: `/${path}`, ...rest };
      }];
    }),
  );
}
