/** `deno task smoke` as people run it, against deployments that work and that do not. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { BUILT_IN } from "../../channels.ts";
import { VERSION } from "../../relay/base/version.ts";
import { KV_TOKEN } from "../../simulator/kv_connect.ts";
import { startSink } from "../../simulator/sink.ts";
import { EdgePlatform } from "../kit/edge_platform.ts";
import { KV_STORE, startTestKv } from "../kit/kv_connect.ts";
import { startRelay, temporaryFolder } from "../kit/process.ts";
import { type Ran, runTask } from "../kit/task.ts";

const SECRETS = {
  FENGHUO_KEY: "smoke-key-1",
  FENGHUO_ADMIN_PASSWORD: "smoke-password-1",
  FENGHUO_INTAKE_TOKEN: "smoke-token-1",
};

/** A mail server that greets nobody, at a port; nothing is at the other. */
class MailServer implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #serving = this.#refuse();

  get args(): string[] {
    return ["--mail", `127.0.0.1:${this.#listener.addr.port}`, "--mail", "127.0.0.1:1"];
  }

  async #refuse(): Promise<void> {
    for await (const connection of this.#listener) {
      await connection.write(new TextEncoder().encode("554 5.7.1 no mail from you\r\n")).catch(() => {});
      connection.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#serving;
  }
}

function smoke(
  url: string,
  args: readonly string[],
  { folder, env = {} }: { folder: string; env?: Record<string, string> },
): Promise<Ran> {
  const patience = ["--remind", "1s", "--patience", "90s"];
  return runTask("smoke", [url, ...patience, ...args], { folder, env: { ...SECRETS, ...env } });
}

Deno.test(`a deployment whose instances die 50 ms after their answer works, and smoke says what it is (on ${KV_STORE})`, async () => {
  await using folder = await temporaryFolder();
  await using mail = new MailServer();
  await using kv = await startTestKv(KV_STORE, { instances: ["app"] });
  await using platform = new EdgePlatform({
    folder: folder.path,
    env: {
      ...SECRETS,
      DENO_TIMELINE: "production",
      DENO_KV_DEFAULT_PATH: kv.urlOf("app"),
      DENO_KV_ACCESS_TOKEN: KV_TOKEN,
    },
  });
  let isOver = false;
  const minutes = (async (): Promise<void> => {
    for (; !isOver; await delay(2_000)) ok(await platform.tick());
  })();
  const { code, stdout, stderr } = await smoke(platform.url, mail.args, { folder: folder.path });
  isOver = true;
  await minutes;
  const said = `${stdout}\n${stderr}`;
  match(stdout, new RegExp(`^✓ version +${VERSION}$`, "m"), said);
  match(stdout, /^✓ ready +yes$/m);
  match(stdout, new RegExp(`^✓ channels +${BUILT_IN.names!.length}: .*email.*inbox`, "m"));
  match(stdout, /^✓ runtime +Deno \d+\.\d+\.\d+$/m);
  match(stdout, /^✓ database +shared by its instances, over KV Connect; an accepted alert takes \d+ ms/m);
  match(stdout, /^✓ doors +8 of 8 took an alert; 8 are in the inbox$/m, said);
  match(stdout, /^✓ cron +it ran at \d{4}-\d\d-\d\dT/m);
  match(stdout, /^! mail +ports open: \d+\n +127\.0\.0\.1:1: no answer: /m);
  match(stdout, /^[✓!] address {5}\S/m); // the instance that knows it may be gone
  match(stdout, /\nIt works; [12] to look at\.\n$/);
  equal([code, stderr], [0, ""]);
  ok(platform.instances > 2, `${platform.instances} instances`);
});

Deno.test("what smoke made is gone afterwards, and it runs again", async () => {
  await using folder = await temporaryFolder();
  await using mail = new MailServer();
  await using relay = await startRelay({ folder: folder.path, env: SECRETS });
  for (let run = 0; run < 2; run++) {
    // Nothing runs the cron at once here: it is the machine's own, once a minute.
    const { code, stdout } = await smoke(relay.url, [...mail.args, "--patience", "1s"], {
      folder: folder.path,
    });
    match(stdout, /^✓ doors +8 of 8 took an alert; 8 are in the inbox$/m, stdout);
    match(stdout, /^✓ address {5}127\.0\.0\.1 is where/m);
    equal(code, /^✓ cron/m.test(stdout) ? 0 : 1, stdout);
  }
  const headers = { authorization: `Bearer ${SECRETS.FENGHUO_ADMIN_PASSWORD}` };
  const group = await fetch(`${relay.url}/api/config/groups/smoke/default`, { headers });
  await group.body?.cancel();
  equal(group.status, 404);
});

for (
  const [what, env, says] of [
    ["its secrets", {}, /^✗ ready +.*FENGHUO_KEY/m],
    ["a database", SECRETS, /^✗ ready +.*assign a .*database/m],
  ] as const
) {
  Deno.test(`smoke says what to do about a deployment without ${what}`, async () => {
    await using folder = await temporaryFolder();
    await using platform = new EdgePlatform({
      folder: folder.path,
      env: { ...env, DENO_TIMELINE: "production", DENO_SERVE_ADDRESS: "tcp:127.0.0.1:0" },
    });
    const { code, stdout, stderr } = await smoke(platform.url, [], { folder: folder.path });
    match(stdout, says, `${stdout}\n${stderr}`);
    match(stdout, /\nIt does not work\.\n$/);
    equal(code, 1);
  });
}

Deno.test("smoke without the relay's password, or against what is no relay, says so", async () => {
  await using folder = await temporaryFolder();
  await using relay = await startRelay({ folder: folder.path, env: SECRETS });
  const stranger = await smoke(relay.url, [], {
    folder: folder.path,
    env: { FENGHUO_ADMIN_PASSWORD: "another-password" },
  });
  match(stranger.stdout, /^✗ ready +yes, but FENGHUO_ADMIN_PASSWORD is not this relay's password$/m);
  await using sink = await startSink();
  const other = await smoke(sink.url, [], { folder: folder.path });
  match(other.stdout, /^✗ version +\d+: this is no relay/m);
  const nowhere = await runTask("smoke", [], { folder: folder.path, env: SECRETS });
  match(nowhere.stderr, /^Cannot try the relay: it takes the address of a relay/);
  equal([stranger.code, other.code, nowhere.code], [1, 1, 2]);
});
