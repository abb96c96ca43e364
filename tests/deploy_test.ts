/**
 * The requirements of Deno Deploy on `main.ts`, on a platform of our own that is as strict.
 *
 * @module
 */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { KV_TOKEN, startKvConnect } from "../simulator/kv_connect.ts";
import { CronPlatform } from "./kit/cron_platform.ts";
import { postTo, ROOT, spawnRelay, temporaryFolder } from "./kit/process.ts";
import { eventually } from "./kit/eventually.ts";
import { webhook } from "./kit/relay.ts";

const SECRETS = {
  FENGHUO_KEY: "deploy-key-1",
  FENGHUO_ADMIN_PASSWORD: "deploy-password-1",
  FENGHUO_INTAKE_TOKEN: "deploy-token-1",
};

Deno.test("the cron is registered before anything else, so a platform that takes none later runs it", async () => {
  await using folder = await temporaryFolder();
  await using platform = new CronPlatform();
  const config = `${folder.path}/slow.yaml`;
  // The start reads its configuration from a pipe, and so waits until the platform accepts no more crons.
  await new Deno.Command("mkfifo", { args: [config] }).output();
  const env = { ...deployed(folder.path), ...SECRETS, ...platform.env, FENGHUO_CONFIG: config };
  await using relay = await spawnRelay({ folder: folder.path, env });
  equal(await platform.registered(), ["tidy"]);
  await platform.refuseMore();
  await Deno.writeTextFile(config, "{}");
  const { url } = await relay.listening();
  equal((await asAdmin(url, "/readyz")).ready, true);
  ok(await platform.invoke("tidy"));
  equal(relay.stderr.replace(/^Warning .*\n/gm, ""), "");
});

Deno.test("a relay without its secrets has the cron, too, and it does nothing", async () => {
  await using folder = await temporaryFolder();
  await using platform = new CronPlatform();
  const env = { ...deployed(folder.path), ...platform.env, DENO_SERVE_ADDRESS: "tcp:127.0.0.1:0" };
  await using relay = await spawnRelay({ folder: folder.path, env });
  equal(await platform.registered(), ["tidy"]);
  await relay.listening();
  ok(await platform.invoke("tidy"));
});

Deno.test("an app without a database refuses what it cannot keep, and tells its administrator what to do", async () => {
  await using folder = await temporaryFolder();
  await using platform = new CronPlatform();
  const env = { DENO_DEPLOY: "true", ...SECRETS, ...platform.env, DENO_SERVE_ADDRESS: "tcp:127.0.0.1:0" };
  await using relay = await spawnRelay({ folder: folder.path, env });
  equal(await platform.registered(), ["tidy"]);
  const { url } = await relay.listening();
  const sent = await fetch(`${url}/webhook`, {
    method: "POST",
    headers: { authorization: `Bearer ${SECRETS.FENGHUO_INTAKE_TOKEN}` },
    body: JSON.stringify(webhook({})),
  });
  equal([sent.status, await sent.json()], [503, {
    error: "The relay has no database, so it accepts no alerts",
  }]);
  const alive = await fetch(`${url}/healthz`);
  equal([alive.status, (await alive.json()).alive], [200, true]);
  const stranger = await fetch(`${url}/readyz`);
  equal([stranger.status, await stranger.json()], [503, { ready: false }]);
  match((await asAdmin(url, "/readyz")).unready.store, /assign a Deno KV database/);
  match(relay.stderr, /assign a Deno KV database/);
  ok(await platform.invoke("tidy"));
});

for (
  const [timeline, env, delivers] of [
    ["production", {}, true],
    ["git-branch/main", {}, false],
    ["preview/8dk2", {}, false],
    ["git-branch/main", { FENGHUO_DELIVER: "1" }, true],
    ["production", { FENGHUO_DELIVER: "0" }, false],
  ] as const
) {
  const told = Object.entries(env).map(([name, value]) => `, ${name}=${value}`).join("");
  Deno.test(`the timeline ${timeline}${told} ${delivers ? "delivers" : "accepts, does not deliver, and says so"}`, async () => {
    await using folder = await temporaryFolder();
    await using platform = new CronPlatform();
    await using relay = await spawnRelay({
      folder: folder.path,
      env: { ...deployed(folder.path), ...SECRETS, ...platform.env, ...env, DENO_TIMELINE: timeline },
    });
    const { url } = await relay.listening();
    equal(await postTo({ url, intakeToken: SECRETS.FENGHUO_INTAKE_TOKEN }, { labels: { instance: "a" } }), {
      accepted: 1,
      duplicates: 0,
      notifications: 1,
    });
    ok(await platform.invoke("tidy"));
    await eventually("the ledger to say so", async () => {
      const { total } = await asAdmin(url, "/api/ledger");
      return total.pending === (delivers ? 0 : 1) && total.delivered === (delivers ? 1 : 0);
    });
    const { warnings } = await asAdmin(url, "/readyz");
    equal(warnings.length, delivers ? 0 : 1);
    if (!delivers) {
      for (const words of [warnings[0], relay.stderr]) match(words, /not delivered: .*FENGHUO_DELIVER/);
    }
  });
}

Deno.test("the platform's database is shared: an outage is a 503, it comes back by itself, and a stop does not wait for it", async () => {
  await using folder = await temporaryFolder();
  await using platform = new CronPlatform();
  await using database = await startKvConnect();
  const env = {
    DENO_DEPLOY: "true",
    DENO_TIMELINE: "production",
    DENO_KV_DEFAULT_PATH: database.urlOf(),
    DENO_KV_ACCESS_TOKEN: KV_TOKEN,
    ...SECRETS,
    ...platform.env,
  };
  await using relay = await spawnRelay({ folder: folder.path, env });
  const { url } = await relay.listening();
  const statusOf = async (instance: string): Promise<number> => {
    const response = await fetch(`${url}/webhook`, {
      method: "POST",
      headers: { authorization: `Bearer ${SECRETS.FENGHUO_INTAKE_TOKEN}` },
      body: JSON.stringify(webhook({ labels: { instance } })),
    });
    await response.body?.cancel();
    return response.status;
  };
  await eventually("the relay to accept", async () => await statusOf("a") === 200);
  database.fault({ kind: "hang" });
  equal(await statusOf("b"), 503);
  match(
    (await asAdmin(url, "/readyz")).unready.store,
    /^The database does not answer: it did not answer within/,
  );
  database.heal();
  await eventually("the relay to accept again", async () => await statusOf("c") === 200);
  database.fault({ kind: "hang" });
  equal(await statusOf("d"), 503);
  const { code, ms } = await relay.stop("SIGINT");
  ok(code === 0 && ms < 7_500, `code ${code} after ${ms} ms`);
});

/** The platform's own environment variables; the database is a file here. */
function deployed(folder: string): Record<string, string> {
  return { DENO_DEPLOY: "true", FENGHUO_KV: `${folder}/fenghuo.db` };
}

// deno-lint-ignore no-explicit-any -- each answer has its own shape
async function asAdmin(url: string, path: string): Promise<any> {
  const headers = { authorization: `Bearer ${SECRETS.FENGHUO_ADMIN_PASSWORD}` };
  return await (await fetch(`${url}${path}`, { headers })).json();
}

Deno.test("deno.json says how the platform installs and starts the relay", async () => {
  const { deploy, lock } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  equal(deploy.runtime, { type: "dynamic", entrypoint: "main.ts" });
  equal([deploy.install, lock.frozen], ["deno install", true]);
  equal(deploy.build, "deno task manifest");
});
