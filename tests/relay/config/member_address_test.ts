import { deepStrictEqual as equal, doesNotMatch, match } from "node:assert/strict";
import { complaintText, parseConfig } from "../../../relay/config/mod.ts";
import type { ChannelRegistry } from "../../../relay/channel/registry.ts";
import { fileJsonSchema } from "../../../tasks/schema.ts";
import { api } from "../../kit/api.ts";
import { Visitor } from "../../kit/console.ts";
import { withPlugins } from "../../kit/plugin_folder.ts";
import { SECRETS, testRelay } from "../../kit/relay.ts";

/** A plugin that reads an address of its own, and sends nothing anywhere. */
const PAGER = `
import { defineChannel, delivered, z } from "CHANNEL";
export default defineChannel({
  name: "pager",
  title: "Pager",
  words: { zh: { "Pager": "寻呼机", "Pager number": "寻呼号", "Digits only": "只有数字", "Loudness": "音量", "loud": "响" } },
  config: z.object({ loudness: z.enum(["loud", "soft"]).default("soft").meta({ title: "Loudness" }) }),
  address: [
    { name: "pager", title: "Pager number", description: "Digits only" },
    { name: "mobile", title: "Not again" },
  ],
  send: (_config, message) => Promise.resolve(delivered(message.recipients.map(({ pager }) => pager).join(","))),
  sample: {},
});
`;

const MEMBERS = `
members: [{ id: li, pager: 0138 }, { id: han, mobile: 13800000000 }]
groups: [{ owner: default, level: default, members: [li, han], destinations: [CHANNELS] }]`;

async function complaintsOf(yaml: string, channels: ChannelRegistry): Promise<string[]> {
  const parsed = await parseConfig({ env: {}, yaml, secrets: SECRETS, channels });
  return parsed.ok ? [] : parsed.complaints.map(complaintText);
}

Deno.test("a channel's own address is a field of members, which its messages get", async () => {
  await using plugins = await withPlugins({ pager: PAGER });
  const yaml = MEMBERS.replace("CHANNELS", "{ channel: pager }");
  await using house = await testRelay({ channels: plugins.channels, yaml });
  await house.fire({});
  equal((await house.deliveries()).map(({ attempts }) => attempts.at(-1)?.because), ["0138,"]);
});

Deno.test("the address is known even if no destination names its channel, and one that no channel brings is a mistake", async () => {
  await using plugins = await withPlugins({ pager: PAGER });
  const yaml = MEMBERS.replace("CHANNELS", "{ channel: inbox }");
  equal(await complaintsOf(yaml, plugins.channels), []);
  equal(await complaintsOf(yaml.replace("pager: 0138", "paper: 0138"), plugins.channels), [
    'members[0].paper: is not a setting; did you mean "pager"?',
  ]);
  equal(await complaintsOf(yaml.replace("0138", "[1]"), plugins.channels), [
    "members[0].pager: must be a string or a number, not a list",
  ]);
});

Deno.test("only a member with an address of another channel loads all channels", async () => {
  await using plugins = await withPlugins({ pager: PAGER });
  const yaml = MEMBERS.replace("pager: 0138", "mobile: 0138").replace("CHANNELS", "{ channel: inbox }");
  equal(await complaintsOf(yaml, plugins.channels), []);
  equal(plugins.channels.get("pager"), undefined);
});

Deno.test("while a plugin is broken, the addresses that it may bring do not stop a start", async () => {
  await using plugins = await withPlugins({ pager: `${PAGER} throw new Error("boom");` });
  const yaml = MEMBERS.replace("CHANNELS", "{ channel: pager }");
  equal(await complaintsOf(yaml, plugins.channels), []);
});

Deno.test("an address of a plugin is in the schema file, in the API's, and in what the API stores", async () => {
  await using plugins = await withPlugins({ pager: PAGER });
  await using house = await testRelay({ channels: plugins.channels });
  equal((await api(house, "PUT", "config/members/li", { body: { pager: 138 } })).status, 200);
  equal(house.relay.config.members.get("li"), { id: "li", pager: "138" });
  const refused = await api(house, "PUT", "config/members/han", { body: { papers: "1" } });
  equal(refused.status, 422);
  match(JSON.stringify((await api(house, "GET", "openapi.json")).body), /"Pager number"/);
  // deno-lint-ignore no-explicit-any -- it is JSON
  const { properties } = fileJsonSchema(plugins.channels) as any;
  equal(properties.members.items.properties.pager.title, "Pager number");
  equal(properties.members.items.properties.mobile.title, "Mobile number");
});

Deno.test("a plugin's form and its members' fields are in the reader's language, by its own words", async () => {
  await using plugins = await withPlugins({ pager: PAGER });
  await using house = await testRelay({ channels: plugins.channels });
  await api(house, "PUT", "config/members/li", { body: { pager: 138 } });
  const visitor = new Visitor(house, { "accept-language": "zh" });
  await visitor.signIn();
  const form = await visitor.get("/members/li");
  match(form.html, /寻呼号[^]*只有数字/);
  match((await visitor.get("/members")).html, /寻呼号<\/span> <bdi>138/);
  const page = await visitor.get("/groups/default/default/destinations?channel=pager");
  match(page.html, /寻呼机[^]*音量[^]*<option value="loud"[^>]*>响[^]*<option value="soft"[^>]*>soft/);
  match((await visitor.get("/groups/default/default/destinations")).html, /寻呼机/);
  const english = new Visitor(house, { "accept-language": "en" });
  await english.signIn();
  match((await english.get("/members/li")).html, /Pager number[^]*Digits only/);
});

const KEY = "dev+key/1=";

/** A channel whose members have a secret each, which its vendor repeats. */
const BEEPER = `
import { defineChannel, refused, z } from "CHANNEL";
export default defineChannel({
  name: "beeper",
  title: "Beeper",
  config: z.object({ url: z.url().meta({ title: "URL" }) }),
  address: { name: "beeper", title: "Beeper key", secret: true },
  request: ({ url }, message) => ({ url, json: { to: message.recipients[0]?.beeper } }),
  verdict: ({ text }) => refused("recipient", "no device " + text),
  sample: { url: "https://beeper.example.com/" },
});
`;

const SECRET_MEMBERS = `
members: [{ id: li, name: 李雷, beeper: "${KEY}" }]
groups:
  - owner: default
    level: default
    members: [li]
    destinations: [{ channel: beeper, config: { url: "https://beeper.example.com/" } }]`;

Deno.test("a secret address is hidden on pages, in answers, exports and records, even if the vendor's answer repeats it", async () => {
  await using plugins = await withPlugins({ beeper: BEEPER });
  const sent: string[] = [];
  await using house = await testRelay({
    channels: plugins.channels,
    yaml: SECRET_MEMBERS,
    fetch: (_address, init) => {
      sent.push(String(init!.body));
      return Promise.resolve(new Response(`${KEY} ${encodeURIComponent(KEY)}`));
    },
  });
  await house.fire({});
  equal(sent, [JSON.stringify({ to: KEY })]);
  const [delivery] = await house.deliveries();
  match(String(delivery!.attempts[0]!.because), /^no device/);

  const visitor = new Visitor(house);
  await visitor.signIn();
  const authorization = `Bearer ${SECRETS.adminPassword}`;
  const exported = await (await house.request("/api/config/export", { headers: { authorization } })).text();
  match(exported, /beeper: \$\{LI_BEEPER\}/);
  const shown = [
    exported,
    ...["config", "config/members/li", "audit", "deliveries"].map((path) => api(house, "GET", path)),
    ...["/members", "/members?q=dev", "/members/li", "/groups/default/default"].map((path) =>
      visitor.get(path)
    ),
    delivery,
  ];
  for (const one of await Promise.all(shown)) doesNotMatch(JSON.stringify(one), /dev.{1,3}key/);
  match((await visitor.get("/members")).html, /Beeper key<\/span> <bdi>••••</);
});

Deno.test("a secret address keeps its value where its mark is sent back, is hidden in the audit, and must be a text", async () => {
  await using plugins = await withPlugins({ beeper: BEEPER });
  await using house = await testRelay({ channels: plugins.channels });
  const made = await api(house, "PUT", "config/members/li", { body: { beeper: KEY } });
  const { version, value } = made.body;
  match(value.beeper, /^••••/);
  const body = { ...value, name: "李雷" };
  equal((await api(house, "PUT", "config/members/li", { version, body })).status, 200);
  equal(house.relay.config.members.get("li"), { id: "li", name: "李雷", beeper: KEY });
  doesNotMatch(JSON.stringify((await api(house, "GET", "audit")).body), /dev.{1,3}key/);
  const refused = await api(house, "PUT", "config/members/han", { body: { beeper: 1 } });
  equal(refused.status, 422);
});

Deno.test("an address that only a broken plugin knows may be a secret", async () => {
  await using plugins = await withPlugins({ beeper: `${BEEPER} throw new Error("boom");` });
  await using house = await testRelay({ channels: plugins.channels, yaml: SECRET_MEMBERS });
  const { value } = (await api(house, "GET", "config/members/li")).body;
  match(value.beeper, /^••••/);
  equal(value.name, "李雷");
});
