import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { roleFor } from "../../../routes/api/guard.ts";
import { api } from "../../kit/api.ts";
import { type Page, type Visitor, visitor } from "../../kit/console.ts";
import { testRelay } from "../../kit/relay.ts";

const GROUPS = `
members: [{ id: li.lei, name: 李雷 }]
groups:
  - { owner: ops, level: default, members: [li.lei], destinations: [{ channel: inbox, name: night }] }
  - { owner: dba, level: default }`;

const RULES = [
  { match: ['team="ops"', 'severity=~"critical|warning"'], group: "ops/default" },
  { match: ['job="mysql"'], group: "dba/default" },
];

/** The text of a page, without its markup. */
function textOf({ html }: Page, id = "main"): string {
  const part = html.slice(html.indexOf(`id="${id}"`));
  return part.replace(/<[^>]*>/g, " ").replaceAll("&quot;", '"').replaceAll("&#39;", "'")
    .replace(/\s+/g, " ");
}

/** The fields of the form that a page shows. */
function formIn({ html }: Page): [string, string][] {
  const version = /name="version" value="([^"]*)"/.exec(html)![1]!;
  const matchers = [...html.matchAll(/name="match"[^>]*>([^<]*)<\/textarea>/g)];
  const groups = [...html.matchAll(/name="group"[^]*?<\/select>/g)];
  return [
    ["version", version],
    ...matchers.flatMap(([, text], index): [string, string][] => [
      ["match", text!.replaceAll("&quot;", '"')],
      ["group", / value="([^"]*)" selected/.exec(groups[index]![0])?.[1] ?? ""],
    ]),
  ];
}

async function edit(who: Visitor, ...more: [string, string][]): Promise<Page> {
  return await who.post("/rules/edit", [...formIn(await who.get("/rules/edit")), ...more]);
}

Deno.test("rules are made, moved, changed and removed with buttons, and stored only when they are saved", async () => {
  await using house = await testRelay({ yaml: GROUPS });
  const admin = await visitor(house);
  match(textOf(await admin.get("/rules")), /No rules yet|还没有规则/);
  const added = await edit(admin, ["do", "add"]);
  equal(formIn(added), [["version", ""], ["match", ""], ["group", ""]]);
  match(added.html, /id="match-0"[^>]* autofocus/, "one goes on typing where the button was");
  equal(house.relay.config.rules, []);
  const fields = RULES.flatMap(({ match, group }): [string, string][] => [
    ["match", match.join("\r\n")],
    ["group", group],
  ]);
  const saved = await admin.post("/rules/edit", [["version", ""], ...fields, ["do", "save"]]);
  equal([saved.status, saved.headers.get("location")], [303, "/rules"]);
  equal(house.relay.configuration.item("rules")?.value, RULES);

  const moved = await edit(admin, ["do", "down-0"]);
  equal(formIn(moved).filter(([name]) => name === "group").map(([, value]) => value), [
    "dba/default",
    "ops/default",
  ]);
  equal(house.relay.configuration.item("rules")?.value, RULES);
  await admin.post("/rules/edit", [...formIn(moved), ["do", "save"]]);
  equal(house.relay.configuration.item("rules")?.value, RULES.toReversed());
  const fewer = await edit(admin, ["do", "remove-0"]);
  await admin.post("/rules/edit", [...formIn(fewer), ["do", "save"]]);
  equal(house.relay.configuration.item("rules")?.value, [RULES[0]]);
  const none = await edit(admin, ["do", "remove-0"]);
  equal((await admin.post("/rules/edit", [...formIn(none), ["do", "save"]])).status, 303);
  equal(house.relay.configuration.item("rules"), undefined);
});

Deno.test("of many groups the list stands on the page once, however many rules there are", async () => {
  const ids = Array.from({ length: 60 }, (_, index) => `team${index}/default`);
  await using house = await testRelay({
    yaml: `groups: [${ids.map((id) => `{ owner: ${id.split("/")[0]}, level: default }`)}]`,
  });
  const admin = await visitor(house);
  const rules = ids.map((id): [string, string] => [`team="${id}"`, id]);
  const fields = rules.flatMap(([match, group]): [string, string][] => [["match", match], ["group", group]]);
  equal((await admin.post("/rules/edit", [["version", ""], ...fields, ["do", "save"]])).status, 303);
  const page = await admin.get("/rules/edit");
  equal(page.html.match(/<option value="team7\/default">/g)?.length, 1);
  equal([...page.html.matchAll(/name="group" list="groups" value="([^"]*)"/g)].map(([, id]) => id), ids);
});

Deno.test("what is wrong with a rule stands at its field, and nothing is stored", async () => {
  await using house = await testRelay({ yaml: GROUPS });
  const admin = await visitor(house);
  const fields: [string, string][] = [
    ["version", ""],
    ["match", 'job="mysql"'],
    ["group", "dba/default"],
    ["match", 'team="ops'],
    ["group", "ops/default"],
    ["match", 'team="ops"'],
    ["group", "gone/1"],
    ["match", ""],
    ["group", "ops/default"],
  ];
  const page = await admin.post("/rules/edit", [...fields, ["do", "save"]]);
  equal(page.status, 422);
  const errorAt = (id: string): string => textOf(page, id).slice(0, 120);
  match(page.html, /id="match-0-error"><\/div>/);
  match(errorAt("match-1-error"), /a quote is not closed/);
  match(errorAt("group-2-error"), /there is no group "gone\/1"/);
  match(errorAt("match-3-error"), /must have a matcher/);
  equal(formIn(page), fields);
  equal(house.relay.configuration.item("rules"), undefined);
});

Deno.test("of two people who edit the rules the second sees what the first did, and overwrites it only knowingly", async () => {
  await using house = await testRelay({ yaml: GROUPS });
  const admin = await visitor(house);
  await api(house, "PUT", "config/rules", { body: RULES });
  const mine = formIn(await admin.get("/rules/edit"));
  const theirs = house.relay.configuration.item("rules")!;
  await api(house, "PUT", "config/rules", { body: [RULES[1]], version: theirs.version });
  const late = await admin.post("/rules/edit", [...mine, ["do", "save"]]);
  equal(late.status, 409);
  match(textOf(late), /someone|somebody|别人/i);
  equal(house.relay.configuration.item("rules")?.value, [RULES[1]]);
  const again = formIn(late);
  equal(again.slice(1), mine.slice(1), "what was typed is still there");
  equal((await admin.post("/rules/edit", [...again, ["do", "save"]])).status, 303);
  equal(house.relay.configuration.item("rules")?.value, RULES);
});

Deno.test("the file's rules are read-only, and a viewer and an operator change none", async () => {
  const yaml = `${GROUPS}\nrules: ${JSON.stringify(RULES)}`;
  await using house = await testRelay({ yaml });
  const admin = await visitor(house);
  const page = await admin.get("/rules");
  match(textOf(page), /fenghuo\.yaml/);
  ok(!page.html.includes('href="/rules/edit"'));
  equal((await admin.get("/rules/edit")).headers.get("location"), "/rules");
  const refused = await admin.post("/rules/edit", [["version", ""], ["match", "a=b"], [
    "group",
    "dba/default",
  ], [
    "do",
    "save",
  ]]);
  equal(refused.status, 409);
  match(textOf(refused), /declared in the relay's own file/);
  for (const role of ["viewer", "operator"] as const) {
    const other = await visitor(house, role);
    equal((await other.get("/rules")).status, 200);
    equal((await other.get("/rules/edit")).status, 403);
    equal((await other.post("/rules/edit", [["do", "save"]])).status, 403);
  }
});

Deno.test("each rule shows how often it led somewhere since it was changed", async () => {
  await using house = await testRelay({ yaml: GROUPS });
  await api(house, "PUT", "config/rules", { body: RULES });
  const counts = async (): Promise<string[]> => {
    const { html } = await (await visitor(house)).get("/rules");
    return [...html.matchAll(/<td class="number"[^>]*>([^<]*)</g)].map(([, text]) => text!);
  };
  await house.accept({ labels: { job: "mysql" } });
  await house.advance(3_600_000);
  for (let time = 0; time < 3; time++) {
    await house.accept({ labels: { team: "ops", severity: "critical" } });
  }
  await house.accept({ labels: { nobody: "knows" } });
  equal(await counts(), ["1", "2", "0", "0"]);
  await house.advance(26 * 3_600_000);
  equal(await counts(), ["0", "0", "0", "0"]);
});

Deno.test("a pasted alert shows which rules match, why not, and who would be notified", async () => {
  await using house = await testRelay({ yaml: `${GROUPS}\nrules: ${JSON.stringify(RULES)}` });
  const viewer = await visitor(house, "viewer");
  const tried = async (labels: string): Promise<string> =>
    textOf(await viewer.post("/rules", { labels, try: "labels" }), "tried");
  const ops = await tried('team="ops"\nseverity=info\njob=mysql');
  match(ops, /dba\/default.*第 2 条规则/);
  match(ops, /team="ops".*✕.*severity=~"critical\|warning".*info/);
  match(ops, /没有投递目标/);
  const json = await tried(JSON.stringify({ alerts: [{ labels: { team: "ops", severity: "critical" } }] }));
  match(json, /ops\/default.*第 1 条规则.*night.*李雷/);
  match(await tried("a=b"), /default\/default.*没有匹配的规则/);
  match(await tried('a="b'), /第 1 行.*a quote is not closed/);
  match(await tried("{broken"), /第 1 行/);
  match(await tried('{"a": '), /JSON/);
  match(await tried('{"a": {"b": {}}}'), /JSON 里没有标签/);
  equal(await house.relay.store.log.newest(1), [], "nothing was accepted");
});

Deno.test("a role that may try rules on the page may do it by the API, too", () => {
  equal(roleFor("POST", "/api/rules/test"), "viewer");
  equal(roleFor("POST", "/api/rules"), "operator");
});

Deno.test("an unsaved edit is tried, on a recent alert, also one whose sender named its group", async () => {
  await using house = await testRelay({ yaml: GROUPS });
  const admin = await visitor(house);
  await house.accept({ labels: { job: "mysql", alertname: "SlowQuery" } });
  const [logged] = await house.relay.store.log.newest(1);
  const page = await edit(admin, ["match", "job=mysql"], ["group", "dba/default"], ["alert", logged!.id]);
  equal(page.status, 200);
  match(textOf(page, "tried"), /SlowQuery.*dba\/default.*第 1 条规则/);
  equal(house.relay.configuration.item("rules"), undefined);
  const asked = {
    method: "POST",
    body: JSON.stringify({ alerts: [{ status: "firing", labels: { a: "b" } }] }),
  };
  await (await house.request("/webhook/dba/default", asked)).body?.cancel();
  const [named] = await house.relay.store.log.newest(1);
  match(textOf(await admin.get(`/rules?alert=${named!.id}`), "tried"), /指定了组 dba\/default/);
  equal((await admin.get("/rules?alert=nothing")).status, 404);
});

Deno.test("what is hostile in a rule or an alert shows as text", async () => {
  await using house = await testRelay({ yaml: GROUPS });
  const admin = await visitor(house);
  const hostile = `"><script>alert(1)</script>`;
  await api(house, "PUT", "config/rules", {
    body: [{ match: [`a=${JSON.stringify(hostile)}`], group: "dba/default" }],
  });
  for (
    const { html } of [
      await admin.get("/rules"),
      await admin.get("/rules/edit"),
      await admin.post("/rules", {
        labels: JSON.stringify({ [hostile]: hostile, a: hostile, alertname: hostile }),
      }),
    ]
  ) ok(!html.includes("<script>alert"), html);
});
