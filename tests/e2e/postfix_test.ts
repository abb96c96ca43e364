/** A real Postfix on loopback, which delivers nothing: it accepts mails and discards them. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { eventually } from "../kit/eventually.ts";
import { type TestRelay, testRelay } from "../kit/relay.ts";
import { temporaryFolder } from "../kit/process.ts";
import { freePort } from "../kit/program.ts";

const PROGRAM = "/usr/sbin/postfix";
const ignore = Deno.uid() !== 0 || !(await Deno.stat(PROGRAM).then(() => true, () => false));

/** A test that is skipped if Postfix cannot run; its name contains the reason. */
function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `${name} (needs ${PROGRAM}, and root)`, ignore, fn });
}

/** Start one that has its own configuration and queue, and is nobody's mail server. */
async function startPostfix(
  folder: string,
  { settings = "", port = freePort() }: { settings?: string; port?: number } = {},
): Promise<{ port: number } & AsyncDisposable> {
  const etc = `${folder}/etc`;
  for (const name of ["etc", "spool", "data"]) await Deno.mkdir(`${folder}/${name}`, { recursive: true });
  await Deno.writeTextFile(`${etc}/recipients`, "han.mei@example.com 450 4.2.0 Mailbox busy\n");
  await Deno.writeTextFile(
    `${etc}/main.cf`,
    `
compatibility_level = 3.6
config_directory = ${etc}
queue_directory = ${folder}/spool
data_directory = ${folder}/data
myhostname = mx.example.com
mydestination =
inet_interfaces = loopback-only
inet_protocols = ipv4
default_transport = discard
relay_transport = discard
mynetworks =
relay_domains = example.com
smtpd_relay_restrictions = reject_unauth_destination
smtpd_recipient_restrictions = check_recipient_access texthash:${etc}/recipients
maillog_file = ${folder}/log
maillog_file_prefixes = ${folder}
${settings}
`,
  );
  await Deno.writeTextFile(
    `${etc}/master.cf`,
    `
127.0.0.1:${port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
discard unix - - n - - discard
anvil unix - - n - 1 anvil
proxymap unix - - n - - proxymap
postlog unix-dgram n - n - 1 postlogd
`,
  );
  await Deno.chown(`${folder}/data`, await idOf("postfix"), null);
  const command = (action: string): Deno.Command =>
    new Deno.Command(PROGRAM, { args: ["-c", etc, action], stdin: "null", stdout: "null", stderr: "null" });
  const running = command("start-fg").spawn();
  await eventually("Postfix", async () => {
    (await Deno.connect({ port, hostname: "127.0.0.1" })).close();
    return true;
  });
  return {
    port,
    async [Symbol.asyncDispose](): Promise<void> {
      await command("stop").output();
      await running.status;
    },
  };
}

async function idOf(user: string): Promise<number> {
  const { stdout } = await new Deno.Command("id", { args: ["-u", user] }).output();
  return Number(new TextDecoder().decode(stdout));
}

async function post(house: TestRelay, name: string, team = ""): Promise<void> {
  const response = await house.post({ labels: { alertname: name, ...team ? { team } : {} } });
  await response.body?.cancel();
  await house.settle();
}

test("of a recipient whom Postfix defers, or will not relay to, nobody else notices anything", async () => {
  await using folder = await temporaryFolder();
  await Deno.chmod(folder.path, 0o755);
  await using postfix = await startPostfix(folder.path);
  await using house = await testRelay({
    yaml: `
members:
  - { id: li.lei, email: li.lei@example.com }
  - { id: han.mei, email: han.mei@example.com }
  - { id: typo, email: li.lei@exmaple.com }
defaults:
  email: { host: localhost, port: ${postfix.port}, from: ops@example.com }
groups:
  - { owner: default, level: default, members: [li.lei, han.mei, typo], destinations: [{ channel: email }] }
  - { owner: ops, level: default, members: [li.lei], destinations: [{ channel: email }] }
`,
  });
  for (const name of ["A", "B", "C", "D", "E", "F"]) await post(house, name);
  for (let minute = 0; minute < 5; minute++) await house.advance(60_000);
  await post(house, "urgent", "ops");
  const [urgent, ...others] = await house.deliveries();
  equal(urgent!.state, "delivered");
  match(urgent!.because, /^250 2\.0\.0 Ok: queued as/);
  for (const { state, recipients } of others) {
    equal([state, recipients], ["pending", { reached: ["li.lei"], left: ["han.mei"], failed: ["typo"] }]);
  }
  const log = await Deno.readTextFile(`${folder.path}/log`);
  equal(log.match(/to=<li\.lei@example\.com>.*status=sent/g)?.length, 7, "each mail once");
  equal(
    [...(await house.relay.store.outbox.states()).values()].map(({ failures, pause }) => [failures, pause]),
    [],
  );
});

/** A limit of Postfix on the mails in a period → its words to the next one. */
const LIMITS: [setting: string, words: RegExp][] = [
  ["smtpd_client_message_rate_limit", /^450 4\.7\.1 .*too much mail from/],
  ["smtpd_client_recipient_rate_limit", /^450 4\.7\.1 .*too many recipients from/],
];

for (const [setting, words] of LIMITS) {
  test(`${setting} is a throttle of a minute, and each mail arrives once`, async () => {
    await using folder = await temporaryFolder();
    await Deno.chmod(folder.path, 0o755);
    await using postfix = await startPostfix(folder.path, {
      settings: `${setting} = 4\nanvil_rate_time_unit = 2s\nsmtpd_client_event_limit_exceptions =`,
    });
    await using house = await testRelay({
      yaml: `
members: [{ id: li.lei, email: li.lei@example.com }]
defaults:
  email: { host: localhost, port: ${postfix.port}, from: ops@example.com }
groups:
  - { owner: default, level: default, members: [li.lei], destinations: [{ channel: email }] }
`,
    });
    const { outbox } = house.relay.store;
    for (const name of ["A", "B", "C", "D", "E", "F"]) await post(house, name);
    const [state] = [...(await outbox.states()).values()];
    match(state!.pause!.because, words);
    equal([state!.pause!.kind, state!.pause!.until - house.clock.now(), state!.failures], [
      "throttled",
      60_000,
      0,
    ]);
    await eventually("all mails", async () => {
      await house.advance(60_000); // the relay's minute; Postfix's own time is two seconds
      const all = await house.deliveries();
      return all.length === 6 && all.every(({ state }) => state === "delivered");
    }, { every: 2_100, within: 20_000 });
    const log = await Deno.readTextFile(`${folder.path}/log`);
    equal(log.match(/status=sent/g)?.length, 6, "each mail once");
  });
}

test("while Postfix is down mails pile up, and then arrive as a digest", async () => {
  await using folder = await temporaryFolder();
  await Deno.chmod(folder.path, 0o755);
  const before = await startPostfix(folder.path);
  await using house = await testRelay({
    yaml: `
members: [{ id: li.lei, email: li.lei@example.com }]
defaults:
  email: { host: localhost, port: ${before.port}, from: ops@example.com }
groups:
  - { owner: default, level: default, members: [li.lei], destinations: [{ channel: email }] }
`,
  });
  await post(house, "before");
  await before[Symbol.asyncDispose]();
  for (let number = 0; number < 30; number++) {
    await post(house, `during ${number}`);
    await house.advance(20_000);
  }
  await using _after = await startPostfix(folder.path, { port: before.port });
  for (let minute = 0; minute < 15; minute++) await house.advance(60_000);
  const all = await house.deliveries();
  equal([all.length, all.filter(({ state }) => state !== "delivered")], [31, []]);
  const mails = await eventually("Postfix's log", async () => {
    const log = await Deno.readTextFile(`${folder.path}/log`);
    return log.match(/status=sent/g)?.length;
  });
  ok(mails <= 4, `${mails} mails for 31 alerts`);
});
