import { deepStrictEqual as equal, match, ok, rejects } from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { isValid, type Ocp, type OcpOptions, runScriptChannel, startOcp } from "../../simulator/ocp.ts";
import { temporaryFolder } from "../kit/process.ts";

const NOW = Date.UTC(2026, 0, 31, 8);
const PATH = "/api/v2/alarm/alarms";
const BASIC = `Basic ${btoa("ops:secret")}`;
const ALARM = { alarmType: "cpu", target: "host=a:port=1", labels: { k: "v" } };

const start = (options: Partial<OcpOptions> = {}): Promise<Ocp> =>
  startOcp({ users: { ops: "secret" }, keys: { AK: "SK" }, rules: ["cpu"], now: () => NOW, ...options });

interface Answer {
  readonly status: number;
  readonly code: number | undefined;
  readonly successful: boolean;
  readonly headers: Headers;
}

async function push(
  ocp: Ocp,
  body: unknown,
  headers: HeadersInit = {},
  init: RequestInit = {},
): Promise<Answer> {
  const response = await fetch(`${ocp.url}${PATH}`, {
    method: "POST",
    body: typeof body === "string" ? body : JSON.stringify(body),
    headers: { authorization: BASIC, "content-type": "application/json", ...headers },
    ...init,
  });
  const { successful, status, error } = await response.json();
  equal(status, response.status);
  return { status, successful, code: error?.code, headers: response.headers };
}

/** A signature as OCP's documentation computes it. */
function signed(
  ocp: Ocp,
  body: string,
  { key = "SK", date = new Date(NOW).toUTCString() } = {},
): HeadersInit {
  const md5 = createHash("md5").update(body).digest("hex").toUpperCase();
  const text = ["POST", md5, "application/json", date, new URL(ocp.url).host, "", PATH].join("\n");
  const signature = createHmac("sha1", key).update(text).digest("base64");
  return { date, authorization: `OCP-ACCESS-KEY-HMACSHA1 AK:${signature}` };
}

Deno.test("an alarm is one for its rule and target, however often it is pushed", async () => {
  await using ocp = await start();
  const { status, successful, headers } = await push(ocp, ALARM);
  equal([status, successful], [200, true]);
  equal(["limit", "remaining", "reset"].map((name) => headers.get(`ratelimit-${name}`)), ["100", "99", "60"]);
  await push(ocp, { ...ALARM, labels: { k: "w" } });
  await push(ocp, { ...ALARM, target: "host=b" });
  equal(ocp.alarms.map(({ target, labels, pushes }) => [target, labels.k, pushes]), [
    ["host=a:port=1", "w", 2],
    ["host=b", "v", 1],
  ]);
});

const BODIES: [string, unknown, number, number, HeadersInit?][] = [
  ["no JSON", "{", 400, 10003],
  ["a rule that is not there", { ...ALARM, alarmType: "nothing" }, 404, 20001],
  ["no alarmType", { target: "a=b", labels: {} }, 400, 10001],
  ["a target that is no list of pairs", { ...ALARM, target: "node-3" }, 400, 10001],
  ["no labels", { alarmType: "cpu", target: "a=b" }, 400, 10001],
  ["a label that is a number", { ...ALARM, labels: { a: 1 } }, 400, 10001],
  ["a level", { ...ALARM, level: 1 }, 400, 10001],
  ["a status", { ...ALARM, status: "Active" }, 400, 10001],
  ["a form", ALARM, 415, 10003, { "content-type": "application/x-www-form-urlencoded" }],
  ["no login", ALARM, 401, 10000, { authorization: "" }],
  ["a wrong password", ALARM, 401, 10004, { authorization: `Basic ${btoa("ops:no")}` }],
];
for (const [what, body, status, code, headers] of BODIES) {
  Deno.test(`${what} is refused with ${status} ${code}`, async () => {
    await using ocp = await start();
    const answer = await push(ocp, body, headers);
    equal([answer.status, answer.code, answer.successful], [status, code, false]);
    equal(ocp.alarms, []);
  });
}

Deno.test("a signature is checked with its date, over the bytes that came", async () => {
  await using ocp = await start();
  const body = JSON.stringify(ALARM);
  const late = new Date(NOW - 16 * 60_000).toUTCString();
  equal((await push(ocp, body, signed(ocp, body))).status, 200);
  equal((await push(ocp, `${body} `, signed(ocp, body))).status, 401);
  equal((await push(ocp, body, signed(ocp, body, { key: "other" }))).status, 401);
  equal((await push(ocp, body, signed(ocp, body, { date: late }))).status, 401);
  equal((await push(ocp, body, { ...signed(ocp, body), date: "today" })).status, 401);
});

Deno.test("wrong passwords in a row block the login, even with the right one", async () => {
  await using ocp = await start();
  const codes: (number | undefined)[] = [];
  for (let guess = 0; guess < 6; guess++) {
    codes.push((await push(ocp, ALARM, { authorization: `Basic ${btoa("ops:no")}` })).code);
  }
  equal(codes, [10004, 10004, 10004, 10004, 10004, 10007]);
  equal((await push(ocp, ALARM)).code, 10007);
});

Deno.test("what is over the limit is answered 429 until the window ends", async () => {
  let now = NOW;
  await using ocp = await start({ now: () => now, limit: { requests: 1, per: 10_000 } });
  equal((await push(ocp, ALARM)).status, 200);
  now += 4_000;
  const { status, code, headers } = await push(ocp, ALARM);
  equal([status, code, headers.get("ratelimit-reset")], [429, 0, "6"]);
  now += 6_000;
  equal((await push(ocp, ALARM)).status, 200);
});

Deno.test("faults happen as often as they are asked for", async () => {
  await using ocp = await start();
  ocp.fault("5xx");
  equal((await push(ocp, ALARM)).status, 503);
  ocp.fault("cut");
  await rejects(push(ocp, ALARM));
  equal(ocp.alarms, []);
  ocp.fault("cut_after_post");
  await rejects(push(ocp, ALARM));
  equal(ocp.alarms.length, 1);
  for (const [kind, status] of [["html", 200], ["redirect", 302]] as const) {
    ocp.fault(kind);
    const response = await fetch(`${ocp.url}${PATH}`, { method: "POST", redirect: "manual" });
    equal(response.status, status);
    await response.body?.cancel();
  }
  equal((await push(ocp, ALARM)).status, 200);
  equal(ocp.requests.map(({ came }) => came), ["5xx", "cut", "cut_after_post", "html", "redirect", {
    status: 200,
  }]);
});

const RESPONSES: [response: string, validation: string, valid: boolean][] = [
  ["anything", "{}", true],
  ['{"errcode":0,"errmsg":"ok"}', '{"errcode":0}', true],
  ['{"errcode":0,"errmsg":"ok"}\n', '{"errcode":0,"errmsg":"ok"}', true],
  ['{"errcode":"0"}', '{"errcode":0}', false],
  ['{"errcode":1}', '{"errcode":0}', false],
  ['{"errmsg":"ok"}', '{"errcode":0}', false],
  ['{"a":{"b":1,"c":2}}', '{"a":{"b":1}}', true],
  ['{"a":1}', '{"a":{"b":1}}', false],
  ['log line\n{"errcode":0}', '{"errcode":0}', false],
  ['{"errcode":0} done', '{"errcode":0}', false],
  ["{not json}", '{"errcode":0}', false],
  ["success: 1", "success.*", true],
  ["no success", "success.*", false],
  ["(", "(", true],
  ["x", "(", false],
];
for (const [response, validation, valid] of RESPONSES) {
  Deno.test(`${JSON.stringify(response)} is ${valid ? "" : "not "}what ${validation} asks for`, () => {
    equal(isValid(response, validation), valid);
  });
}

/** Run a script of these lines under a name. */
async function run(
  lines: string,
  { name = "channel.sh", validation = '{"errcode":0}', variables = {}, timeout = 10_000 }: {
    name?: string;
    validation?: string;
    variables?: Record<string, string>;
    timeout?: number;
  } = {},
): ReturnType<typeof runScriptChannel> {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(`${folder.path}/${name}`, lines);
  return await runScriptChannel({ path: `${folder.path}/${name}`, validation, timeout }, variables);
}

const OK = `printf '{"errcode":0}'`;

Deno.test("a script is judged by its stderr, and by its stdout only when that is empty", async () => {
  equal((await run(`#!/bin/sh\n${OK}`)).sent, true);
  equal((await run(`#!/bin/sh\n${OK}; echo note >&2`)).sent, false);
  equal((await run(`#!/bin/sh\necho sending; ${OK}`)).sent, false);
  equal((await run(`#!/bin/sh\n${OK} >&2`)).sent, true);
  const { sent, code } = await run(`#!/bin/sh\n${OK}; exit 3`);
  equal([sent, code], [true, 3], "the code is not what is compared");
});

Deno.test("a script has the variables, and nothing of our own environment", async () => {
  const { stdout } = await run("#!/usr/bin/env bash\nenv", {
    variables: { message: "值" },
    validation: "{}",
  });
  const names = stdout.split("\n").map((line) => line.split("=")[0]);
  ok(stdout.includes("message=值"));
  ok(!names.includes("HOME"));
});

const CONSOLE: [string, Parameters<typeof run>[1], RegExp][] = [
  ["", {}, /ALM40009/],
  [OK, {}, /ALM40010/],
  [`#!/usr/bin/env python3\n`, {}, /ALM40011: .*python3/],
  [`#!/bin/sh\n${OK}`, { name: "my-channel.sh" }, /ALM40013/],
  ["#!/bin/sh\nexec sleep 30", { timeout: 200 }, /no answer within 200 ms/],
];
for (const [script, options, words] of CONSOLE) {
  Deno.test(`${JSON.stringify(script)} is not run to its end: ${words.source}`, async () => {
    const { sent, because } = await run(script, options);
    equal(sent, false);
    match(because, words);
  });
}
