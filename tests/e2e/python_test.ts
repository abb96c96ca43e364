import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { ALARM_V2_YAML } from "../kit/alarm_v2.ts";
import { eventually } from "../kit/eventually.ts";
import {
  type Greeting,
  type InboxMessage,
  inboxOf,
  ROOT,
  startRelay,
  temporaryFolder,
} from "../kit/process.ts";

/** Debian's own, which has Debian's `requests`; another one may come first on the PATH. */
const PYTHON3 = "/usr/bin/python3";

const FIXTURES = `${ROOT}tests/fixtures`;

/** The login that the documentation's OCP script has in it. */
const LOGIN = { FENGHUO_OCP_USER: "username", FENGHUO_OCP_PASSWORD: "password" };

/** The script's request from Python 2.7.18 with requests 2.22.0, byte for byte except for the host. */
const PUSHED = (host: string): string =>
  [
    "POST /api/v2/alarm/alarms HTTP/1.1",
    `Host: ${host}`,
    "Connection: keep-alive",
    "Accept-Encoding: gzip, deflate",
    "Accept: application/json",
    "User-Agent: python-requests/2.22.0",
    "Content-Type: application/json",
    "Authorization: Basic dXNlcm5hbWU6cGFzc3dvcmQ=",
    "Content-Length: 86",
    "",
    '{"labels": {"key": "value"}, "target": "alarm_target", "alarmType": "your_alarm_type"}',
  ].join("\r\n");

/** Python 2 comes without `requests`, but its pip contains one. */
const REQUESTS_OF_PIP = "import pip._internal\nfrom pip._vendor.requests import *\n";

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Run a program with nothing of this environment but its PATH: no proxy, no locale. */
async function run(program: string, args: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
  const output = await new Deno.Command(program, {
    args: [...args],
    clearEnv: true,
    env: { PATH: Deno.env.get("PATH") ?? "", LC_ALL: "C", ...env },
  }).output();
  const [stdout, stderr] = [output.stdout, output.stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code: output.code, stdout: stdout!, stderr: stderr! };
}

async function runs(program: string, script: string): Promise<boolean> {
  try {
    return (await run(program, ["-c", script])).code === 0;
  } catch {
    return false;
  }
}

/** A Python 2.7 with a `requests` of its own or of pip; pyenv has its versions outside the PATH. */
async function findPython2(): Promise<string | undefined> {
  const { HOME = "", PYENV_ROOT = `${HOME}/.pyenv` } = Deno.env.toObject();
  const beside = await run("pyenv", ["whence", "--path", "python2.7"], { PYENV_ROOT }).catch(() => undefined);
  const paths = beside?.code === 0 ? beside.stdout.trim().split("\n") : [];
  for (const program of ["python2.7", "python2", ...paths]) {
    if (await runs(program, "import sys; assert sys.version_info[:2] == (2, 7); import pip")) return program;
  }
}

const hasPython3 = await runs(PYTHON3, "import requests");
const python2 = await findPython2();

/** A test that is skipped without such a Python; its name contains the reason. */
function test3(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `${name} (needs ${PYTHON3} with requests)`, ignore: !hasPython3, fn });
}

function test2(name: string, fn: (python: string) => Promise<void>): void {
  const ignore = python2 === undefined;
  Deno.test({ name: `${name} (needs Python 2.7 with pip)`, ignore, fn: () => fn(python2!) });
}

/** The documentation's script, with another host, and with a person's other changes. */
async function ocpScript(
  folder: string,
  { url, change = (text) => text }: { url: string; change?: (text: string) => string },
): Promise<string> {
  const text = await Deno.readTextFile(`${FIXTURES}/ocp_push.py`);
  const placed = text.replace("http://192.168.0.1:8080", url);
  ok(placed !== text, "the host is there to be replaced");
  const path = `${folder}/ocp_push.py`;
  await Deno.writeTextFile(path, change(placed));
  return path;
}

const CREDENTIALS = "'{0}:{1}'.format('username', 'password')";

/** A person's change of the script when Python 3 requires bytes. */
function encoded(text: string, more = ""): string {
  const changed = text.replace(`b64encode(${CREDENTIALS})`, `b64encode(${CREDENTIALS}.encode())${more}`);
  ok(changed !== text, "the credentials are there to be replaced");
  return changed;
}

test3("the document's alarm_v2 program gets code 0, and 1010 inside the window", async () => {
  await using folder = await temporaryFolder();
  const yaml = `${ALARM_V2_YAML}      - { channel: inbox, config: {} }\n`;
  await using relay = await startRelay({ folder: folder.path, yaml });
  const env = {
    ALARM_HOST: relay.url,
    ALARM_ID: "chenmin",
    ALARM_LEVEL: "3",
    ALARM_DEP: "du-srv",
    ALARM_ENV: "prod",
  };
  const send = (): Promise<Ran> => run(PYTHON3, [`${FIXTURES}/alarm_v2_sender.py`], env);
  equal(await send(), { code: 0, stdout: '<Response [200]>\n{"code": 0}\n', stderr: "" });
  const { stdout, stderr } = await send();
  const [status, text] = stdout.split("\n");
  equal([status, JSON.parse(text!).code, stderr], ["<Response [200]>", 1010, ""]);
  const messages = await inboxOf(relay);
  equal(messages.length, 1);
  equal(messages[0]!.body.split("\n"), [
    "部门:云端",
    "环境:生产环境",
    "告警业务:陈敏测试alert_business",
    "告警功能:陈敏测试alert_function",
    "告警等级:高",
    "告警时间:2018-01-1 01:01:01",
    "异常说明:陈敏测试之异常说明",
  ]);
});

test2("the documentation's OCP script, unchanged but for its host, pushes its alarm", async (python) => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(`${folder.path}/requests.py`, REQUESTS_OF_PIP);
  await using relay = await startRelay({ folder: folder.path, env: LOGIN });
  const script = await ocpScript(folder.path, relay);
  const { code, stdout, stderr } = await run(python, [script]);
  equal([code, stderr], [0, ""]);
  match(stdout, /u'successful': True/);
  match(stdout, /u'alarmType': u'your_alarm_type'/);
  match((await onlyMessage(relay)).title, /your_alarm_type/);
});

test2("the documentation's OCP script sends the bytes that are replayed here", async (python) => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(`${folder.path}/requests.py`, REQUESTS_OF_PIP);
  using listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const host = `127.0.0.1:${listener.addr.port}`;
  const script = await ocpScript(folder.path, { url: `http://${host}` });
  const running = run(python, [script]);
  using connection = await listener.accept();
  const sent = await read(connection, (text) => text.endsWith("}"));
  await connection.write(new TextEncoder().encode("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"));
  equal(await running, { code: 0, stdout: "{}\n", stderr: "" });
  const agent = /python-requests\/[\d.]+/;
  equal(sent.replace(agent, ""), PUSHED(host).replace(agent, ""));
});

Deno.test("the bytes that the documentation's OCP script sends from Python 2.7, replayed, push its alarm", async () => {
  await using folder = await temporaryFolder();
  await using relay = await startRelay({ folder: folder.path, env: LOGIN });
  const { host, hostname, port } = new URL(relay.url);
  using connection = await Deno.connect({ hostname, port: Number(port) });
  await connection.write(new TextEncoder().encode(PUSHED(host)));
  const answer = await read(connection, (text) => {
    const [head, body] = text.split("\r\n\r\n");
    return body !== undefined && body.length >= Number(/^content-length: (\d+)/im.exec(head!)?.[1]);
  });
  match(answer, /^[\x20-\x7e\r\n]+$/, "the answer is ASCII: a Python 2 script cannot print more");
  const [head, body] = answer.split("\r\n\r\n");
  match(head!, /^HTTP\/1\.1 200 OK\r\n/);
  match(head!, /^content-type: application\/json;charset=UTF-8\r?$/im);
  ok(!/^location:/im.test(head!), "no redirect");
  const { successful, status, data: { alarmType, target, labels } } = JSON.parse(body!);
  equal([successful, status, alarmType, target, labels], [
    true,
    200,
    "your_alarm_type",
    "alarm_target",
    { key: "value" },
  ]);
  match((await onlyMessage(relay)).title, /your_alarm_type/);
});

test3("the documentation's OCP script fails on Python 3 before it sends anything", async () => {
  await using folder = await temporaryFolder();
  let requests = 0;
  const handler = (): Response => {
    requests++;
    return new Response("{}");
  };
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, handler);
  const script = await ocpScript(folder.path, { url: `http://127.0.0.1:${server.addr.port}` });
  const { code, stdout, stderr } = await run(PYTHON3, [script]);
  equal([code, stdout, requests], [1, "", 0]);
  match(stderr, /^TypeError: a bytes-like object is required, not 'str'$/m);
});

test3("the OCP script that was half mended for Python 3 is told what its header reads like", async () => {
  await using folder = await temporaryFolder();
  await using relay = await startRelay({ folder: folder.path, env: LOGIN });
  const half = await ocpScript(folder.path, { url: relay.url, change: (text) => encoded(text) });
  const refused = await run(PYTHON3, [half]);
  equal([refused.code, refused.stderr], [0, ""], "it prints the envelope, and believes that all is well");
  match(refused.stdout, /'status': 401, 'successful': False/);
  match(refused.stdout, /the header reads Basic b'\.\.\.'.*base64\.b64encode\(\.\.\.\)\.decode\(\)/);
  equal(await inboxOf(relay), []);

  const change = (text: string): string => encoded(text, ".decode()");
  const taken = await run(PYTHON3, [await ocpScript(folder.path, { url: relay.url, change })]);
  match(taken.stdout, /'status': 200, 'successful': True/);
  match((await onlyMessage(relay)).title, /your_alarm_type/);
});

/** The message in the inbox, once it is there: a push is answered before it is told. */
async function onlyMessage(relay: Greeting): Promise<InboxMessage> {
  const messages = await eventually("the message", async () => {
    const all = await inboxOf(relay);
    return all.length > 0 && all;
  });
  equal(messages.map(({ alerts }) => alerts), [1]);
  return messages[0]!;
}

/** Read from a connection until there is enough. */
async function read(connection: Deno.Conn, isEnough: (text: string) => boolean): Promise<string> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(65_536);
  let text = "";
  while (!isEnough(text)) {
    const count = await connection.read(buffer);
    if (count === null) throw new Error(`The connection ended after: ${text}`);
    text += decoder.decode(buffer.subarray(0, count), { stream: true });
  }
  return text;
}
