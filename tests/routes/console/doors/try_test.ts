import { deepStrictEqual as equal, doesNotMatch, match } from "node:assert/strict";
import { type Page, type Visitor, visitor } from "../../../kit/console.ts";
import { type TestRelay, testRelay } from "../../../kit/relay.ts";

const YAML = `
groups:
  - { owner: dba, level: default, destinations: [{ channel: inbox, name: box }] }
  - { owner: web, level: default, destinations: [{ channel: inbox }] }
rules: [{ match: ['host=~"db-.*"'], group: dba/default }]
doors:
  - { name: zabbix, title: $.name, status: $.state, labels: { host: $.host }, auth: { token: S3CRET-token } }
  - { name: fixed, title: $.name, group: web/default }
  - { name: typed, type: standard_webhooks, secret: S3CRET-secret }
`;

const open = (): Promise<TestRelay> => testRelay({ yaml: YAML });

/** The text of a page, without its markup. */
function textOf({ html }: Page, id = "tried"): string {
  const part = html.slice(html.indexOf(`id="${id}"`));
  return part.replace(/<[^>]*>/g, " ").replaceAll("&quot;", '"').replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&").replace(/\s+/g, " ");
}

async function tried(who: Visitor, mapping: string, payload: string, type = ""): Promise<string> {
  const page = await who.post("/doors/try", { mapping, payload, type, do: "try" }, {
    headers: { "accept-language": "en" },
  });
  equal(page.status, 200);
  return textOf(page);
}

Deno.test("a mapping shows its alerts part by part, with the groups that they notify", async () => {
  await using house = await open();
  const text = await tried(
    await visitor(house),
    "title: $.name\nstatus: { from: $.state }\nlabels: { host: $.host }\nkey: $.id\nstarts_at: $.at",
    '[{"name":"Disk","state":"PROBLEM","host":"db-1","id":1,"at":"noon"},{"name":"Disk","state":"OK","host":"x","id":1}]',
  );
  match(text, /Alerts: 2; cannot be read: 0; ignored: 0/);
  match(text, /Disk → dba\/default/);
  match(text, /status \$\.state PROBLEM Firing/);
  match(text, /severity default Warning/);
  match(text, /title \$\.name Disk/);
  match(text, /labels\.host \$\.host db-1/);
  match(text, /starts_at \$\.at noon ● not a time/);
  match(text, /dba\/default: matched by rule 1\. through Inbox \(box\)/);
  match(text, /Disk → default\/default[^]*status \$\.state OK Resolved/);
  match(text, /It counts as the same as alert 1/);
  equal(await house.relay.store.log.newest(10), [], "nothing is stored");
});

const WRONG: [what: string, mapping: string, payload: string, words: RegExp][] = [
  ["YAML that is none", "title: [", "{}", /The mapping is wrong: ▲ YAML: is no valid YAML/],
  ["a path that is none", "title: $.a[", "{}", /doors\[0\]\.title: must be a text, a path/],
  ["a mapping without a title", "type: standard_webhooks\nname: 7x!", "{}", /doors\[0\]\.name/],
  ["a list as a text", "just text", "{}", /must be a mapping/],
  ["nothing", "", "{}", /has no door/],
  ["a payload that is no JSON", "title: $.a", "{", /cannot be read: The body is not JSON/],
  [
    "a title that is not there",
    "title: $.a",
    '{"b":1}',
    /cannot be read: 1[^]*title finds nothing in this alert/,
  ],
  ["an unknown status", "title: $.a\nstatus: $.s", '{"a":1,"s":"?"}', /status finds "\?"[^]*status \$\.s \?/],
  [
    "alerts that are not there",
    "title: $.a\nalerts: $.x",
    '{"a":1}',
    /alerts selects nothing in this payload/,
  ],
];

for (const [what, mapping, payload, words] of WRONG) {
  Deno.test(`${what} is explained`, async () => {
    await using house = await open();
    match(await tried(await visitor(house), mapping, payload), words);
  });
}

Deno.test("a form, an ignored alert, and the payload of a type without a mapping are tried", async () => {
  await using house = await open();
  const who = await visitor(house);
  match(await tried(who, "title: $.a", "a=from+a+form"), /from a form → default\/default/);
  const ignore = "title: $.a\nstatus: { from: $.s, words: { x: ignore } }";
  match(await tried(who, ignore, '{"a":1,"s":"x"}'), /ignored: 1[^]*Alert 1 is ignored/);
  const grafana = '{"alerts":[{"status":"firing","labels":{"alertname":"CPU","host":"db-9"}}]}';
  match(await tried(who, "type: grafana\nsecret: x", grafana), /CPU → dba\/default/);
  match(await tried(who, "type: grafana\nsecret: x", '{"alerts":1}'), /cannot be read: alerts/);
});

Deno.test("a door of the configuration is filled in without its secrets, and its group counts", async () => {
  await using house = await open();
  const who = await visitor(house);
  for (const name of ["zabbix", "fixed", "typed"]) {
    const { html } = await who.get(`/doors/try?door=${name}`);
    match(html, new RegExp(`name: ${name}\\n`));
    doesNotMatch(html, /S3CRET|••••/);
  }
  const chosen = await who.post("/doors/try", {
    door: "fixed",
    payload: '{"name":"N"}',
    mapping: "",
    do: "door",
  });
  match(chosen.html, /name: fixed\n/);
  match(textOf(chosen), /N → web\/default/);
});

Deno.test("a refused payload is tried with one click, in the mapping of the door that refused it", async () => {
  await using house = await open();
  await (await house.request("/in/zabbix", {
    method: "POST",
    headers: { authorization: "Bearer S3CRET-token" },
    body: JSON.stringify({ name: "Disk", state: "BROKEN", host: "db-1", text: "x".repeat(10_000) }),
  })).body?.cancel();
  const who = await visitor(house);
  const [, link] = /href="(\/doors\/try\?refused=[^"]+)"/.exec((await who.get("/doors")).html)!;
  const page = await who.get(link!, { "accept-language": "en" });
  match(page.html, /name: zabbix\n/);
  match(textOf(page), /Alert 1 cannot be read[^]*status finds "BROKEN"[^]*title \$\.name Disk/);
  match(textOf(page, "trial"), /Only its beginning was kept/);
});

Deno.test("only admins try mappings, and hostile texts stay texts", async () => {
  await using house = await open();
  for (const role of ["viewer", "operator"] as const) {
    equal((await (await visitor(house, role)).get("/doors/try")).status, 403);
  }
  const page = await (await visitor(house)).post("/doors/try", {
    mapping: "title: $.a # </textarea><script>alert(1)</script>",
    payload: '{"a":"<script>alert(2)</script>"}',
    type: '"><script>alert(3)</script>',
    do: "try",
  });
  doesNotMatch(page.html, /<script>alert/);
});

Deno.test("a mapping is tried without the relay's environment", async () => {
  await using house = await testRelay({ env: { S3CRET: "S3CRET-value" } });
  const text = await tried(await visitor(house), 'title: "${S3CRET}"', "{}");
  doesNotMatch(text, /S3CRET-value/);
});

Deno.test("the general settings list the doors without their secrets", async () => {
  await using house = await open();
  const { html } = await (await visitor(house)).get("/settings/general", { "accept-language": "en" });
  match(html, /\/in\/zabbix · token of its own/);
  match(html, /\/in\/fixed · intake token · web\/default/);
  match(html, /\/in\/typed · standard_webhooks/);
  doesNotMatch(html, /S3CRET|href="\/settings\/general\/doors"/);
});
