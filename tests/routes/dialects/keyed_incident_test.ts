/** Incidents of senders that name them by a key of their own, and often send nothing else. */
import { deepStrictEqual as equal } from "node:assert/strict";
import type { Alert } from "../../../relay/domain/alert.ts";
import { SECRETS, type TestRelay, testRelay } from "../../kit/relay.ts";

const YAML = `
groups:
  - { owner: default, level: default, destinations: [{ channel: inbox }] }
  - { owner: dba, level: default, robot_token: token-of-dba, destinations: [{ channel: inbox }] }
  - { owner: web, level: default, robot_token: token-of-web, destinations: [{ channel: inbox }] }
rules:
  - { match: ['component="database"'], group: dba/default }`;

/** A product: its requests that open an alert by a key, add to it, and close it. */
interface Product {
  readonly name: string;
  open(key: string, token: string): RequestInit & { path: string };
  act(
    name: "acknowledge" | "close",
    key: string,
    token: string,
    user?: string,
  ): RequestInit & { path: string };
}

const PRODUCTS: readonly Product[] = [
  {
    name: "pagerduty",
    open: (dedup_key, routing_key) => ({
      path: "/v2/enqueue",
      body: JSON.stringify({
        routing_key,
        dedup_key,
        event_action: "trigger",
        payload: { summary: "Disk is full", severity: "critical", component: "database" },
      }),
    }),
    act: (name, dedup_key, routing_key, client) => ({
      path: "/v2/enqueue",
      body: JSON.stringify({
        routing_key,
        dedup_key,
        client,
        event_action: name === "close" ? "resolve" : name,
      }),
    }),
  },
  {
    name: "opsgenie",
    open: (alias, token) => ({
      path: "/v2/alerts",
      headers: { authorization: `GenieKey ${token}` },
      body: JSON.stringify({
        alias,
        message: "Disk is full",
        priority: "P1",
        details: { component: "database" },
      }),
    }),
    act: (name, alias, token, user) => ({
      path: `/v2/alerts/${alias}/${name}`,
      headers: { authorization: `GenieKey ${token}` },
      body: JSON.stringify({ user, note: "x".repeat(100_000) }),
    }),
  },
];

async function send(house: TestRelay, { path, ...init }: RequestInit & { path: string }): Promise<void> {
  const response = await house.request(path, { method: "POST", ...init });
  equal(response.status, 202, await response.text());
  await house.settle();
}

for (const { name, open, act } of PRODUCTS) {
  Deno.test(`${name}: the groups that a rule notified are notified of an end that names only the key`, async () => {
    await using house = await testRelay({ yaml: YAML });
    await send(house, open("k", SECRETS.intakeToken));
    await send(house, act("close", "k", SECRETS.intakeToken));
    const [end, beginning] = await house.relay.store.log.newest(2);
    equal(beginning!.routing.map(({ group }) => group), ["dba/default"]);
    equal(end!.routing.map(({ group, outcome }) => [group, outcome.kind]), [["dba/default", "told"]]);
    const { status, title, severity, labels } = end!.alert as Alert;
    equal([status, title, severity, labels.component], ["resolved", "Disk is full", "critical", "database"]);
    equal(await house.relay.store.incidents.newest("open", 5), []);
  });

  Deno.test(`${name}: two groups that use the same key have an incident each`, async () => {
    await using house = await testRelay({ yaml: YAML });
    for (const token of ["token-of-dba", "token-of-web"]) await send(house, open("k", token));
    equal((await house.relay.store.incidents.newest("open", 5)).length, 2);
    await send(house, act("acknowledge", "k", "token-of-web"));
    await send(house, act("close", "k", "token-of-dba"));
    const [incident, ...others] = await house.relay.store.incidents.newest("open", 5);
    equal([Object.keys(incident!.windows), incident!.known, others], [["web/default"], true, []]);
  });

  Deno.test(`${name}: a long name and a long note are cut, and the audit names the sender`, async () => {
    await using house = await testRelay({ yaml: YAML });
    await send(house, open("k", "token-of-dba"));
    await send(house, act("acknowledge", "k", "token-of-dba", "li.lei\n".repeat(50_000)));
    const [{ known, knownBy = "", memo = "" } = { known: false }] = await house.relay.store.incidents.newest(
      "open",
      1,
    );
    equal([known, knownBy.length <= 100, memo.length <= 500], [true, true, true]);
    equal(knownBy.startsWith("li.lei li.lei"), true);
    const { entries } = await house.relay.query.audit({ limit: 1 });
    equal(entries[0]!.by, "robot of dba/default");
    equal(house.reports, []);
  });
}
