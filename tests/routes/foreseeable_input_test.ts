import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { documentOf } from "../../routes/api/openapi/document.ts";
import { routesOf } from "../kit/described.ts";
import { SECRETS, type TestRelay, testRelay } from "../kit/relay.ts";

/** Texts that callers send, and that break unprepared programs. */
const TEXTS = [
  "",
  "%E0%A4%A",
  "\0",
  "\ud800",
  "__proto__",
  "../../etc",
  "9000000000000000",
  "1e400",
  "-1",
  "+275760-09-13T00:00:00Z",
  "0001-01-01T00:00:00Z",
  "99999999999d",
  "x".repeat(3_000),
];

const VALUES: unknown[] = [
  ...TEXTS,
  9e15,
  1e308,
  -1,
  0.5,
  null,
  true,
  [],
  {},
  [[[[[[]]]]]],
  { __proto__: null, a: { b: {} } },
  "长".repeat(70_000),
  Array.from({ length: 2_000 }, (_, index) => `${index}`),
];

/** Bodies in which one value is replaced, at every place of an example. */
function* replaced(example: unknown, values: readonly unknown[]): Generator<unknown> {
  yield* values;
  if (typeof example !== "object" || example === null) return;
  for (const [name, member] of Object.entries(example)) {
    for (const value of replaced(member, values)) {
      if (Array.isArray(example)) yield example.map((one, at) => String(at) === name ? value : one);
      else yield { ...example, [name]: value };
    }
  }
}

const ADMIN = `Bearer ${SECRETS.adminPassword}`;
const OCP = `Basic ${btoa("ocp:ocp-secret-1")}`;
const ENV = { FENGHUO_OCP_USER: "ocp", FENGHUO_OCP_PASSWORD: "ocp-secret-1" };

async function ask(house: TestRelay, path: string, init: RequestInit, wrong: string[]): Promise<void> {
  const authorization = /^\/(api\/(?!v2)|events|inbox|members)/.test(path)
    ? ADMIN
    : path.startsWith("/api/v2")
    ? OCP
    : `Bearer ${SECRETS.intakeToken}`;
  const response = await house.request(path, { ...init, headers: { authorization } });
  const text = await response.text();
  if (response.status < 500) return;
  wrong.push(
    `${init.method} ${path.slice(0, 150)} ${String(init.body ?? "").slice(0, 150)}: ${text.slice(0, 200)}`,
  );
}

/** Addresses that are slow by design, or that remove data of other tests. */
const LEFT_OUT = /^\/(api\/(accounts|tokens|config|config-file|statistics\/window)|events)/;

Deno.test("no parameter and no part of an address, whatever it is, is answered 500 or 503, at any address", async () => {
  await using house = await testRelay({
    env: ENV,
    fetch: () => Promise.resolve(Response.json({ errcode: 0 })),
  });
  const { paths } = documentOf(await routesOf(house));
  const wrong: string[] = [];
  let asked = 0;
  for (const [path, methods] of Object.entries(paths)) {
    if (LEFT_OUT.test(path)) continue;
    for (const [method, { parameters = [], requestBody }] of Object.entries(methods)) {
      const example = Object.values(requestBody?.content ?? {})[0]?.example;
      const body = example === undefined ? {} : { body: JSON.stringify(example) };
      for (const { name, in: place } of parameters) {
        for (const value of TEXTS) {
          const escaped = encodeURIComponent(value.toWellFormed());
          for (const written of [escaped, ...value.startsWith("%") ? [value] : []]) {
            const address = place === "path"
              ? path.replace(`{${name}}`, written || "%20")
              : `${path}${path.includes("?") ? "&" : "?"}type=fs&${name}=${written}`;
            await ask(
              house,
              address.replace(/\{\w+\}/g, "x"),
              { method: method.toUpperCase(), ...body },
              wrong,
            );
            asked++;
          }
        }
      }
    }
  }
  ok(asked > 1_000, `${asked}`);
  equal(wrong, []);
  equal(house.reports, []);
});

Deno.test("no body, whatever one of its values is, is answered 500 or 503, at any address", async () => {
  await using house = await testRelay({
    env: ENV,
    fetch: () => Promise.resolve(Response.json({ errcode: 0 })),
  });
  const { paths } = documentOf(await routesOf(house));
  const wrong: string[] = [];
  let asked = 0;
  for (const [path, methods] of Object.entries(paths)) {
    if (LEFT_OUT.test(path)) continue;
    for (const [method, { requestBody }] of Object.entries(methods)) {
      const example = Object.values(requestBody?.content ?? {})[0]?.example;
      if (example === undefined) continue;
      for (const value of replaced(example, VALUES)) {
        const body = JSON.stringify(value);
        if (body === undefined) continue;
        await ask(house, path.replace(/\{\w+\}/g, "x"), { method: method.toUpperCase(), body }, wrong);
        asked++;
      }
    }
  }
  ok(asked > 1_000, `${asked}`);
  equal(wrong, []);
  equal(house.reports, []);
});

const ADDRESSES: [path: string, method: string, body: unknown, status: number][] = [
  ["/prometheusalert?type=fs&fsurl=https://open.feishu.cn/open-apis/bot/v2/hook/%E0%A4%A", "POST", {
    alerts: [],
  }, 200],
  ["/prometheusalert?type=fs&fsurl=%25E0%25A4%25A", "POST", { alerts: [] }, 200],
  ["/ocp/a/b", "POST", { message: "a full disk", "fenghuo robot at": "not JSON" }, 200],
  ["/api/v2/alarm/alarms", "POST", { alarmType: "a", target: "b", activeAt: 9e15 }, 400],
  ["/api/v2/alarm/alarms", "POST", { alarmType: "a", target: "b", activeAt: -1 }, 400],
  ["/api/v2/alarm/alarms", "POST", { alarmType: "a", target: "b", activeAt: "2026-01-31 16:00:00" }, 200],
  ["/api/v2/alarm/alarms?activeAtStart=2026-01-31T16:00:00+08:00", "GET", undefined, 200],
  ["/api/silences", "POST", { matchers: ["a=b"], until: 8.64e15 }, 422],
  ["/api/silences", "POST", { matchers: ["a=b"], until: "+275760-09-13T00:00:00Z" }, 422],
  ["/api/silences", "POST", { matchers: ["a=b"], duration: "9999999999d" }, 422],
  ["/api/silences", "POST", { matchers: ["a=b"], from: "9999-12-31T00:00:00Z", duration: "10d" }, 422],
  ["/api/silences", "POST", { matchers: ["a=b"], until: "9999-12-31T23:59:59Z" }, 201],
  ["/api/ledger?from=2026-01-31T08:00:00+08:00", "GET", undefined, 200],
  ["/api/ledger?from=99999999d", "GET", undefined, 422],
  ["/api/alerts?from=876000h", "GET", undefined, 200],
  ["/api/audit?from=%2B275760-09-13", "GET", undefined, 422],
];

for (const [path, method, body, status] of ADDRESSES) {
  Deno.test(`${method} ${path} ${JSON.stringify(body) ?? ""} is answered ${status}`, async () => {
    await using house = await testRelay({ env: ENV });
    const authorization = path.startsWith("/api/v2")
      ? OCP
      : path.startsWith("/api")
      ? ADMIN
      : `Bearer ${SECRETS.intakeToken}`;
    const response = await house.request(path, {
      method,
      headers: { authorization },
      ...body === undefined ? {} : { body: JSON.stringify(body) },
    });
    const text = await response.text();
    equal(response.status, status, text);
    equal(house.reports, []);
  });
}
