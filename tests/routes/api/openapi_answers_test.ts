import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { encode } from "../../../relay/base/codec.ts";
import type { ProviderIdentity } from "../../../relay/domain/provider_identity.ts";
import * as shapes from "../../../routes/api/openapi/shapes/mod.ts";
import { type Sink, startSink } from "../../../simulator/sink.ts";
import { api } from "../../kit/api.ts";
import { descriptionsIn, documented } from "../../kit/described.ts";
import { SECRETS, type TestAlert, type TestRelay, testRelay } from "../../kit/relay.ts";

const YAML = (url: string): string => `
members: [{ id: han.mei, name: 韩梅梅 }]
groups:
  - { owner: ops, level: dba, members: [han.mei], oncall: { rotation: [han.mei], start: 2026-11-16 }, destinations: [] }
  - { owner: default, level: default, flap: { count: 3, per: 1h }, destinations: [{ channel: inbox }] }
  - owner: ops
    level: default
    destinations:
      - { channel: webhook, config: { url: "${url}" }, fallback: inbox }
      - { channel: inbox }
  - { owner: sick, level: default, destinations: [{ channel: webhook, config: { url: "${url}" } }] }
rules: [{ match: ['team="ops"'], group: ops/default }, { match: ['team="sick"'], group: sick/default }]`;

/** Creates a record of every kind. @returns the ids of the records */
async function live(house: TestRelay, sink: Sink): Promise<Record<string, string>> {
  const post = async (alert: TestAlert): Promise<void> => {
    equal((await (await house.post(alert)).json()).accepted, 1);
    await house.settle();
  };
  const act = async (path: string, body: unknown, method = "POST"): Promise<Record<string, string>> => {
    const answer = await api(house, method, path, { body });
    ok(answer.status < 300, JSON.stringify(answer));
    return answer.body;
  };
  sink.answer({ status: 400 });
  for (const status of ["firing", "firing", "resolved", "firing"] as const) {
    await post({ status, labels: { instance: "db-1" } });
  }
  for (const team of ["ops", "sick"]) {
    for (const instance of ["a", "b"]) {
      await post({ labels: { team, instance, severity: "disaster" }, annotations: { summary: "s" } });
    }
  }
  await house.advance(60_000);
  await act("silences", { matchers: ["alertname=Quiet"], duration: "2h", comment: "c" });
  await post({ labels: { alertname: "Quiet" } });
  await house.relay.store.recipients.note({
    channel: "email",
    destination: "ops/default/email",
    because: "550 no such user",
    failed: ["li.lei"],
    reached: [],
  }, house.clock.now());
  const [first, second] = (await api(house, "GET", "dead")).body.dead;
  const [alert] = (await api(house, "GET", "alerts")).body.alerts;
  const { alerts } = (await api(house, "GET", "alerts?told=true")).body;
  const [incident] = (await api(house, "GET", "incidents")).body.incidents;
  const [silence] = (await api(house, "GET", "silences")).body.silences;
  const { override } = await act("oncall/overrides", {
    group: "ops/dba",
    members: ["han.mei"],
    duration: "2h",
    comment: "c",
  }) as unknown as { override: { id: string } };
  await act(`incidents/${incident.id}/ack`, { memo: "m" });
  await act("accounts", { name: "zhao", role: "viewer", password: "a long password" });
  const { id: token } = await act("tokens", { name: "grafana", scope: "intake", doors: ["alertmanager"] });
  const { id: wall } = await act("walls", { name: "Operations room" });
  await act("config/members/li.lei", { email: "li.lei@example.com" }, "PUT");
  const digest = {
    id: "a-digest",
    destination: "ops/default/webhook",
    at: house.clock.now(),
    title: "t",
    body: "b",
    shown: 1,
    incidents: 1,
    deliveries: [first.id],
  };
  await house.kv.set(["digest", digest.id], encode(digest));
  const made = await house.relay.adhoc.ensure(
    { channel: "webhook", members: [], configs: [{ url: sink.url }] },
    { sender: "token grafana" },
  );
  ok("group" in made);
  const identity: ProviderIdentity = {
    id: "4f1c2d3e5a6b7980",
    issuer: "https://id.example.com",
    subject: "1",
    name: "li.lei (Example SSO)",
    role: "viewer",
    firstSignInAt: house.clock.now(),
    lastSignInAt: house.clock.now(),
    until: house.clock.now() + 1_000,
  };
  await house.relay.store.identities.put(identity, house.clock.now());
  const { version } = await act("config/groups/stored/1", { window: "1m" }, "PUT");
  return {
    first: first.id,
    target: made.group.id,
    digest: digest.id,
    second: second.id,
    alert: alert.id,
    told: alerts.at(-1).id,
    incident: incident.id,
    silence: silence.id,
    override: override.id,
    token: token!,
    wall: wall!,
    identity: identity.id,
    version: version!,
  };
}

/** The requests of addresses whose path and example are not enough. `%name` is a record of `live`. */
const CALLS: Readonly<Record<string, { path?: string; paths?: string[]; body?: unknown; version?: string }>> =
  {
    "GET /api/alerts/:id": { path: "alerts/%alert" },
    "GET /api/deliveries": {
      paths: ["deliveries", "deliveries?list=waiting", "deliveries?list=dead", "deliveries?limit=1"],
    },
    "GET /api/deliveries/:id": { path: "deliveries/%first" },
    "GET /api/digests/:id": { path: "digests/%digest" },
    "GET /api/alerts/:id/why": { paths: ["alerts/%alert/why?lang=en", "alerts/%incident/why"] },
    "GET /api/alerts/:id/deliveries/:delivery": { path: "alerts/%told/deliveries/%told-0" },
    "GET /api/templates": { paths: ["templates", "templates?alert=%told&lang=en", "templates?alert=digest"] },
    "GET /api/incidents": { paths: ["incidents", "incidents?state=closed"] },
    "GET /api/incidents/:id": { path: "incidents/%incident" },
    "GET /api/incidents/:id/related": { path: "incidents/%incident/related" },
    "POST /api/incidents/ack": { body: { ids: ["%incident"], memo: "m" } },
    "GET /api/statistics/window": { path: "statistics/window?group=default/default&window=10m" },
    "POST /api/incidents/:id/ack": { path: "incidents/%incident/ack" },
    "POST /api/incidents/:id/take": { path: "incidents/%incident/take" },
    "POST /api/incidents/:id/assign": { path: "incidents/%incident/assign", body: { to: "admin" } },
    "POST /api/incidents/:id/notes": { path: "incidents/%incident/notes" },
    "POST /api/incidents/:id/snooze": { path: "incidents/%incident/snooze" },
    "POST /api/incidents/:id/reopen": { path: "incidents/%incident/reopen" },
    "PUT /api/incidents/:id/memo": { path: "incidents/%incident/memo" },
    "POST /api/incidents/:id/close": { path: "incidents/%incident/close" },
    "DELETE /api/incidents/:id/ack": { path: "incidents/%incident/ack" },
    "GET /api/incidents/:id/timeline": {
      paths: ["incidents/%incident/timeline", "incidents/%incident/timeline?order=newest&limit=1"],
    },
    "GET /api/search": { paths: ["search?q=db-1", "search?q=%silence"] },
    "GET /api/silences/:id": { path: "silences/%silence" },
    "DELETE /api/silences/:id": { path: "silences/%silence" },
    "GET /api/oncall": { paths: ["oncall", "oncall?group=sick/default"] },
    "DELETE /api/oncall/overrides/:id": { path: "oncall/overrides/%override" },
    "DELETE /api/targets/adhoc/:name": { path: "targets/%target" },
    "GET /api/ledger": { paths: ["ledger", "ledger?from=7d&verify=1"] },
    "GET /api/dead/:id": { path: "dead/%first" },
    "POST /api/dead/:id/send": { path: "dead/%first/send" },
    "POST /api/dead/:id/drop": { path: "dead/%second/drop" },
    "GET /api/config/*": { path: "config/groups/stored/1" },
    "PUT /api/config/*": { path: "config/groups/chenmin/3" },
    "DELETE /api/config/*": { path: "config/groups/stored/1", version: "%version" },
    "POST /api/config/plan": { body: { yaml: "links: []" } },
    "POST /api/config/apply": { body: { document: { links: [] }, hash: "%hash" } },
    "PATCH /api/accounts/:name": { path: "accounts/zhao" },
    "DELETE /api/accounts/:name": { path: "accounts/zhao" },
    "DELETE /api/identities/:id": { path: "identities/%identity" },
    "DELETE /api/tokens/:id": { path: "tokens/%token" },
    "DELETE /api/walls/:id": { path: "walls/%wall" },
    "POST /api/groups/:owner/:level/test": { path: "groups/default/default/test" },
  };

const ORDER = ["GET", "POST", "PATCH", "PUT", "DELETE"];

Deno.test("what each address of /api answers is what its description says, and its example is taken", async (t) => {
  await using sink = await startSink();
  await using house = await testRelay({ yaml: YAML(sink.url) });
  const ids = await live(house, sink);
  const named = (text: string): string => text.replace(/%(\w+)/g, (_, name) => ids[name]!);
  const all = [...await descriptionsIn(house)].filter(([name]) => /^\w+ \/api\/(?!v2\/)/.test(name))
    .toSorted(([a], [b]) => ORDER.indexOf(a.split(" ")[0]!) - ORDER.indexOf(b.split(" ")[0]!));
  const document = (await api(house, "GET", "openapi.json")).body;
  for (const [name, { status = 200, type, answer }] of all) {
    const [method, path] = name.split(" ") as [string, string];
    const { paths: given, path: one = path.slice("/api/".length), body, version } = CALLS[name] ?? {};
    const { requestBody } = document.paths[documented(path)][method.toLowerCase()];
    const sent = body ?? requestBody?.content["application/json"].example;
    for (const path of given ?? [one]) {
      await t.step(`${method} ${path}`, async () => {
        if (path === "config/apply") {
          const { hash: _, ...wanted } = sent;
          ids.hash = (await api(house, "POST", "config/plan", { body: wanted })).body.hash;
        }
        const response = await house.request(`/api/${named(path)}`, {
          method,
          headers: {
            authorization: `Bearer ${SECRETS.adminPassword}`,
            ...version ? { "if-match": named(version) } : {},
          },
          ...sent === undefined ? {} : { body: named(JSON.stringify(sent)) },
        });
        const text = await response.text();
        equal(response.status, status, text);
        if (!answer) return equal(text, "");
        const said = type === undefined ? JSON.parse(text) : text;
        const parsed = answer(shapes).safeParse(said);
        ok(parsed.success, `${parsed.error} ${text}`);
        // A field that the schema lacks would be left out.
        equal(parsed.data, said);
      });
    }
  }
});
