import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { createApp } from "../../routes/app.ts";
import { parseAlertmanager } from "../../routes/alertmanager.ts";
import alertmanager from "../../tasks/send/alertmanager.ts";
import { parseArgs } from "node:util";
import { ROOT, temporaryFolder } from "../kit/process.ts";
import { SECRETS, type TestRelay, testRelay } from "../kit/relay.ts";

const TOKEN = { FENGHUO_INTAKE_TOKEN: SECRETS.intakeToken };

interface Sent {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface SendOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** The working folder. */
  readonly folder?: string;
}

/** The command of `deno task send`, as a process, in another folder, so that no secrets of the checkout are found. */
async function send(args: readonly string[], { env = {}, folder }: SendOptions = {}): Promise<Sent> {
  await using empty = await temporaryFolder();
  const { tasks } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  const [, run, ...rest] = (tasks.send.command as string).split(" ");
  const script = rest.pop();
  const output = await new Deno.Command(Deno.execPath(), {
    args: [run!, ...rest, `--config=${ROOT}deno.json`, `${ROOT}${script}`, ...args],
    cwd: folder ?? empty.path,
    env: { PORT: "", FENGHUO_INTAKE_TOKEN: "", NO_COLOR: "1", ...env },
  }).output();
  const [stdout, stderr] = [output.stdout, output.stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code: output.code, stdout: stdout!.trim(), stderr: stderr!.replace(/^Warning .*\n/m, "").trim() };
}

/** A relay that listens. */
async function listening(
  options?: Parameters<typeof testRelay>[0],
): Promise<AsyncDisposable & { house: TestRelay; url: string; port: string }> {
  const house = await testRelay(options);
  const app = createApp(house.relay, { report: (words) => house.reports.push(words) });
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, app.fetch);
  const port = String(server.addr.port);
  return {
    house,
    port,
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose](): Promise<void> {
      await server.shutdown();
      await house[Symbol.asyncDispose]();
    },
  };
}

Deno.test("an example is sent and told, and sent again it folds", async () => {
  await using relay = await listening();
  const args = ["alertmanager", "--to", relay.url];
  equal(await send(args, { env: TOKEN }), { code: 0, stdout: "Accepted 1 alert: 1 told", stderr: "" });
  equal(await send(args, { env: TOKEN }), {
    code: 0,
    stdout: "Accepted 1 alert: 0 told, 1 folded into an open window",
    stderr: "",
  });
  const more = await send([...args, "--count=3", "--label=instance=example"], { env: TOKEN });
  equal(more.stdout, "Accepted 3 alerts: 3 told");
  const resolved = await send([...args, "--status", "resolved"], { env: TOKEN });
  equal(resolved.stdout, "Accepted 1 alert: 1 told");
  const again = await send([...args, "--status", "resolved"], { env: TOKEN });
  equal(
    again.stdout,
    "Accepted 1 alert: 0 told, 1 not told: resolved with nothing open, or its group has no destination",
  );
});

Deno.test("labels, annotations and the group are those of the command line", async () => {
  const yaml = "groups: [{ owner: 运维 a, level: 3, destinations: [{ channel: inbox, config: {} }] }]";
  await using relay = await listening({ yaml });
  const args = ["alertmanager", `--to=${relay.url}/`, "--group=运维 a/3", "--label=alertname=Disk"];
  const { stdout, stderr } = await send(
    [...args, "--label", "a=b=c", "--label", "empty=", "--annotation", 'summary=满了 "100%"'],
    { env: TOKEN },
  );
  equal([stdout, stderr], ["Accepted 1 alert: 1 told", ""]);
  const [logged] = await relay.house.relay.store.journal.newest(1);
  equal(logged!.routing.map(({ group, by }) => [group, by]), [["运维 a/3", "named"]]);
  const { title, text, labels } = logged!.alert as {
    title: string;
    text: string;
    labels: Record<string, string>;
  };
  equal([title, text, labels.a, labels.empty, labels.severity], [
    "Disk",
    '满了 "100%"',
    "b=c",
    "",
    "warning",
  ]);
});

Deno.test("without --to it is the relay of this machine, and the token is the one that its start kept", async () => {
  await using relay = await listening();
  await using folder = await temporaryFolder();
  await Deno.mkdir(`${folder.path}/data`);
  await Deno.writeTextFile(`${folder.path}/data/secrets.json`, JSON.stringify(SECRETS));
  const { stdout, stderr } = await send(["alertmanager"], { env: { PORT: relay.port }, folder: folder.path });
  equal([stdout, stderr], ["Accepted 1 alert: 1 told", ""]);
});

Deno.test("a refusal is printed in the relay's own words", async () => {
  await using relay = await listening();
  const missing = await send(["alertmanager", "--to", relay.url]);
  equal([missing.code, missing.stdout], [1, ""]);
  match(missing.stderr, /refused with 401: The token is missing: send the intake token as Bearer/);
  const wrong = await send(["alertmanager", "--to", relay.url], {
    env: { FENGHUO_INTAKE_TOKEN: "wrong+/=" },
  });
  equal(wrong.code, 1);
  match(wrong.stderr, /The token is wrong: /);
  ok(!wrong.stderr.includes("wrong+/="), "no token is shown");
  equal(await relay.house.relay.store.journal.newest(1), []);
});

Deno.test("an answer that no relay gives is no success", async () => {
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    () => new Response("hello"),
  );
  const { code, stdout, stderr } = await send([
    "alertmanager",
    "--to",
    `http://127.0.0.1:${server.addr.port}`,
  ]);
  equal([code, stdout], [1, ""]);
  match(stderr, /refused with 200: hello/);
});

Deno.test("a relay that is not there is named, with what to do", async () => {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const url = `http://127.0.0.1:${listener.addr.port}`;
  listener.close();
  equal(await send(["alertmanager", "--to", url]), {
    code: 1,
    stdout: "",
    stderr: `Cannot send to ${url}: connection refused; is the relay running? Start it with: deno task start`,
  });
});

const BAD: [string[], RegExp][] = [
  [[], /^Cannot send: the first word must be a dialect: alertmanager/],
  [["--count=1"], /^Cannot send: the first word must be a dialect/],
  [["alertmanger"], /^Cannot send: there is no dialect "alertmanger"; there is alertmanager/],
  [["../send"], /^Cannot send: there is no dialect "\.\.\/send"/],
  [["alertmanager", "--colour"], /^Cannot send: unknown option '--colour'$/m],
  [["alertmanager", "more"], /^Cannot send: unexpected argument 'more'$/m],
  [["alertmanager", "--label"], /^Cannot send: option '--label <value>' argument missing$/m],
  [["alertmanager", "--label", "a"], /^Cannot send: --label is "a": it must be a name and a value/],
  [["alertmanager", "--annotation", "=a"], /^Cannot send: --annotation is "=a": /],
  [["alertmanager", "--status", "open"], /^Cannot send: --status is "open": it must be firing or resolved$/m],
  [["alertmanager", "--count", "0"], /^Cannot send: --count is "0": it must be a number from 1 to 10000$/m],
  [["alertmanager", "--count", "1e3"], /^Cannot send: --count is "1e3": /],
  [["alertmanager", "--group", "ops"], /^Cannot send: --group is "ops": /],
  [
    ["alertmanager", "--to", "localhost:8000"],
    /^Cannot send: --to is "localhost:8000": it must be an address/,
  ],
];

Deno.test("a command that makes no sense is refused with one sentence, and nothing is sent", async () => {
  const answers = await Promise.all(BAD.map(([args]) => send(args)));
  for (const [index, { code, stdout, stderr }] of answers.entries()) {
    const [args, words] = BAD[index]!;
    equal([code, stdout], [2, ""], `${args}: ${stderr}`);
    match(stderr, words);
    ok(!stderr.includes("    at "), "no stack");
  }
});

Deno.test("--help shows the dialects, and the options of one", async () => {
  const [all, one] = await Promise.all([send(["--help"]), send(["alertmanager", "--help"])]);
  equal([all.code, one.code, all.stderr, one.stderr], [0, 0, "", ""]);
  match(all.stdout, /^ {2}alertmanager +Alertmanager's webhook, version 4$/m);
  for (const name of ["to", ...Object.keys(alertmanager.options)]) {
    match(one.stdout, new RegExp(`^ {2}--${name} `, "m"));
  }
  match(one.stdout, /the label instance gets -1 to -N/);
});

Deno.test("the example has every field of Alertmanager's payload, and its fingerprints", async () => {
  const { values } = parseArgs({ args: ["--count=2"], options: alertmanager.options });
  const { body } = await alertmanager.example(values, { token: "t", now: Date.UTC(2026, 0, 31, 8) });
  const payload = JSON.parse(body);
  equal(Object.keys(payload).sort(), [
    "alerts",
    "commonAnnotations",
    "commonLabels",
    "externalURL",
    "groupKey",
    "groupLabels",
    "notification_reason",
    "receiver",
    "routeLabels",
    "status",
    "truncatedAlerts",
    "version",
  ]);
  equal(payload.commonLabels, { alertname: "HelloFenghuo", job: "send", severity: "warning" });
  equal(payload.alerts.map((alert: { labels: { instance: string } }) => alert.labels.instance), [
    "example-1",
    "example-2",
  ]);
  equal(Object.keys(payload.alerts[0]).sort(), [
    "annotations",
    "endsAt",
    "fingerprint",
    "generatorURL",
    "labels",
    "startsAt",
    "status",
  ]);
  const parsed = parseAlertmanager(payload, { ignoreLabels: new Set(), severities: new Map() });
  equal(parsed.map(({ alert }) => [alert.startsAt, alert.endsAt]), [[Date.UTC(2026, 0, 31, 8), null], [
    Date.UTC(2026, 0, 31, 8),
    null,
  ]]);
  for (const { fingerprint } of payload.alerts) match(fingerprint, /^[0-9a-f]{16}$/);
});
