import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { startDingTalk } from "../simulator/dingtalk.ts";
import { startSink } from "../simulator/sink.ts";
import { eventually } from "./kit/eventually.ts";
import {
  copyCheckout,
  type Greeting,
  inboxOf,
  postTo,
  type RelayProcess,
  spawnRelay,
  startArgs,
  startRelay,
  temporaryFolder,
} from "./kit/process.ts";
import { webhook } from "./kit/relay.ts";
import { VERSION } from "../relay/base/version.ts";

/** Most supervisors kill a process that is still there after this. */
const STOP_MS = 5_000;

const WITHOUT_CURL = await isMissing("curl");

Deno.test("a first start says where it listens, how to get in, and keeps its secrets for its owner", async () => {
  await using folder = await temporaryFolder();
  await copyCheckout(folder.path);
  await using relay = await startRelay({ folder: folder.path, task: true });
  const { url, adminPassword, intakeToken, stdout } = relay;
  match(stdout, new RegExp(`^Fenghuo 烽火 listens on http://localhost:${new URL(url).port}/`, "m"));
  match(stdout, /^ *user +admin$/m);
  match(stdout, /^ *kept in +\.\/data\/secrets\.json$/m);
  match(adminPassword, /^[\w-]{16}$/);
  match(intakeToken, /^[\w-]{24}$/);
  for (const [place, mode] of [["", 0o700], ["/fenghuo.db", 0o600], ["/fenghuo.db.lock", 0o600]] as const) {
    equal((await Deno.stat(`${folder.path}/data${place}`)).mode! & 0o777, mode, place);
  }
  const path = `${folder.path}/data/secrets.json`;
  equal((await Deno.stat(path)).mode! & 0o777, 0o600);
  const kept = JSON.parse(await Deno.readTextFile(path));
  equal([kept.adminPassword, kept.intakeToken], [adminPassword, intakeToken]);
  ok(!relay.output.includes(kept.key), "the key is nobody's to see");
  equal((await relay.stop("SIGINT")).code, 0);
});

Deno.test({
  name: "the line that a start prints lands in the inbox when it is pasted into a shell (needs curl)",
  ignore: WITHOUT_CURL,
  async fn(): Promise<void> {
    await using folder = await temporaryFolder();
    await using relay = await startRelay({ folder: folder.path });
    const { success, stdout } = await new Deno.Command("sh", {
      args: ["-c", relay.curl],
      env: { no_proxy: "*" },
    })
      .output();
    ok(success);
    equal(JSON.parse(new TextDecoder().decode(stdout)), { accepted: 1, duplicates: 0, notifications: 1 });
    const [message] = await inboxWith(relay, 1);
    equal([message!.group, message!.status, message!.reason, message!.alerts], [
      "default/default",
      "firing",
      "first",
      1,
    ]);
    match(`${message!.title}\n${message!.body}`, /HelloFenghuo[^]*The first beacon is lit/);
  },
});

Deno.test("a second start has the secrets and the messages of the first", async () => {
  await using folder = await temporaryFolder();
  const first = await startRelay({ folder: folder.path });
  await using _first = first;
  await postTo(first, { labels: { instance: "a" } });
  await inboxWith(first, 1);
  await first.stop();
  await using second = await startRelay({ folder: folder.path });
  equal([second.adminPassword, second.intakeToken], [first.adminPassword, first.intakeToken]);
  equal((await inboxOf(second)).length, 1);
  equal(await postTo(second, { labels: { instance: "a" } }), {
    accepted: 1,
    duplicates: 1,
    notifications: 0,
  });
});

Deno.test("a second process on one database is refused, and the first goes on", async () => {
  await using folder = await temporaryFolder();
  await using first = await startRelay({ folder: folder.path });
  await using second = await spawnRelay({ folder: folder.path });
  equal((await second.ended()).code, 1);
  match(
    second.stderr,
    new RegExp(
      `Cannot start: Cannot open the database "\\./data/fenghuo\\.db": another Fenghuo ` +
        `\\(process ${first.pid}\\) uses it; stop that one, or give this one its own with FENGHUO_KV`,
    ),
  );
  equal(await postTo(first, {}), { accepted: 1, duplicates: 0, notifications: 1 });
});

Deno.test("a port that another program has is named, with the variable that changes it", async () => {
  await using folder = await temporaryFolder();
  using other = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = other.addr;
  await using relay = await spawnRelay({ folder: folder.path, env: { PORT: String(port) } });
  equal((await relay.ended()).code, 1);
  match(
    relay.stderr,
    new RegExp(`^Cannot start: Cannot listen on port ${port}: another program has it; .* with PORT$`, "m"),
  );
});

Deno.test("a start with HOST unset listens on IPv6 and on IPv4", async () => {
  await using folder = await temporaryFolder();
  await using relay = await startRelay({ folder: folder.path, env: { HOST: "" } });
  const { port } = new URL(relay.url);
  for (const host of ["127.0.0.1", ...hasIpv6() ? ["[::1]"] : []]) {
    const response = await fetch(`http://${host}:${port}/healthz`);
    equal(await response.json(), { alive: true, version: VERSION });
  }
});

Deno.test("a database that is damaged is named, with the way out", async () => {
  await using folder = await temporaryFolder();
  await Deno.mkdir(`${folder.path}/data`);
  await Deno.writeTextFile(`${folder.path}/data/fenghuo.db`, "this is no database".repeat(1_000));
  await using relay = await spawnRelay({ folder: folder.path });
  equal((await relay.ended()).code, 1);
  match(
    relay.stderr,
    /^Cannot start: Cannot open the database "\.\/data\/fenghuo\.db": it is damaged .*deno task restore FOLDER/m,
  );
});

Deno.test("a place where no database can be made is named, with the variable that names another", async () => {
  await using folder = await temporaryFolder();
  await Deno.mkdir(`${folder.path}/folder`);
  await Deno.writeTextFile(`${folder.path}/file`, "");
  for (const kv of ["folder", "file/x.db"]) {
    await using relay = await spawnRelay({
      folder: folder.path,
      env: { FENGHUO_KV: `${folder.path}/${kv}` },
    });
    equal((await relay.ended()).code, 1);
    match(relay.stderr, /^Cannot start: Cannot open the database ".*(folder|x\.db)": .* with FENGHUO_KV$/m);
  }
});

for (
  const [what, folderAt, words] of [
    [
      "read",
      "data/secrets.json",
      /^Cannot start: Cannot read the secrets "\.\/data\/secrets\.json": .*FENGHUO_KEY/m,
    ],
    [
      "kept",
      "data/secrets.json.new",
      /^Cannot start: Cannot keep the secrets .*secrets\.json": .*FENGHUO_KEY/m,
    ],
  ] as const
) {
  Deno.test(`secrets that cannot be ${what} are named, with the variables in their place`, async () => {
    await using folder = await temporaryFolder();
    await Deno.mkdir(`${folder.path}/${folderAt}`, { recursive: true });
    await using relay = await spawnRelay({ folder: folder.path });
    equal((await relay.ended()).code, 1);
    match(relay.stderr, words);
  });
}

for (
  const [args, code, words] of [
    [["--help"], 0, /^deno task start\n[^]*FENGHUO_KV/m],
    [["--port", "1"], 1, /^Cannot start: it takes no arguments, and "--port" is one; .* environment$/m],
  ] as const
) {
  Deno.test(`a start with ${args.join(" ")} starts nothing and says why`, async () => {
    await using folder = await temporaryFolder();
    const command = new Deno.Command(Deno.execPath(), {
      args: [...await startArgs(folder.path), ...args],
      cwd: folder.path,
      env: { NO_COLOR: "1" },
    });
    const output = await command.output();
    equal(output.code, code);
    match(new TextDecoder().decode(code === 0 ? output.stdout : output.stderr), words);
    equal([...Deno.readDirSync(folder.path)], []);
  });
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test(`${signal} stops a relay`, async () => {
    await using folder = await temporaryFolder();
    await using relay = await startRelay({ folder: folder.path });
    equalEnd(await relay.stop(signal), relay);
  });

  Deno.test(`${signal} stops a relay while a request is half sent`, async () => {
    await using folder = await temporaryFolder();
    await using relay = await startRelay({ folder: folder.path });
    using sender = await halfRequest(relay);
    equalEnd(await relay.stop(signal), relay);
    // The answer may ask for a retry, but must not accept or refuse the request.
    match(await answerOf(sender), /^($|HTTP\/1\.1 503 )/);
  });
}

Deno.test("a request that is on its way when the relay is asked to stop is still answered", async () => {
  await using folder = await temporaryFolder();
  const relay = await startRelay({ folder: folder.path });
  await using _relay = relay;
  using sender = await halfRequest(relay);
  const stopped = relay.stop("SIGTERM");
  await eventually("the relay to stop listening", () => relay.stdout.includes("Stopping"), { every: 5 });
  await sender.finish();
  match(await answerOf(sender), /^HTTP\/1\.1 200 OK\r\n[^]*"accepted":1/);
  equalEnd(await stopped, relay);
  await using again = await startRelay({ folder: folder.path });
  await inboxWith(again, 1);
});

Deno.test("a send that is under way when the relay is asked to stop is finished, and not repeated", async () => {
  await using folder = await temporaryFolder();
  await using sink = await startSink();
  sink.answer({ delayMs: 1_500, times: 1 });
  const yaml = `
groups:
  - { owner: default, level: default, destinations: [{ channel: webhook, config: { url: "${sink.url}" } }] }
`;
  await using relay = await startRelay({ folder: folder.path, yaml });
  await postTo(relay, { labels: { instance: "a" } });
  await sink.arrived(1);
  equalEnd(await relay.stop(), relay);
  await using again = await startRelay({ folder: folder.path });
  await postTo(again, { labels: { instance: "b" } });
  await sink.arrived(2);
  equalEnd(await again.stop(), again);
  const told = sink.bodies.map((body) => (body as { data: { title: string } }).data.title);
  equal(told.map((title) => /(.) Test/u.exec(title)?.[1]), ["a", "b"]);
});

Deno.test("a relay stops while a destination hangs, and delivers after the next start", async () => {
  await using folder = await temporaryFolder();
  await using dingtalk = await startDingTalk({ robots: [{ token: "t", secret: "SEC" }] });
  dingtalk.fault("hang", { times: 100 });
  const yaml = `
groups:
  - owner: default
    level: default
    destinations:
      - channel: dingtalk_robot
        config: { token: t, secret: SEC, base: "${dingtalk.url}" }
`;
  await using relay = await startRelay({ folder: folder.path, yaml });
  await postTo(relay, { labels: { instance: "a" } });
  await dingtalk.arrived(1);
  await postTo(relay, { labels: { instance: "b" } });
  equalEnd(await relay.stop(), relay);
  dingtalk.heal();
  await using again = await startRelay({ folder: folder.path });
  await dingtalk.arrived(3);
  equalEnd(await again.stop(), again);
  const told = dingtalk.robot("t").messages.map(({ text }) => text);
  equal(told.length, 2);
  for (const instance of ["a", "b"]) {
    ok(told.some((text) => text.includes(`${instance} Test`)), `${instance} in ${told}`);
  }
});

Deno.test("a wrong fenghuo.yaml ends the start with every complaint", async () => {
  await using folder = await temporaryFolder();
  const yaml = `
groups:
  - owner: ops
    level: default
    destinations:
      - channel: dingtalk_robt
rules:
  - { match: ['team="ops'], group: ops/default }
  - { match: ['team="ops"'], group: oops/default }
retention: { alerts: soon }
`;
  await using relay = await spawnRelay({ folder: folder.path, yaml, env: { FENGHUO_LOCALE: "de" } });
  equal((await relay.ended()).code, 1);
  match(relay.stderr, /^Cannot start: the configuration is wrong\n/m);
  match(relay.stderr, /^ {2}FENGHUO_LOCALE[: ].*zh, en/m);
  match(relay.stderr, /^ {2}groups\[0\]\.destinations\[0\]\.channel: .*dingtalk_robot/m);
  match(relay.stderr, /^ {2}rules\[0\]\.match\[0\]: /m);
  match(relay.stderr, /^ {2}rules\[1\]\.group: .*ops\/default/m);
  match(relay.stderr, /^ {2}retention\.alerts: /m);
  ok(!/\n\s+at /.test(relay.output), "no stack");
});

Deno.test("SIGHUP reads fenghuo.yaml again, and one that is wrong or gone changes nothing", async () => {
  await using folder = await temporaryFolder();
  await using relay = await startRelay({ folder: folder.path, yaml: "members: [{ id: li }]" });
  const members = async (): Promise<string[]> => {
    const headers = { authorization: `Bearer ${relay.adminPassword}` };
    const { items } = await (await fetch(`${relay.url}/api/config`, { headers })).json();
    return items.map(({ what }: { what: string }) => what);
  };
  const warnings = async (): Promise<string[]> => {
    const headers = { authorization: `Bearer ${relay.adminPassword}` };
    return (await (await fetch(`${relay.url}/readyz`, { headers })).json()).warnings;
  };
  const path = `${folder.path}/fenghuo.yaml`;
  const readAgain = async (yaml: string | null, words: RegExp): Promise<void> => {
    await (yaml === null ? Deno.remove(path) : Deno.writeTextFile(path, yaml));
    Deno.kill(relay.pid, "SIGHUP");
    await eventually("the file to be read", () => words.test(relay.output));
  };
  equal(await members(), ["members/li"]);
  await readAgain("members: [{ id: han }]", /Read ".*" again/);
  equal(await members(), ["members/han"]);
  equal(await warnings(), []);
  await readAgain("members: [{ id: 韩/梅 }]", /Cannot use ".*": .*\n {2}members\[0\]\.id: /);
  equal(await members(), ["members/han"]);
  match(
    (await warnings()).join(),
    /^Cannot use "\.\/fenghuo\.yaml": what was read before stays in use\n {2}members\[0\]/,
  );
  await readAgain(null, /Cannot use ".*": .*\n {2}Cannot read the configuration ".*": No such file/);
  equal(await members(), ["members/han"]);
  match((await warnings()).join(), /^Cannot use "\.\/fenghuo\.yaml": .*\n {2}Cannot read the configuration/);
  await readAgain("members: [{ id: mei }]", /Read ".*" again: it is in use\n[^]*Read ".*" again/);
  equal([await members(), await warnings()], [["members/mei"], []]);
  equal((await relay.stop("SIGTERM")).code, 0);
});

Deno.test("on Deno Deploy without its secrets every door says which are missing", async () => {
  await using folder = await temporaryFolder();
  const env = { DENO_DEPLOY: "true", DENO_SERVE_ADDRESS: "tcp:127.0.0.1:0" };
  await using relay = await spawnRelay({ folder: folder.path, env });
  const { url } = await relay.listening();
  for (const path of ["/", "/webhook", "/inbox", "/readyz"]) {
    const response = await fetch(`${url}${path}`, { method: path === "/webhook" ? "POST" : "GET" });
    const body = await response.text();
    equal(response.status, 503, path);
    for (const name of ["FENGHUO_KEY", "FENGHUO_ADMIN_PASSWORD", "FENGHUO_INTAKE_TOKEN"]) {
      ok(body.includes(name), `${path} names ${name}`);
      ok(relay.stderr.includes(name), `the log names ${name}`);
    }
  }
  const alive = await fetch(`${url}/healthz`);
  equal([alive.status, await alive.json()], [200, { alive: true, version: VERSION }]);
  await relay.stop("SIGKILL");
});

Deno.test("a broken plugin is reported, and takes nothing else down", async () => {
  await using folder = await temporaryFolder();
  const channels = `${folder.path}/channels`;
  await Deno.mkdir(channels);
  const broken = {
    syntax: "export default {",
    absent: 'import "./not_there.ts";',
    thrown: 'throw new Error("boom");',
  };
  for (const [name, text] of Object.entries(broken)) await Deno.writeTextFile(`${channels}/${name}.ts`, text);
  const yaml = `
groups:
  - owner: default
    level: default
    destinations:
      - { channel: thrown, config: {} }
      - { channel: inbox, config: {} }
`;
  await using relay = await startRelay({ folder: folder.path, yaml, env: { FENGHUO_CHANNELS: channels } });
  const asked = await fetch(`${relay.url}/readyz`);
  equal([asked.status, await asked.json()], [200, { ready: true }], "a load balancer learns no more");
  const response = await fetch(`${relay.url}/readyz`, {
    headers: { authorization: `Bearer ${relay.adminPassword}` },
  });
  const { ready, warnings } = await response.json();
  equal([response.status, ready, warnings.length], [200, true, 3]);
  for (const name of Object.keys(broken)) {
    const words = new RegExp(`^Cannot load channel from "${name}\\.ts": .+`, "m");
    match(relay.stderr, words);
    ok(warnings.some((warning: string) => words.test(warning)), name);
  }
  match(relay.stderr, /"thrown\.ts": boom/);
  await postTo(relay, { labels: { instance: "a" } });
  await inboxWith(relay, 1);
  equalEnd(await relay.stop(), relay);
});

Deno.test("a broken plugin that nothing is configured for is reported after the start, without being asked for", async () => {
  await using folder = await temporaryFolder();
  const channels = `${folder.path}/channels`;
  await Deno.mkdir(channels);
  await Deno.writeTextFile(`${channels}/thrown.ts`, 'throw new Error("boom");');
  await using relay = await startRelay({ folder: folder.path, env: { FENGHUO_CHANNELS: channels } });
  ok(!relay.output.includes("boom"), "no start waits for a channel that nothing is configured for");
  const words = /^Cannot load channel from "thrown\.ts": boom$/m;
  await eventually("the report", () => words.test(relay.stderr));
  equalEnd(await relay.stop(), relay);
});

Deno.test("a destination that the console stored works after a start that loads only what is configured", async () => {
  await using folder = await temporaryFolder();
  await using sink = await startSink();
  {
    await using relay = await startRelay({ folder: folder.path });
    const response = await fetch(`${relay.url}/api/config/groups/default/default`, {
      method: "PUT",
      headers: { authorization: `Bearer ${relay.adminPassword}` },
      body: JSON.stringify({ destinations: [{ channel: "webhook", config: { url: sink.url } }] }),
    });
    ok(response.ok, await response.text());
    await relay.stop();
  }
  await using relay = await startRelay({ folder: folder.path });
  await postTo(relay, { labels: { instance: "a" } });
  await sink.arrived(1);
  equalEnd(await relay.stop(), relay);
});

Deno.test("secrets from the environment are used and never printed, nor kept", async () => {
  await using folder = await temporaryFolder();
  const env = {
    FENGHUO_KEY: "key-A0/+=&%23",
    FENGHUO_ADMIN_PASSWORD: "password-A0/+=&%23",
    FENGHUO_INTAKE_TOKEN: "token-A0/+=&%23",
  };
  await using relay = await startRelay({ folder: folder.path, env });
  await postTo(relay, { labels: { instance: "a" } });
  await inboxWith(relay, 1);
  const wrong = await fetch(`${relay.url}/webhook?token=no`, { method: "POST", body: "{}" });
  equal(wrong.status, 401);
  const answered = await wrong.text();
  await relay.stop();
  const kept = await Deno.readTextFile(`${folder.path}/data/secrets.json`).catch(() => "");
  for (const secret of Object.values(env)) {
    for (const spelling of [secret, encodeURIComponent(secret), btoa(`admin:${secret}`)]) {
      ok(!`${relay.output}${answered}${kept}`.includes(spelling), spelling);
    }
  }
  match(relay.stdout, /intake token +\(as set in FENGHUO_INTAKE_TOKEN\)/);
});

function equalEnd(
  { code, signal, ms }: { code: number; signal: string | null; ms: number },
  relay: RelayProcess,
): void {
  equal([code, signal], [0, null], relay.output);
  ok(ms < STOP_MS, `it took ${ms} ms`);
  equal(relay.stderr.replace(/^(Warning|Cannot load channel) .*\n/gm, ""), "");
}

/** The inbox, once it has this many messages: the answer to the sender does not wait for them. */
async function inboxWith(relay: Greeting, count: number): ReturnType<typeof inboxOf> {
  return await eventually(`${count} messages in the inbox`, async () => {
    const messages = await inboxOf(relay);
    return messages.length === count && messages;
  });
}

interface HalfRequest extends Disposable {
  readonly connection: Deno.Conn;
  /** Send the rest. */
  finish(): Promise<void>;
}

/** A sender whose request has begun and is incomplete. */
async function halfRequest({ url, intakeToken }: Greeting): Promise<HalfRequest> {
  const { hostname, port } = new URL(url);
  const body = JSON.stringify(webhook({ labels: { instance: "half" } }));
  const head = `POST /webhook HTTP/1.1\r\nHost: relay\r\nAuthorization: Bearer ${intakeToken}\r\n` +
    `Content-Length: ${body.length}\r\n\r\n`;
  const connection = await Deno.connect({ hostname, port: Number(port) });
  await connection.write(new TextEncoder().encode(head + body.slice(0, 20)));
  // The relay has taken the connection once it answers a later one.
  await (await fetch(`${url}/healthz`)).body?.cancel();
  return {
    connection,
    finish: async () => void await connection.write(new TextEncoder().encode(body.slice(20))),
    [Symbol.dispose]: () => connection.close(),
  };
}

/** All that the relay still says on a connection. */
async function answerOf({ connection }: HalfRequest): Promise<string> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(16_384);
  let text = "";
  for (;;) {
    const count = await connection.read(buffer).catch(() => null); // a reset says nothing, too
    if (count === null) return text;
    text += decoder.decode(buffer.subarray(0, count));
  }
}

function hasIpv6(): boolean {
  return Deno.networkInterfaces().some(({ address }) => address === "::1");
}

async function isMissing(command: string): Promise<boolean> {
  const { success } = await new Deno.Command("sh", { args: ["-c", `command -v ${command}`], stdout: "null" })
    .output();
  return !success;
}
