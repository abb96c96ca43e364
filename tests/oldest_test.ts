import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { KV_TOKEN } from "../simulator/kv_connect.ts";
import { KV_STORE, startTestKv } from "./kit/kv_connect.ts";
import { eventually } from "./kit/eventually.ts";
import { inboxOf, postTo, startRelay, temporaryFolder } from "./kit/process.ts";

/** The oldest Deno that the relay runs on, as `.ci/run` has it; Deno Deploy may be that old. */
const deno = Deno.env.get("DENO_OLDEST");

Deno.test({
  name:
    "a relay on the oldest Deno takes alerts, keeps quiet hours, shows its pages and stops (needs DENO_OLDEST)",
  ignore: !deno,
  async fn(): Promise<void> {
    await using folder = await temporaryFolder();
    await using relay = await startRelay({
      folder: folder.path,
      deno: deno!,
      yaml: `
members: [{ id: li.lei }, { id: han.mei }]
groups:
  - owner: ops
    level: default
    members: [li.lei, han.mei]
    oncall: { rotation: [li.lei, han.mei], start: "2026-01-05" }
    quiet: { from: "00:00", to: "24:00" }
    destinations: [{ channel: inbox }]
`,
    });
    const headers = { authorization: `Bearer ${relay.adminPassword}` };
    for (const severity of ["critical", "warning"]) {
      const answer = await postTo(relay, { labels: { severity, team: "ops" } });
      equal(answer, { accepted: 1, duplicates: 0, notifications: 1 });
    }
    // The one that is not critical waits for the end of the quiet hours.
    await eventually("the critical one", async () => (await inboxOf(relay)).length === 1);
    // The inbox has it before the delivery is settled.
    await eventually("a ledger that counts it as delivered", async () => {
      const { total } = await (await fetch(`${relay.url}/api/ledger`, { headers })).json();
      return total.delivered === 1 && total.pending === 1;
    });
    for (
      const path of [
        "/",
        "/incidents",
        "/alerts",
        "/silences",
        "/groups",
        "/channels",
        "/deliveries",
        "/noise",
      ]
    ) {
      const page = await fetch(relay.url + path, { headers: { ...headers, accept: "text/html" } });
      equal([path, page.status], [path, 200], await page.text());
    }
    const { channels, broken } = await (await fetch(`${relay.url}/api/channels`, { headers })).json();
    ok(channels.length >= 9);
    equal(broken, {});
    match(await (await fetch(`${relay.url}/api/openapi.json`, { headers })).text(), /"openapi"/);
    match(
      await (await fetch(`${relay.url}/metrics`, { headers })).text(),
      /^fenghuo_build_info\{.*deno="2\.5\./m,
    );
    const { code } = await relay.stop();
    equal(code, 0, relay.output);
    ok(!/Temporal|is not (defined|a function)/.test(relay.output), relay.output);
  },
});

for (
  const [what, kv] of [
    ["that FENGHUO_KV names", (url: string) => ({ FENGHUO_KV: url })],
    ["that Deno Deploy assigned", (url: string) => ({ DENO_DEPLOY: "true", DENO_KV_DEFAULT_PATH: url })],
  ] as const
) {
  Deno.test({
    name: `a relay on the oldest Deno works on a database ${what} (on ${KV_STORE}; needs DENO_OLDEST)`,
    ignore: !deno,
    async fn(): Promise<void> {
      await using folder = await temporaryFolder();
      await using server = await startTestKv(KV_STORE);
      const secrets = {
        FENGHUO_KEY: "oldest-key",
        FENGHUO_ADMIN_PASSWORD: "oldest-password",
        FENGHUO_INTAKE_TOKEN: "oldest-token",
      };
      const env = {
        ...secrets,
        ...kv(server.urlOf()),
        DENO_TIMELINE: "production",
        DENO_KV_ACCESS_TOKEN: KV_TOKEN,
      };
      await using relay = await startRelay({ folder: folder.path, deno: deno!, env });
      await eventually("the database", async () => (await (await fetch(`${relay.url}/readyz`)).json()).ready);
      equal(await postTo(relay, { labels: { team: "ops" } }), {
        accepted: 1,
        duplicates: 0,
        notifications: 1,
      });
      await eventually("the message", async () => (await inboxOf(relay)).length === 1);
      equal((await relay.stop()).code, 0, relay.output);
    },
  });
}
