import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { Visitor, visitor } from "../../kit/console.ts";
import { testRelay } from "../../kit/relay.ts";

const PROXY = "10.0.0.1";
const STRANGER = "192.0.2.1";
const ENV = {
  FENGHUO_PROXIES: "10.0.0.0/24",
  FENGHUO_PROXY_USER_HEADER: "X-Forwarded-User",
  FENGHUO_PROXY_ROLE_HEADER: "X-Forwarded-Groups",
  FENGHUO_PROXY_ROLES: "sre=admin, on-call=operator, staff=viewer",
};
const SRE = { "x-forwarded-user": "li.lei", "x-forwarded-groups": "staff, sre" };

/** The role that a request has; `undefined` for nobody. */
async function roleOf(one: Visitor): Promise<string | undefined> {
  if ((await one.get("/inbox")).status !== 200) return undefined;
  if ((await one.get("/settings/accounts")).status === 200) return "admin";
  return (await one.get("/silences/new")).status === 200 ? "operator" : "viewer";
}

/** The settings, the connection, the headers → the role. */
const REQUESTS: [
  name: string,
  env: Record<string, string>,
  remote: string,
  headers: Record<string, string>,
  role: string | undefined,
][] = [
  ["by default", {}, STRANGER, SRE, undefined],
  ["by default, from this machine", {}, "127.0.0.1", SRE, undefined],
  ["where only proxies are configured", { FENGHUO_PROXIES: PROXY }, PROXY, SRE, undefined],
  ["from a proxy", ENV, PROXY, SRE, "admin"],
  ["from a proxy, with one group", ENV, PROXY, { ...SRE, "x-forwarded-groups": "on-call" }, "operator"],
  ["from a stranger", ENV, STRANGER, SRE, undefined],
  ["from a stranger who claims to come through the proxy", ENV, STRANGER, {
    ...SRE,
    "x-forwarded-for": PROXY,
  }, undefined],
  ["from the address after the proxies", ENV, "10.0.1.1", SRE, undefined],
  ["from a proxy, without a user", ENV, PROXY, { "x-forwarded-groups": "sre" }, undefined],
  ["from a proxy, with an empty user", ENV, PROXY, { ...SRE, "x-forwarded-user": " " }, undefined],
  ["from a proxy, without groups", ENV, PROXY, { "x-forwarded-user": "li.lei" }, undefined],
  [
    "from a proxy, with other groups",
    ENV,
    PROXY,
    { ...SRE, "x-forwarded-groups": "sales,sre-interns" },
    undefined,
  ],
  [
    "from a proxy, in another header",
    ENV,
    PROXY,
    { "x-user": "li.lei", "x-forwarded-groups": "sre" },
    undefined,
  ],
  [
    "where everybody has a role, and no header decides it",
    { ...ENV, FENGHUO_PROXY_ROLE_HEADER: "", FENGHUO_PROXY_ROLES: "sre=admin, *=viewer" },
    PROXY,
    SRE,
    "viewer",
  ],
];

for (const [name, env, remote, headers, role] of REQUESTS) {
  Deno.test(`the header of a user ${name}: ${role ?? "nobody"}`, async () => {
    await using house = await testRelay({ env });
    equal(await roleOf(new Visitor(house, headers, { remote })), role);
  });
}

Deno.test("a user of the proxy is no account of the same name", async () => {
  await using house = await testRelay({ env: ENV });
  const headers = { "x-forwarded-user": "admin", "x-forwarded-groups": "staff" };
  const one = new Visitor(house, headers, { remote: PROXY });
  equal(await roleOf(one), "viewer");
  const { html } = await one.get("/settings/password");
  match(html, /admin \(proxy\)/);
  match(html, /本系统没有你的密码/);
  ok(!html.includes('action="/sign-out"'), "there is no session to end");
});

Deno.test("a name and a group that are not ASCII come as UTF-8", async () => {
  await using house = await testRelay({ env: { ...ENV, FENGHUO_PROXY_ROLES: "值班=operator" } });
  const bytes = (text: string): string => String.fromCharCode(...new TextEncoder().encode(text));
  const headers = { "x-forwarded-user": bytes("李雷"), "x-forwarded-groups": bytes("全员,值班") };
  const one = new Visitor(house, headers, { remote: PROXY });
  equal(await roleOf(one), "operator");
  match((await one.get("/inbox")).html, /李雷 \(proxy\)/);
  const latin = new Visitor(house, { ...headers, "x-forwarded-user": "Zo\u00eb" }, { remote: PROXY });
  match((await latin.get("/inbox")).html, /Zoë \(proxy\)/);
});

Deno.test("a person without a role reads why, and may sign in with an account", async () => {
  await using house = await testRelay({ env: ENV });
  const headers = { "x-forwarded-user": "li.lei", "x-forwarded-groups": "sales", "accept-language": "en" };
  const one = new Visitor(house, headers, { remote: PROXY });
  const { status, html } = await one.get("/sign-in");
  equal(status, 403);
  match(html, /The proxy named you as li\.lei \(proxy\), but none of your groups has a role here/);
  await one.signIn();
  equal(await roleOf(one), "admin");
  const viewer = new Visitor(house, { ...headers, "x-forwarded-groups": "staff" }, { remote: PROXY });
  equal((await viewer.get("/sign-in")).status, 200, "the form, also for whom the proxy names");
  const stranger = new Visitor(house, headers, { remote: STRANGER });
  const shown = await stranger.get("/sign-in");
  equal([shown.status, shown.html.includes("li.lei")], [200, false]);
});

Deno.test("a session, and a token, count before the proxy's header", async () => {
  await using house = await testRelay({ env: ENV });
  const headers = { "x-forwarded-user": "li", "x-forwarded-groups": "staff" };
  const one = new Visitor(house, headers, { remote: PROXY });
  await one.signIn();
  equal(await roleOf(one), "admin");
  const wrong = await house.request("/api/alerts", {
    remote: PROXY,
    headers: { ...headers, authorization: "Bearer nope" },
  });
  equal(wrong.status, 401, "a wrong token is not made right by the header");
  await wrong.body?.cancel();
});

Deno.test("another site cannot post through the browser of a user of the proxy", async () => {
  await using house = await testRelay({ env: ENV });
  const post = async (headers: Record<string, string>): Promise<number> => {
    const response = await house.request("/settings/accounts", {
      method: "POST",
      remote: PROXY,
      body: new URLSearchParams({ name: "li", role: "viewer", password: "a long password" }),
      headers: { authorization: "", accept: "text/html", ...SRE, ...headers },
    });
    await response.body?.cancel();
    return response.status;
  };
  equal(await post({ "sec-fetch-site": "cross-site", origin: "https://evil.example" }), 403);
  equal(await post({ origin: "https://evil.example" }), 403);
  equal(await house.relay.query.accounts(), []);
  equal(await post({ "sec-fetch-site": "same-origin" }), 303);
  const { entries } = await house.relay.query.audit({ limit: 10 });
  equal(entries.map(({ by, what }) => [by, what]), [["li.lei (proxy)", "accounts/li"]]);
});

Deno.test("the accounts page says who signs people in beside it", async () => {
  await using house = await testRelay({ env: ENV });
  match((await (await visitor(house)).get("/settings/accounts")).html, /X-Forwarded-User/);
  await using plain = await testRelay();
  ok(!(await (await visitor(plain)).get("/settings/accounts")).html.includes("X-Forwarded-User"));
});

Deno.test("a header of a user opens no door for alerts", async () => {
  await using house = await testRelay({ env: ENV });
  const response = await house.request("/webhook", {
    method: "POST",
    remote: PROXY,
    body: "{}",
    headers: { authorization: "", ...SRE },
  });
  equal(response.status, 401);
  await response.body?.cancel();
});
