import { deepStrictEqual as equal, doesNotMatch, match, ok } from "node:assert/strict";
import { api } from "../../kit/api.ts";
import { visitor } from "../../kit/console.ts";
import { type TestRelay, testRelay } from "../../kit/relay.ts";

const YAML = `
members: [{ id: han.mei, name: 韩梅梅, mobile: "13800001111" }]
groups:
  - { owner: ops, level: dba, members: [han.mei], destinations: [{ channel: inbox, name: mail-room }] }
rules:
  - { match: ['cluster="db-prod"'], group: ops/dba }`;

/** A relay with a record of each kind, and their ids. */
async function furnished(): Promise<
  { house: TestRelay; ids: Record<"open" | "closed" | "silence", string> }
> {
  const house = await testRelay({ yaml: YAML });
  const fire = (alertname: string, labels: Record<string, string>, status?: "resolved"): Promise<unknown> =>
    house.fire({ labels: { alertname, ...labels }, ...status ? { status } : {} });
  await fire("DiskFull", { severity: "warning", instance: "db-prod-2" });
  await fire("DiskFull", { severity: "warning", instance: "db-prod-2" }, "resolved");
  await house.advance(60_000);
  await fire("SlowQuery", { severity: "critical", instance: "db-prod-1", cluster: "db-prod" });
  await house.settle();
  const { body: { silence } } = await api(house, "POST", "silences", {
    body: { matchers: ["alertname=Backup"], duration: "2h", comment: "the nightly backup" },
  });
  const { body: { incidents } } = await api(house, "GET", "incidents?state=all");
  const idOf = (title: string): string => incidents.find((one: { title: string }) => one.title === title).id;
  return { house, ids: { open: idOf("SlowQuery"), closed: idOf("DiskFull"), silence: silence.id } };
}

Deno.test("a search finds what is configured and what happened, open incidents first, and pages by their names in both languages", async () => {
  const { house, ids } = await furnished();
  await using _house = house;
  const one = await visitor(house, "viewer");
  const table: [query: string, links: RegExp[]][] = [
    ["db-prod", [
      new RegExp(`href="/incidents/${ids.open}"[^]*href="/incidents/${ids.closed}"`),
      /href="\/alerts\/[^"]+" dir="auto">DiskFull/,
      /href="\/rules#rule-1"/,
    ]],
    ["韩梅", [/href="\/members\?q=han\.mei"/, /href="\/groups\/ops\/dba"/]],
    ["13800001111", [/href="\/members\?q=han\.mei"/]],
    ["OPS", [/href="\/groups\/ops\/dba"/, /href="\/groups\/ops\/dba#destinations"/]],
    ["mail-room", [/href="\/groups\/ops\/dba#destinations"/]],
    ["nightly", [new RegExp(`href="/silences/${ids.silence}"`)]],
    ["DingTalk", [/href="\/channels#channel-dingtalk_robot"/]],
    ["钉钉", [/href="\/channels#channel-dingtalk_robot"/]],
    ["alert log", [/<a href="\/alerts">告警日志<\/a>/]],
    ["告警日志", [/<a href="\/alerts">告警日志<\/a>/]],
  ];
  for (const [query, links] of table) {
    const { status, html } = await one.get(`/search?q=${encodeURIComponent(query)}`);
    equal(status, 200, query);
    const [, hits = ""] = html.split('<div class="hits">');
    for (const link of links) match(hits, link, query);
  }
});

Deno.test("an id, a fingerprint and a link of this relay lead straight to their page", async () => {
  const { house, ids } = await furnished();
  await using _house = house;
  const one = await visitor(house, "viewer");
  const { body: { incident } } = await api(house, "GET", `incidents/${ids.open}`);
  const { body: { deliveries: [delivery] } } = await api(house, "GET", "deliveries?list=recent");
  const { body: { alerts } } = await api(house, "GET", "alerts?status=resolved");
  const table: [text: string, to: string][] = [
    [ids.open, `/incidents/${ids.open}`],
    [` ${ids.open.toLowerCase()} `, `/incidents/${ids.open}`],
    [incident.fingerprint, `/incidents/${ids.open}`],
    [alerts[0].id, `/alerts/${alerts[0].id}`],
    [delivery.id, `/deliveries/${delivery.id}`],
    [ids.silence, `/silences/${ids.silence}`],
    ["http://localhost/deliveries?tab=dead", "/deliveries?tab=dead"],
  ];
  for (const [text, to] of table) {
    const { status, headers } = await one.get(`/search?q=${encodeURIComponent(text)}`);
    equal([status, headers.get("location")], [303, to], text);
  }
  const { html } = await one.get(`/search?q=${encodeURIComponent("https://elsewhere.example/incidents")}`);
  match(html, /没有找到/);
});

Deno.test("what nobody wrote is not found, a text that is too long is refused, and an empty one explains the page", async () => {
  const { house } = await furnished();
  await using _house = house;
  const one = await visitor(house, "viewer");
  const none = await one.get("/search?q=unheard+of+%3Cb%3E");
  equal(none.status, 200);
  match(none.html, /没有找到“unheard of &lt;b&gt;”/);
  doesNotMatch(none.html, /<h2 id="hits-/);
  const long = await one.get(`/search?q=${"x".repeat(201)}`);
  equal(long.status, 422);
  match(long.html, /aria-invalid="true"/);
  match((await one.get("/search")).html, /<h1>搜索<\/h1>/);
});

Deno.test("a viewer does not find the pages of an admin", async () => {
  await using house = await testRelay();
  const find = async (role: "viewer" | "admin"): Promise<boolean> =>
    /<a href="\/audit">/.test(
      (await (await visitor(house, role)).get("/search?q=audit")).html.split('<div class="hits">')[1]!,
    );
  equal([await find("viewer"), await find("admin")], [false, true]);
});

Deno.test("the API answers the same with pages, and names the record that a text is the id of", async () => {
  const { house, ids } = await furnished();
  await using _house = house;
  const { body } = await api(house, "GET", "search?q=db-prod&limit=1");
  equal(body.exact, undefined);
  equal(
    body.kinds.map(({ kind, hits, more }: { kind: string; hits: { page: string }[]; more: boolean }) => [
      kind,
      hits[0]!.page,
      more,
    ]),
    [
      ["incident", `/incidents/${ids.open}`, true],
      ["rule", "/rules#rule-1", false],
      ["alert", `/alerts/${ids.open}`, true],
    ],
  );
  const { body: { exact } } = await api(house, "GET", `search?q=${ids.silence}`);
  equal([exact.kind, exact.page], ["silence", `/silences/${ids.silence}`]);
  const { status, body: refusal } = await api(house, "GET", "search?q=+");
  equal(status, 422);
  ok(/q: /.test(refusal.error), JSON.stringify(refusal));
});
