import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { parseAlertmanager } from "../../routes/dialects/alertmanager.ts";
import alarm from "../../tasks/send/alarm.ts";
import dingtalkRobot from "../../tasks/send/dingtalk_robot.ts";
import dingtalkWebhook from "../../tasks/send/dingtalk_webhook.ts";
import grafana from "../../tasks/send/grafana.ts";
import prometheusalert from "../../tasks/send/prometheusalert.ts";
import alarmV2 from "../../tasks/send/alarm_v2.ts";
import alertmanager from "../../tasks/send/alertmanager.ts";
import ocp from "../../tasks/send/ocp.ts";
import { parseArgs } from "node:util";
import { TestClock } from "../kit/clock.ts";
import { ROOT, temporaryFolder } from "../kit/process.ts";
import { SECRETS, testRelay } from "../kit/relay.ts";
import { listening } from "../kit/listening.ts";

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
    env: {
      PORT: "",
      FENGHUO_CONFIG: "",
      FENGHUO_INTAKE_TOKEN: "",
      FENGHUO_OCP_USER: "",
      FENGHUO_OCP_PASSWORD: "",
      FENGHUO_TZ: "",
      NO_COLOR: "1",
      ...env,
    },
  }).output();
  const [stdout, stderr] = [output.stdout, output.stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code: output.code, stdout: stdout!.trim(), stderr: stderr!.replace(/^Warning .*\n/m, "").trim() };
}

Deno.test("an example is sent and told, and sent again it folds", async () => {
  await using relay = listening(await testRelay());
  const args = ["alertmanager", "--to", relay.url];
  equal(await send(args, { env: TOKEN }), { code: 0, stdout: "Accepted 1 alert: 1 notified", stderr: "" });
  equal(await send(args, { env: TOKEN }), {
    code: 0,
    stdout: "Accepted 1 alert: 0 notified, 1 deduplicated within an open window",
    stderr: "",
  });
  const more = await send([...args, "--count=3", "--label=instance=example"], { env: TOKEN });
  equal(more.stdout, "Accepted 3 alerts: 3 notified");
  const resolved = await send([...args, "--status", "resolved"], { env: TOKEN });
  equal(resolved.stdout, "Accepted 1 alert: 1 notified");
  const again = await send([...args, "--status", "resolved"], { env: TOKEN });
  equal(
    again.stdout,
    "Accepted 1 alert: 0 notified, 1 not notified: resolved with nothing open, or its group has no destination",
  );
});

Deno.test("labels, annotations and the group are those of the command line", async () => {
  const yaml = "groups: [{ owner: 运维 a, level: 3, destinations: [{ channel: inbox, config: {} }] }]";
  await using relay = listening(await testRelay({ yaml }));
  const args = ["alertmanager", `--to=${relay.url}/`, "--group=运维 a/3", "--label=alertname=Disk"];
  const { stdout, stderr } = await send(
    [...args, "--label", "a=b=c", "--label", "empty=", "--annotation", 'summary=满了 "100%"'],
    { env: TOKEN },
  );
  equal([stdout, stderr], ["Accepted 1 alert: 1 notified", ""]);
  const [logged] = await relay.house.relay.store.log.newest(1);
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
  await using relay = listening(await testRelay());
  await using folder = await temporaryFolder();
  await Deno.mkdir(`${folder.path}/data`);
  await Deno.writeTextFile(`${folder.path}/data/secrets.json`, JSON.stringify(SECRETS));
  const { stdout, stderr } = await send(["alertmanager"], {
    env: { PORT: new URL(relay.url).port },
    folder: folder.path,
  });
  equal([stdout, stderr], ["Accepted 1 alert: 1 notified", ""]);
});

Deno.test("a refusal is printed in the relay's own words", async () => {
  await using relay = listening(await testRelay());
  const missing = await send(["alertmanager", "--to", relay.url]);
  equal([missing.code, missing.stdout], [1, ""]);
  match(missing.stderr, /refused with 401: The token is missing: send the intake token as Bearer/);
  const wrong = await send(["alertmanager", "--to", relay.url], {
    env: { FENGHUO_INTAKE_TOKEN: "wrong+/=" },
  });
  equal(wrong.code, 1);
  match(wrong.stderr, /The token is wrong: /);
  ok(!wrong.stderr.includes("wrong+/="), "no token is shown");
  equal(await relay.house.relay.store.log.newest(1), []);
});

Deno.test("an answer that no relay gives is no success", async () => {
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
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
  [[], /^Cannot send: the first word must be a dialect: alarm, alarm_v2, .*, prometheusalert$/m],
  [["--count=1"], /^Cannot send: the first word must be a dialect/],
  [
    ["alertmanger"],
    /^Cannot send: there is no dialect "alertmanger"; there is alarm, alarm_v2, .*, prometheusalert$/m,
  ],
  [["../send"], /^Cannot send: there is no dialect "\.\.\/send"/],
  [["alertmanager", "--colour"], /^Cannot send: unknown option '--colour'$/m],
  [
    ["alertmanager", "more"],
    /^Cannot send: "more" is one word too many: it takes no word beside its options$/m,
  ],
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
  [["alarm_v2", "--set", "notes"], /^Cannot send: --set is "notes": it must be a name and a value/],
  [["alarm_v2", "--set", "sign=0"], /^Cannot send: --set sign: the signature is computed here$/m],
  [["alarm_v2"], /^Cannot send: no department is configured in .*: set FENGHUO_INTAKE_TOKEN to/],
  [["ocp", "--status", "firing"], /^Cannot send: --status is "firing": it must be Active or Inactive$/m],
  [["ocp", "--level", "9"], /^Cannot send: --level is "9": it must be a number from 1 to 5, or a name/],
  [["dingtalk_robot"], /^Cannot send: there is no token: name one with --robot/],
  [["ocp", "--label", "=a"], /^Cannot send: --label is "=a": /],
  [["ocp", "--sign"], /^Cannot send: --sign needs a secret key: set FENGHUO_OCP_PASSWORD or/],
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

Deno.test("--help shows the dialects, and the options of each", async () => {
  const dialects = {
    alarm,
    alarm_v2: alarmV2,
    alertmanager,
    dingtalk_robot: dingtalkRobot,
    dingtalk_webhook: dingtalkWebhook,
    grafana,
    ocp,
    prometheusalert,
  };
  const all = await send(["--help"]);
  equal([all.code, all.stderr], [0, ""]);
  await Promise.all(
    Object.entries(dialects).map(async ([name, dialect]) => {
      ok(all.stdout.includes(`\n  ${name.padEnd(18)}${dialect.title}`), name);
      const one = await send([name, "--help"]);
      equal([one.code, one.stderr], [0, ""]);
      for (const option of ["to", ...Object.keys(dialect.options)]) {
        match(one.stdout, new RegExp(`^ {2}.*--${option}\\b`, "m"));
      }
    }),
  );
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
  const parsed = parseAlertmanager(payload, {
    ignoreLabels: new Set(),
    severities: new Map(),
    timezone: "UTC",
  });
  equal(parsed.map(({ alert }) => [alert.startsAt, alert.endsAt]), [[Date.UTC(2026, 0, 31, 8), null], [
    Date.UTC(2026, 0, 31, 8),
    null,
  ]]);
  for (const { fingerprint } of payload.alerts) match(fingerprint, /^[0-9a-f]{16}$/);
});

Deno.test("a signed call works before anything is configured, and sent again it folds", async () => {
  await using relay = listening(await testRelay());
  const args = ["alarm_v2", "--to", relay.url];
  const first = await send(args, { env: TOKEN });
  equal(first, { code: 0, stdout: "Accepted and delivered to every destination of its group", stderr: "" });
  const again = await send(args, { env: TOKEN });
  equal([again.code, again.stderr], [0, ""]);
  match(again.stdout, /^Accepted: the same alert was sent within the window, so it is counted/);
  const other = await send([...args, "--env=prod", "--set", "notes=a=b 备注", "--set=alert_level=高"], {
    env: TOKEN,
  });
  equal(other, first);
  const [newest] = await relay.house.relay.store.log.newest(1);
  equal(newest!.routing.map(({ group, by }) => [group, by]), [["default/default", "named"]]);
  const { severity, labels } = newest!.alert as { severity: string; labels: Record<string, string> };
  match(labels.alert_time!, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
  equal([severity, labels.dep, labels.env, labels.notes], ["critical", "default", "prod", "a=b 备注"]);
});

/** The signers do not have the robot's secret. */
const SIGNERS = `
departments:
  du-srv: { name: 云端, secret: "\${SRV_SECRET}" }
  du-op: { secret: [new-secret, old-secret] }
groups:
  - owner: chenmin
    level: 3
    destinations:
      - { channel: inbox, config: {} }
      - { channel: dingtalk_robot, config: { token: "\${DING_TOKEN}", base: "http://127.0.0.1:9" } }
`;
const SRV = { SRV_SECRET: "YYLm+/=&6IRdjZMQ1" };

Deno.test("a call is signed with the secret of its department in fenghuo.yaml, and no other is asked for", async () => {
  await using relay = listening(
    await testRelay({
      yaml: SIGNERS.replace(/ *- \{ channel: dingtalk.*\n/, ""),
      env: SRV,
    }),
  );
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(`${folder.path}/fenghuo.yaml`, SIGNERS);
  const args = ["alarm_v2", "--to", relay.url, "--id=chenmin", "--level=3"];
  const delivered = "Accepted and delivered to every destination of its group";
  equal((await send(args, { env: SRV, folder: folder.path })).stdout, delivered);
  const config = { ...SRV, FENGHUO_CONFIG: `${folder.path}/fenghuo.yaml` };
  equal((await send([...args, "--dep=du-op"], { env: config })).stdout, delivered);
  const [newest] = await relay.house.relay.store.log.newest(1);
  equal((newest!.alert as { labels: Record<string, string> }).labels.dep, "du-op");

  const wrong = await send(args, { env: { SRV_SECRET: "another+/=" }, folder: folder.path });
  equal([wrong.code, wrong.stdout], [1, ""]);
  match(wrong.stderr, /2000/);
  ok(!wrong.stderr.includes("another+/="), "no secret is shown");
  const nobody = await send([...args, "--set=id=nobody"], { env: config });
  equal(nobody.code, 1);
  match(nobody.stderr, /3001/);

  const unset = await send(args, { folder: folder.path });
  equal(unset.code, 2);
  match(unset.stderr, /^ {2}departments\.du-srv\.secret: .*SRV_SECRET is not set$/m);
  ok(!unset.stderr.includes("DING_TOKEN"), "what does not sign is not asked for");
  const unknown = await send([...args, "--dep=du-fe"], { env: config });
  equal(unknown.code, 2);
  match(unknown.stderr, /^Cannot send: there is no department "du-fe" here; there is du-srv, du-op$/m);
  const absent = await send(args, { env: { FENGHUO_CONFIG: "absent.yaml" } });
  equal(absent.code, 2);
  match(absent.stderr, /^Cannot send: absent\.yaml cannot be read: /);
});

/** Every code but 0 and 1010. */
const REFUSED = [
  ...[1000, 1001, 1002, 1003, 1004, 2000, 2002, 2003, 2009, 3000, 3001],
  ...[4000, 4001, 4002, 4003, 4004, 4005, 4006],
];

Deno.test("each code of alarm_v2 is one sentence, with what to do", () => {
  const sentences = REFUSED.map((code) => alarmV2.refused({ code })!);
  equal(new Set(sentences).size, REFUSED.length);
  for (const [index, sentence] of sentences.entries()) {
    match(sentence, new RegExp(`^answered ${REFUSED[index]}: [^.\n]+: [^\n]+[^.]$`));
  }
  for (const code of REFUSED) equal(alarmV2.accepted({ code }, ""), undefined);
  for (const answer of [{ code: 0 }, { code: 1010 }, { code: 7 }, { code: "toString" }, {}, undefined]) {
    equal(alarmV2.refused(answer), undefined);
  }
  equal(
    alarmV2.refused({ code: 4005, message: "email: 451", pending: ["wecom_robot"] })!.split("\n").slice(1),
    ["It says: email: 451", "Still on its way through wecom_robot"],
  );
  match(
    alarmV2.accepted({ code: 0, pending: ["email", "wecom_robot"] }, "")!,
    /through email, wecom_robot: /,
  );
});

Deno.test("an alarm is pushed as OCP pushes it, and is over when it is Inactive", async () => {
  await using relay = listening(await testRelay());
  const args = ["ocp", "--to", relay.url];
  const { code, stdout, stderr } = await send(args, { env: TOKEN });
  equal([code, stderr], [0, ""]);
  match(stdout, /^Accepted: hello_fenghuo on service=example is Active, level 3; its id is [\w-]+$/);
  const over = await send([...args, "--status=Inactive"], { env: TOKEN });
  match(over.stdout, /^Accepted: hello_fenghuo on service=example is Inactive, level 3; /);
  const other = await send(
    [...args, "--type=no_exporter", "--target=a:b", "--level=严重", "--label=ob_cluster=测试=1", "--name=名"],
    { env: TOKEN },
  );
  match(other.stdout, /^Accepted: no_exporter on a:b is Active, level 2; /);
  const logged = await relay.house.relay.store.log.newest(3);
  const alerts = logged.map(({ alert }) =>
    alert as { status: string; title: string; labels: Record<string, string> }
  );
  equal(alerts.map(({ status }) => status), ["firing", "resolved", "firing"]);
  equal([alerts[0]!.title, alerts[0]!.labels.ob_cluster], ["名", "测试=1"]);
});

Deno.test("a push logs in with the configured user and password, by Basic or by a signature", async () => {
  const login = { FENGHUO_OCP_USER: "ocp", FENGHUO_OCP_PASSWORD: "pass:wörd+/=" };
  await using relay = listening(await testRelay({ env: login, clock: new TestClock(Date.now()) }));
  const args = ["ocp", "--to", `${relay.url}/`];
  for (const how of [[], ["--sign"]]) {
    const env = { ...TOKEN, ...login };
    const right = await send([...args, ...how], { env });
    equal([right.code, right.stderr], [0, ""]);
    const wrong = await send([...args, ...how], { env: { ...env, FENGHUO_OCP_PASSWORD: "no+/=" } });
    equal([wrong.code, wrong.stdout], [1, ""]);
    match(wrong.stderr, /401/);
    ok(!wrong.stderr.includes("no+/="), "no password is shown");
  }
  const byToken = await send(args, { env: TOKEN });
  equal(byToken.code, 1);
});

Deno.test("without a user a push is signed with the token that this machine's relay kept", async () => {
  await using relay = listening(await testRelay({ clock: new TestClock(Date.now()) }));
  await using folder = await temporaryFolder();
  await Deno.mkdir(`${folder.path}/data`);
  await Deno.writeTextFile(`${folder.path}/data/secrets.json`, JSON.stringify(SECRETS));
  const sent = await send(["ocp", "--sign"], { env: { PORT: new URL(relay.url).port }, folder: folder.path });
  equal([sent.code, sent.stderr], [0, ""]);
});

Deno.test("OCP's envelope is put into words", () => {
  const error = { code: 10000, message: "Not logged in (IAM10000): the user or the password is wrong" };
  equal(ocp.refused({ successful: false, status: 401, error })!.split("\n"), [
    `refused with 401, code 10000: ${error.message}`,
    "Set FENGHUO_OCP_USER and FENGHUO_OCP_PASSWORD as the relay has them, " +
    "or FENGHUO_INTAKE_TOKEN to the token that it printed",
  ]);
  equal(
    ocp.refused({ successful: false, status: 429, error: { code: 0, message: "Too many" } }),
    "refused with 429, code 0: Too many",
  );
  const none = [{}, undefined, "text", { successful: true }, { successful: false, status: 500 }];
  for (const answer of none) equal([ocp.refused(answer), ocp.accepted(answer, "")], [undefined, undefined]);
});

/** A dialect, the source type in the log, and the output. */
const SPOKEN: [args: string[], dialect: string, words: RegExp][] = [
  [["alarm"], "alarm_v2", /^Accepted and delivered/],
  [["alarm_v2"], "alarm_v2", /^Accepted and delivered/],
  [["alertmanager"], "alertmanager", /^Accepted 1 alert: 1 notified$/],
  [["dingtalk_robot"], "dingtalk", /^Accepted: it answers errcode 0/],
  [["dingtalk_robot", "--markdown", "Disk"], "dingtalk", /^Accepted: it answers errcode 0/],
  [["dingtalk_webhook", "--target", "nobody"], "alertmanager", /^Accepted: it answers OK/],
  [["grafana", "--org", "2"], "grafana", /^Accepted 1 alert: 1 notified$/],
  [["ocp"], "ocp", /^Accepted: hello_fenghuo on service=example is Active/],
  [["prometheusalert"], "alertmanager", /^Accepted: it answers errcode 0/],
];

for (const [args, dialect, words] of SPOKEN) {
  Deno.test(`deno task send ${args.join(" ")} is taken by the relay's own door for it`, async () => {
    await using relay = listening(await testRelay());
    const { code, stdout, stderr } = await send([...args, "--to", relay.url], { env: TOKEN });
    equal([code, stderr], [0, ""]);
    match(stdout, words);
    const [logged] = await relay.house.relay.store.log.newest(1);
    equal("dialect" in logged!.alert && logged!.alert.dialect, dialect);
  });
}
