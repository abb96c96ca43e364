import { deepStrictEqual as equal, match } from "node:assert/strict";
import { Visitor, visitor } from "../../kit/console.ts";
import { SECRETS, type TestRelay, testRelay } from "../../kit/relay.ts";

const ADMIN = `Bearer ${SECRETS.adminPassword}`;

async function ask(
  house: TestRelay,
  path: string,
  authorization: string,
  init: RequestInit = {},
): Promise<number> {
  const response = await house.request(path, { ...init, headers: { ...init.headers, authorization } });
  await response.body?.cancel();
  return response.status;
}

async function tokenOf(
  house: TestRelay,
  wanted: Record<string, unknown>,
): Promise<{ id: string; token: string }> {
  const response = await house.request("/api/tokens", {
    method: "POST",
    headers: { authorization: ADMIN },
    body: JSON.stringify({ name: "a program", ...wanted }),
  });
  equal(response.status, 201);
  return await response.json();
}

/** The caller → the answers of the inbox, the list of tokens and a new account. */
const WHO: [who: string, (house: TestRelay) => Promise<string>, [number, number, number]][] = [
  ["nobody", () => Promise.resolve(""), [401, 401, 401]],
  ["the admin password as Bearer", () => Promise.resolve(ADMIN), [200, 200, 422]],
  ["the admin password as Basic", () => Promise.resolve(`Basic ${btoa(`admin:${SECRETS.adminPassword}`)}`), [
    200,
    200,
    422,
  ]],
  ["the intake token", () => Promise.resolve(`Bearer ${SECRETS.intakeToken}`), [401, 401, 401]],
  ["a token that reads", async (house) => `Bearer ${(await tokenOf(house, { scope: "read" })).token}`, [
    200,
    403,
    403,
  ]],
  ["a token that operates", async (house) => `Bearer ${(await tokenOf(house, { scope: "operate" })).token}`, [
    200,
    403,
    403,
  ]],
  ["a token of an admin", async (house) => `Bearer ${(await tokenOf(house, { scope: "admin" })).token}`, [
    200,
    200,
    422,
  ]],
  [
    "a token that sends alerts",
    async (house) => `Bearer ${(await tokenOf(house, { scope: "intake" })).token}`,
    [401, 401, 401],
  ],
  [
    "a token as Basic's password",
    async (house) => `Basic ${btoa(`x:${(await tokenOf(house, { scope: "read" })).token}`)}`,
    [200, 403, 403],
  ],
];

for (const [who, authorize, answers] of WHO) {
  Deno.test(`${who} is answered ${answers.join(", ")}`, async () => {
    await using house = await testRelay();
    const authorization = await authorize(house);
    equal([
      await ask(house, "/inbox", authorization),
      await ask(house, "/api/tokens", authorization),
      await ask(house, "/api/accounts", authorization, { method: "POST", body: "{}" }),
    ], answers);
  });
}

Deno.test("a token ends when it is revoked, and at its time", async () => {
  await using house = await testRelay();
  const { id, token } = await tokenOf(house, { scope: "read", days: 2 });
  equal(await ask(house, "/api/alerts", `Bearer ${token}`), 200);
  equal(await ask(house, `/api/tokens/${id}`, ADMIN, { method: "DELETE" }), 204);
  equal(await ask(house, "/api/alerts", `Bearer ${token}`), 401);
  const short = await tokenOf(house, { scope: "read", days: 2 });
  house.clock.advance(2 * 24 * 3_600_000 - 1);
  equal(await ask(house, "/api/alerts", `Bearer ${short.token}`), 200);
  house.clock.advance(1);
  equal(await ask(house, "/api/alerts", `Bearer ${short.token}`), 401);
});

Deno.test("neither the database nor any answer has a token or a password", async () => {
  await using house = await testRelay();
  const { token } = await tokenOf(house, { scope: "read" });
  const account = { name: "li", role: "viewer", password: "a very long password" };
  equal(await ask(house, "/api/accounts", ADMIN, { method: "POST", body: JSON.stringify(account) }), 201);
  let stored = "";
  for await (const { value } of house.kv.list({ prefix: [] })) {
    stored += new TextDecoder().decode(value as Uint8Array);
  }
  const shown = await Promise.all(
    ["/api/accounts", "/api/tokens"].map(async (path) =>
      await (await house.request(path, { headers: { authorization: ADMIN } })).text()
    ),
  );
  match(shown.join(), /"li"/);
  for (const text of [stored, ...shown]) {
    for (const secret of [token, token.split("_")[2]!, account.password]) equal(text.includes(secret), false);
  }
  equal(/scrypt|hash/.test(shown.join()), false);
});

Deno.test("the last use of a token is noted, at most every few minutes", async () => {
  await using house = await testRelay();
  const { token } = await tokenOf(house, { scope: "read" });
  const lastUse = async (): Promise<number | undefined> => (await house.relay.query.tokens())[0]!.lastUsedAt;
  equal(await lastUse(), undefined);
  const first = house.clock.now();
  await ask(house, "/api/alerts", `Bearer ${token}`);
  house.clock.advance(60_000);
  await ask(house, "/api/alerts", `Bearer ${token}`);
  equal(await lastUse(), first);
  house.clock.advance(5 * 60_000);
  await ask(house, "/api/alerts", `Bearer ${token}`);
  equal(await lastUse(), house.clock.now());
});

Deno.test("a token that sends alerts opens its doors and no other, until it is revoked", async () => {
  await using house = await testRelay();
  const all = await tokenOf(house, { scope: "intake" });
  const one = await tokenOf(house, { scope: "intake", doors: ["dingtalk"] });
  const send = (path: string, token: string): Promise<number> =>
    ask(house, path, `Bearer ${token}`, {
      method: "POST",
      body: JSON.stringify({ alerts: [{ status: "firing", labels: { alertname: "A" } }] }),
    });
  equal([await send("/webhook", all.token), await send("/dingtalk/x/send", all.token)], [200, 200]);
  equal([await send("/webhook", one.token), await send("/dingtalk/x/send", one.token)], [401, 200]);
  equal(
    await send("/webhook", (await tokenOf(house, { scope: "admin" })).token),
    401,
    "an admin's token sends no alerts",
  );
  await house.relay.access.revokeToken(all.id, { by: "a test", now: house.clock.now() });
  equal(await send("/webhook", all.token), 401);
});

Deno.test("programs that guess the admin password have to wait, and the answer says so", async () => {
  await using house = await testRelay();
  for (let tries = 0; tries < 20; tries++) equal(await ask(house, "/api/alerts", "Bearer nope"), 401);
  equal(await ask(house, "/api/alerts", ADMIN), 429);
  house.clock.advance(2_000);
  equal(await ask(house, "/api/alerts", ADMIN), 200);
});

Deno.test("programs that guess from everywhere have to wait, and the one that knows the password does not", async () => {
  await using house = await testRelay();
  const from = (remote: string, authorization: string): Promise<number> =>
    house.request("/api/alerts", { remote, headers: { authorization } }).then(async ({ status, body }) => {
      await body?.cancel();
      return status;
    });
  equal(await from("198.51.100.1", ADMIN), 200);
  for (let place = 0; place < 20; place++) equal(await from(`192.0.2.${place}`, "Bearer nope"), 401);
  equal(await from("192.0.2.99", ADMIN), 429);
  equal(await from("198.51.100.1", ADMIN), 200);
});

/** Headers of a browser that posts a form → the answer. */
const SITES: [string, Record<string, string>, number][] = [
  ["our own page", { "sec-fetch-site": "same-origin" }, 303],
  ["an old browser's own page", { "sec-fetch-site": "", origin: "http://localhost" }, 303],
  ["another site", { "sec-fetch-site": "cross-site", origin: "https://evil.example" }, 403],
  ["another site on this host", { "sec-fetch-site": "same-site", origin: "http://localhost:9999" }, 403],
  ["an old browser's other site", { "sec-fetch-site": "", origin: "https://evil.example" }, 403],
  ["a page that hides where it comes from", { "sec-fetch-site": "", origin: "null" }, 403],
];

for (const [name, given, status] of SITES) {
  Deno.test(`a form of ${name} is answered ${status}`, async () => {
    await using house = await testRelay();
    const one = await visitor(house);
    const headers = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ""));
    const token = await one.formToken();
    const answer = await postWith(house, one, token, headers);
    equal(answer.status, status);
    equal((await house.relay.query.accounts()).length, status === 303 ? 1 : 0);
  });
}

Deno.test("a form that a proxy brought under another name says what the proxy has to pass on", async () => {
  await using house = await testRelay();
  const one = await visitor(house);
  const { status, html } = await postWith(house, one, await one.formToken(), {
    origin: "http://alerts.example.com",
    host: "10.0.0.7:8000",
    "accept-language": "en",
  });
  equal(status, 403);
  match(html, /alerts\.example\.com[\s\S]*10\.0\.0\.7:8000[\s\S]*proxy_set_header Host/);
  match(html, /FENGHUO_PUBLIC_URL=http:\/\/alerts\.example\.com/);
});

Deno.test("what is asked of a browser about HTTPS holds for this name alone", async () => {
  await using house = await testRelay();
  const { headers } = await new Visitor(house).get("/sign-in");
  equal(headers.get("strict-transport-security"), "max-age=15552000");
});

async function postWith(
  house: TestRelay,
  { cookies }: Visitor,
  token: string,
  headers: Record<string, string>,
): Promise<{ status: number; html: string }> {
  const response = await house.request("/settings/accounts", {
    method: "POST",
    body: new URLSearchParams({ name: "li", role: "viewer", password: "a long password", form_token: token }),
    headers: {
      authorization: "",
      accept: "text/html",
      host: "localhost",
      cookie: [...cookies].map((pair) => pair.join("=")).join("; "),
      ...headers,
    },
  });
  return { status: response.status, html: await response.text() };
}

Deno.test("a form with another session's token, or none, is out of date: a page says so, and nothing is changed", async () => {
  await using house = await testRelay();
  const one = await visitor(house);
  const other = await (await visitor(house)).formToken();
  for (const token of [other, "nope", ""]) {
    const { status, html } = await postWith(house, one, token, { "sec-fetch-site": "same-origin" });
    equal(status, 403);
    match(html, /表单已过期，未做任何修改/);
  }
  equal(await house.relay.query.accounts(), []);
});

Deno.test("a session's cookie alone changes nothing through /api", async () => {
  await using house = await testRelay();
  const one = await visitor(house);
  const cookie = [...one.cookies].map((pair) => pair.join("=")).join("; ");
  const token = await one.formToken();
  const body = JSON.stringify({ name: "li", role: "viewer", password: "a long password" });
  equal(await ask(house, "/api/accounts", "", { method: "POST", body, headers: { cookie } }), 403);
  equal(
    await ask(house, "/api/accounts", "", {
      method: "POST",
      body,
      headers: { cookie, "x-form-token": token },
    }),
    201,
  );
});

for (
  const [role, open, closed] of [["viewer", ["/inbox", "/members", "/settings/password"], [
    "/settings/accounts",
    "/settings/tokens",
  ]], ["operator", ["/inbox"], ["/settings/accounts"]]] as const
) {
  Deno.test(`a ${role} is offered what it may open, and refused the rest`, async () => {
    await using house = await testRelay();
    const one = await visitor(house, role);
    for (const path of open) equal((await one.get(path)).status, 200, path);
    for (const path of closed) {
      const { status, html } = await one.get(path);
      equal(status, 403);
      match(html, new RegExp(`some-${role} 的角色是 ${role}，此操作需要 admin`));
      equal((await one.get("/inbox")).html.includes(`href="${path}"`), false);
    }
    equal((await one.get("/api/alerts")).status, 200);
    equal((await one.get("/api/tokens")).status, 403);
  });
}

Deno.test("changes of accounts and tokens are audited with the person and the value before, without a secret", async () => {
  await using house = await testRelay();
  const one = await visitor(house);
  const li = { name: "li", role: "viewer", password: "a long password" };
  await one.post("/settings/accounts", li);
  await one.post("/settings/accounts/li", { role: "operator", password: "another password" });
  await one.post("/settings/accounts/li/remove", {});
  const { id } = await tokenOf(house, { scope: "read" });
  await one.post(`/settings/tokens/${id}/revoke`, {});
  const { entries } = await house.relay.store.audit.list({ limit: 10 });
  equal(entries.reverse().map(({ by, action, what, before, after }) => [by, action, what, before, after]), [
    ["admin", "added", "accounts/li", undefined, { role: "viewer" }],
    ["admin", "changed", "accounts/li", { role: "viewer" }, { role: "operator", password: "changed" }],
    ["admin", "removed", "accounts/li", { role: "operator" }, undefined],
    ["admin", "added", `tokens/${id}`, undefined, {
      name: "a program",
      scope: "read",
      until: house.clock.now() + 90 * 86_400_000,
    }],
    ["admin", "revoked", `tokens/${id}`, { name: "a program" }, undefined],
  ]);
});
