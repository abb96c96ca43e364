/** OCP runs the example scripts as channels; the relay that they call is a whole one, on loopback. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import type { Alert } from "../../relay/domain/alert.ts";
import { createApp } from "../../routes/app.ts";
import { runScriptChannel, type ScriptRun, TEST_VARIABLES } from "../../simulator/ocp.ts";
import { ROOT, temporaryFolder } from "../kit/process.ts";
import { SECRETS, type TestRelay, testRelay } from "../kit/relay.ts";

/** The setting that the scripts are made for. */
const VALIDATION = '{"errcode":0}';

/** An interpreter, and the script that it runs. */
interface Language {
  readonly name: string;
  readonly script: "fenghuo_channel.sh" | "fenghuo_channel.py";
  /** The path; `undefined` if it is not installed. */
  readonly program: string | undefined;
}

async function output(program: string, args: string[]): Promise<string | undefined> {
  try {
    const { code, stdout } = await new Deno.Command(program, { args, stderr: "null" }).output();
    return code === 0 ? new TextDecoder().decode(stdout).trim() : undefined;
  } catch {
    return undefined;
  }
}

/** The program itself, not a shim that asks the environment which one is meant. */
async function pythonOf(version: string, names: readonly string[]): Promise<string | undefined> {
  const ask = `import sys; assert "%d.%d" % sys.version_info[:2] == "${version}" or "%d" % ` +
    `sys.version_info[0] == "${version}"; print(sys.executable)`;
  const beside = (await output("pyenv", ["whence", "--path", names[0]!]))?.split("\n") ?? [];
  for (const name of [...names, ...beside]) {
    const program = await output(name, ["-c", ask]);
    if (program) return program;
  }
}

const hasTools = await output("sh", [
  "-c",
  "command -v curl && command -v od && command -v sed && command -v tr",
]);
const LANGUAGES: readonly Language[] = [
  {
    name: "bash (with curl, od, tr and sed)",
    script: "fenghuo_channel.sh",
    program: hasTools && await output("sh", ["-c", "command -v bash"]),
  },
  { name: "Python 3", script: "fenghuo_channel.py", program: await pythonOf("3", ["python3"]) },
  { name: "Python 3.6", script: "fenghuo_channel.py", program: await pythonOf("3.6", ["python3.6"]) },
  {
    name: "Python 2.7",
    script: "fenghuo_channel.py",
    program: await pythonOf("2.7", ["python2.7", "python2"]),
  },
];

/** A relay on loopback, and OCP's node with the script on it, filled in as an administrator does. */
interface Site extends AsyncDisposable {
  readonly house: TestRelay;
  readonly url: string;
  /** Let OCP send a message; other settings of the script are put in by name. */
  send(variables: Readonly<Record<string, string>>, settings?: Settings): Promise<ScriptRun>;
}

interface Settings {
  readonly url?: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly seconds?: number;
}

async function site({ script, program }: Language): Promise<Site> {
  const stack = new AsyncDisposableStack();
  const house = stack.use(await testRelay());
  const folder = stack.use(await temporaryFolder());
  const app = createApp(house.relay, { report: (words) => house.reports.push(words) });
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    (request) => app.fetch(request),
  );
  stack.defer(() => server.shutdown());
  const url = `http://127.0.0.1:${server.addr.port}/ocp/default/default`;
  await Deno.symlink(program!, `${folder.path}/${script.endsWith(".py") ? "python" : "bash"}`);
  const template = await Deno.readTextFile(`${ROOT}examples/ocp/${script}`);
  return {
    house,
    url,
    send: async (variables, { url: other = url, token = SECRETS.intakeToken, tokenFile, seconds } = {}) => {
      const path = `${folder.path}/${script}`;
      let text = replaced(template, /^FENGHUO_URL ?= ?'.*'$/m, (line) => line.replace(/'.*'/, `'${other}'`));
      text = replaced(text, /^FENGHUO_TOKEN ?= ?''$/m, (line) => line.replace("''", `'${token}'`));
      if (seconds !== undefined) {
        text = replaced(text, /(?<=max-time |SECONDS = )[\d.]+/, () => String(seconds));
      }
      await Deno.writeTextFile(path, text);
      if (tokenFile !== undefined) {
        await Deno.writeTextFile(`${folder.path}/fenghuo_channel.token`, tokenFile, { mode: 0o600 });
      }
      const searchPath = `${folder.path}:/usr/bin:/bin`;
      return await runScriptChannel({ path, validation: VALIDATION, searchPath }, variables);
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

function replaced(text: string, pattern: RegExp, change: (line: string) => string): string {
  ok(pattern.test(text), `${pattern} is there to be replaced`);
  return text.replace(pattern, change);
}

async function lastAlert(house: TestRelay): Promise<Alert> {
  const [logged] = await house.relay.store.log.newest(1);
  return logged!.alert as Alert;
}

const ALARM = {
  alarm_type: "no_enough_exporter",
  alarm_target: "service=OCP:svr_ip=1.2.3.4",
  alarm_name: "exporter进程数量不够",
  alarm_level: "停服",
  alarm_active_at: "2026-01-31T15:59:00+08:00",
};

/** Texts that a script must carry over unharmed. */
const HOSTILE: Readonly<Record<string, string>> = {
  Chinese: "磁盘已满，请尽快处理",
  quotes: `he said "no" and 'never' and \`id\` and $(id) and \${HOME}`,
  backslashes: "C:\\temp\\new \\u0041 \\",
  lines: "one\ntwo\n\nthree\r\nfour\tfive",
  "what forms are made of": "a=b&c=d%41+e#f?g;h",
  "signs of printf": "100% %s %n %d",
  controls: "bell \u0007 escape \u001b[31m delete \u007f",
  emoji: "🔥👨‍👩‍👧‍👦 é ￿",
  "options of a command": "-n -e text",
  "120 KB": "磁盘".repeat(20_000),
};

for (const language of LANGUAGES) {
  const test = (name: string, fn: (site: Site) => Promise<void>): void => {
    Deno.test({
      name: `${language.script}: ${name} (needs ${language.name})`,
      ignore: language.program === undefined,
      fn: async () => {
        await using place = await site(language);
        await fn(place);
      },
    });
  };

  test("an alarm arrives, and its recovery ends it", async ({ house, send }) => {
    const fired = await send({ ...ALARM, message: "exporter 不够" });
    equal([fired.sent, fired.code, fired.stderr], [true, 0, ""]);
    match(fired.stdout, /^\{"errcode":0,"errmsg":"ok",[\x20-\x7e]*\}$/);
    const alert = await lastAlert(house);
    equal([alert.dialect, alert.status, alert.severity, alert.title], [
      "ocp_channel",
      "firing",
      "critical",
      "exporter进程数量不够",
    ]);
    const over = await send({
      ...ALARM,
      message: "【OCP 告警恢复通知】\n- 告警对象 service=OCP:svr_ip=1.2.3.4",
    });
    equal(over.sent, true);
    const [logged] = await house.relay.store.log.newest(1);
    equal(logged!.routing.map(({ outcome }) => outcome.kind === "told" && outcome.reason), ["resolved"]);
  });

  for (const [what, text] of Object.entries(HOSTILE)) {
    test(`a message of ${what} arrives as it is`, async ({ house, send }) => {
      const message = what === "120 KB" ? text.slice(0, 40_000) : text;
      const started = performance.now();
      const { sent, stderr } = await send({ ...ALARM, message, alarm_description: message.slice(0, 1_000) });
      ok(performance.now() - started < 8_000);
      equal([sent, stderr], [true, ""]);
      const alert = await lastAlert(house);
      if (what === "120 KB") {
        equal(new TextEncoder().encode(message).length, 120_000);
        ok(
          alert.text.startsWith("磁盘磁盘") && alert.text.endsWith("…"),
          "the relay cuts what is too long to keep",
        );
      } else {
        equal(alert.text, message.trim());
        equal(alert.annotations.description, message);
      }
    });
  }

  test("nothing but OCP's own variables leaves the machine", async ({ house, send }) => {
    const secrets = { OCP_METADB_PASSWORD: "hunter2", password: "hunter2", http_proxy: "http://127.0.0.1:1" };
    equal((await send({ ...ALARM, message: "m", ...secrets })).sent, true);
    const alert = await lastAlert(house);
    ok(!JSON.stringify(alert).includes("hunter2"));
  });

  for (
    const [what, variables] of Object.entries({ "as it is": TEST_VARIABLES, "without any variable": {} })
  ) {
    test(`OCP's test message, ${what}, arrives and is marked as a test`, async ({ house, send }) => {
      const { sent, stdout } = await send(variables);
      equal([sent, JSON.parse(stdout).test], [true, true]);
      const { title, severity } = await lastAlert(house);
      match(title, /测试 TEST/);
      equal(severity, "info");
    });
  }

  test("with the relay down OCP hears of a failure, in one JSON", async ({ send }) => {
    using listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
    const { port } = listener.addr;
    listener.close();
    failure(await send({ ...ALARM, message: "m" }, { url: `http://127.0.0.1:${port}/ocp/a/b` }), /no answer/);
  });

  test("a wrong token, and none, are failures that say so", async ({ house, send }) => {
    failure(await send({ ...ALARM, message: "m" }, { token: "wrong" }), /token is wrong/);
    failure(await send({ ...ALARM, message: "m" }, { token: "" }), /fenghuo_channel.token|token is missing/);
    equal(await house.relay.store.log.newest(1), []);
  });

  test("the token may stand in a file beside the script", async ({ send }) => {
    const run = await send({ ...ALARM, message: "m" }, { token: "", tokenFile: `${SECRETS.intakeToken}\n` });
    equal([run.sent, run.stderr], [true, ""]);
  });

  for (
    const [what, answer] of Object.entries({
      "a redirect": () => new Response(null, { status: 302, headers: { location: "/login" } }),
      "a login page": () => new Response("<html>{}</html>"),
      "nothing": () => new Response(null, { status: 204 }),
    })
  ) {
    test(`${what} in the place of the relay's answer is a failure`, async ({ send }) => {
      await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, answer);
      failure(
        await send({ ...ALARM, message: "m" }, { url: `http://127.0.0.1:${server.addr.port}/` }),
        /no answer/,
      );
    });
  }

  test("a relay that keeps silent is left before OCP's patience ends", async ({ send }) => {
    // It accepts the connection and sends nothing; a server with a request would answer before it closes.
    using silent = Deno.listen({ port: 0, hostname: "127.0.0.1" });
    const url = `http://127.0.0.1:${silent.addr.port}/`;
    failure(await send({ ...ALARM, message: "m" }, { url, seconds: 1 }), /no answer/);
  });
}

/** OCP's contract for a failure: nothing on stdout, one JSON on stderr, a code other than 0. */
function failure({ sent, code, stdout, stderr }: ScriptRun, words: RegExp): void {
  equal([sent, code, stdout], [false, 1, ""]);
  match(stderr, /^[\x20-\x7e]+$/);
  const { errcode, errmsg } = JSON.parse(stderr);
  ok(errcode !== 0);
  match(errmsg, words);
}
