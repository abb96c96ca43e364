import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { startSink } from "../../../simulator/sink.ts";
import { api } from "../../kit/api.ts";
import { type Visitor, visitor } from "../../kit/console.ts";
import { type TestRelay, testRelay } from "../../kit/relay.ts";

/** A name that an address accepts only in its own spelling. */
const OPS = "50 % ?#";

/** A relay that has seen everything that a page can lead to, and from which a group was taken away since. */
async function lived(url: string): Promise<TestRelay> {
  const house = await testRelay();
  const put = async (item: string, body: unknown): Promise<void> =>
    equal((await api(house, "PUT", `config/${item}`, { body })).status, 200);
  const hook = { channel: "webhook", config: { url } };
  await put("members/li.lei", { id: "li.lei", name: "李雷", email: "li.lei@example.com" });
  await put(`groups/${encodeURIComponent(OPS)}/1`, {
    owner: OPS,
    level: "1",
    members: ["li.lei"],
    destinations: [{ ...hook, fallback: "inbox" }, { channel: "inbox" }],
  });
  await put("groups/old/1", { owner: "old", level: "1", destinations: [hook, { channel: "inbox" }] });
  await put("rules", [{ match: ['team="ops"'], group: `${OPS}/1` }]);
  await put("departments/srv", { secret: "a secret" });
  const post = async (path: string, ...alerts: object[]): Promise<void> => {
    const body = JSON.stringify({ alerts: alerts.map((alert) => ({ status: "firing", ...alert })) });
    equal((await house.request(path, { method: "POST", body })).status, 200);
    await house.settle();
  };
  const disk = { labels: { alertname: "Disk", team: "ops" } };
  await post("/webhook", disk, { labels: { alertname: "Unrouted" } });
  await post("/webhook", disk);
  await post("/webhook/old/1", { labels: { alertname: "Old" } });
  await api(house, "POST", `groups/${encodeURIComponent(OPS)}/1/test`);
  await api(house, "POST", "silences", { body: { matchers: ["alertname=Disk"], duration: "1h" } });
  const { headers } = await house.request("/api/config/groups/old/1", {
    headers: { authorization: "Bearer test-password" },
  });
  const version = headers.get("etag")!.replaceAll('"', "");
  equal((await api(house, "DELETE", "config/groups/old/1", { version })).status, 200);
  return house;
}

/** Every address that pages link to from the first one on, with those that fail. */
async function walk(one: Visitor): Promise<{ seen: string[]; broken: string[] }> {
  const from = new Map([["/", ""]]);
  const broken: string[] = [];
  for (const [path, origin] of from) { // a Map goes on to what is added meanwhile
    const { status, html, headers } = await one.get(path);
    const policy = headers.get("content-security-policy") ?? "";
    const isMail = /\/(page|mail)(\?|$)/.test(path); // which styles itself, and runs nothing
    if (!policy.includes("default-src 'none'") || policy.includes("unsafe") !== isMail) {
      broken.push(`${path}: ${policy}`);
    }
    const onward = status === 303 ? headers.get("location") ?? "" : "";
    if (onward.startsWith("/")) from.set(onward, from.get(onward) ?? path); // to the step that is next
    else if (status !== 200) broken.push(`${origin} leads to ${path}: ${status}`);
    for (const [, link] of html.matchAll(/ (?:href|src|hx-get)="(\/[^"#]*)/g)) {
      const next = link!.replaceAll("&amp;", "&").replaceAll("&quot;", '"').replaceAll("&#39;", "'");
      if (!/^\/(sign-in|events)\b/.test(next) && !from.has(next)) from.set(next, path);
    }
  }
  return { seen: [...from.keys()], broken };
}

for (const role of ["admin", "viewer"] as const) {
  Deno.test(`every link that a page shows to a ${role} leads somewhere`, async () => {
    await using sink = await startSink();
    sink.answer({ status: 422, body: "no" });
    await using house = await lived(sink.url);
    const { seen, broken } = await walk(await visitor(house, role));
    equal(broken, []);
    ok(seen.length > 80, `only ${seen.length} addresses: ${seen.join("\n")}`);
    equal(house.reports, []);
  });
}

Deno.test("addresses that people type lead somewhere: the settings that are open to them, and the alert log", async () => {
  await using house = await testRelay();
  const table = [
    ["admin", "/settings", "/settings/general"],
    ["viewer", "/settings", "/settings/"],
    ["viewer", "/alert_info", "/alerts"],
  ] as const;
  for (const [role, from, to] of table) {
    const who = await visitor(house, role);
    const { status, headers } = await who.get(from);
    const led = headers.get("location") ?? "";
    ok(status === 303 && led.startsWith(to), `${role}: ${from} → ${status} ${led}`);
    equal((await who.get(led)).status, 200);
  }
});
