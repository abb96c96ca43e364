import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { blocksIn } from "./kit/docs.ts";
import { ROOT } from "./kit/process.ts";
import { type TestRelay, testRelay } from "./kit/relay.ts";

const PAGE = "docs/migrating.md";
const SECTION = "## From PagerDuty, Opsgenie, ntfy, Gotify, Bark or the Apprise API";
const KEY = "R0UTING-KEY-of-before";

const [section = ""] = (await Deno.readTextFile(ROOT + PAGE)).split(`${SECTION}\n`)[1]?.split("\n## ") ?? [];
const block = (await blocksIn(PAGE, "yaml")).find(({ text }) => section.includes(text))!;

/** A relay with the configuration of the page. */
async function migrated(): Promise<TestRelay> {
  const env = { SENDERS_KEY: KEY, DING_TOKEN: "ding-token-1", DING_SECRET: "SEC-ding-secret" };
  const yaml = Object.entries(env).reduce(
    (text, [name, value]) => text.replaceAll(`\${${name}}`, value),
    block.text,
  );
  return await testRelay({ yaml });
}

/** The unchanged posts of each product's senders. */
const SENT: Readonly<Record<string, { body: string; headers?: Record<string, string>; type?: string }>> = {
  "PagerDuty": {
    body: JSON.stringify({
      routing_key: KEY,
      event_action: "trigger",
      dedup_key: "disk",
      payload: { summary: "Disk is full", source: "db-1", severity: "critical" },
    }),
  },
  "Opsgenie": {
    body: JSON.stringify({ message: "Disk is full", alias: "disk", priority: "P1" }),
    headers: { authorization: `GenieKey ${KEY}` },
  },
  "Jira (JSM)": {
    body: JSON.stringify({ message: "Disk is full", alias: "disk", priority: "P1" }),
    headers: { authorization: `GenieKey ${KEY}` },
  },
  "ntfy": {
    body: "Disk is full",
    type: "text/plain",
    headers: { authorization: `Bearer ${KEY}`, priority: "max" },
  },
  "Gotify": { body: JSON.stringify({ message: "Disk is full", priority: 8 }) },
  "Bark": { body: JSON.stringify({ device_key: KEY, title: "Disk is full", level: "critical" }) },
  "Apprise API": { body: JSON.stringify({ body: "Disk is full", type: "failure" }) },
};

const rows = [...section.matchAll(/^\| ([^|`]+?) +\| `(\S+)` +\| `http:\/\/fenghuo:8000(\S+)` +\|$/gm)];

Deno.test("the page shows before and after for each product", () => {
  equal(rows.map(([, product]) => product), Object.keys(SENT));
});

for (const [, product = "", before = "", after = ""] of rows) {
  Deno.test(`${product}: what was sent to ${before} is accepted at ${after}, and notifies the group as critical`, async () => {
    ok(URL.canParse(before));
    await using house = await migrated();
    const { body, headers = {}, type = "application/json" } = SENT[product]!;
    const response = await house.request(after.replace("KEY", KEY), {
      method: "POST",
      body,
      headers: { "content-type": type, authorization: "", ...headers },
    });
    const answer = await response.text();
    ok(response.ok, `${response.status} ${answer}`);
    const [logged] = await house.relay.store.log.newest(10);
    const { title, severity } = logged!.alert as { title: string; severity: string };
    equal([title, severity, logged!.routing.map(({ group }) => group)], [
      "Disk is full",
      "critical",
      ["ops/default"],
    ]);
  });
}
