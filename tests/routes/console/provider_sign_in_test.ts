import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { DAY, HOUR } from "../../../relay/base/duration.ts";
import { Visitor, visitor } from "../../kit/console.ts";
import {
  at,
  begin,
  CALLBACK,
  houses,
  problemOf,
  PUBLIC,
  roleOf,
  signInAs,
  SRE,
} from "../../kit/provider_house.ts";
import { testRelay } from "../../kit/relay.ts";

Deno.test("a person signs in at the provider, and returns to the page that was asked for", async () => {
  await using both = await houses();
  const { house, provider } = both;
  const one = new Visitor(house, { "accept-language": "en" });
  const page = await one.get("/sign-in?to=%2Finbox%3Fa%3D1");
  match(
    page.html,
    /href="http:\/\/localhost:8000\/sign-in\/oidc\?to=%2Finbox%3Fa%3D1"[^>]*>Sign in with Example SSO</,
  );
  const back = await signInAs(one, provider, { to: "/inbox?a=1" });
  equal([back.status, back.headers.get("location")], [303, "/inbox?a=1"], house.warnings.join());
  equal(await roleOf(one), "admin");
  match((await one.get("/inbox")).html, /li\.lei \(Example SSO\)/);
  equal([...one.cookies.keys()], ["fenghuo_session"], "nothing of the sign-in is left behind");
  equal(
    (await one.get("/sign-in/oidc?to=%2Falerts")).headers.get("location"),
    "/alerts",
    "already signed in",
  );
});

Deno.test("without a provider there is no button, and its addresses are not there", async () => {
  await using house = await testRelay();
  const one = new Visitor(house);
  ok(!(await one.get("/sign-in")).html.includes("/sign-in/oidc"));
  for (const path of ["/sign-in/oidc", "/sign-in/oidc/callback?code=a&state=b"]) {
    equal((await one.get(path)).status, 404);
  }
});

Deno.test("the request has PKCE, a state and a nonce, and the cookie is for this sign-in alone", async () => {
  await using both = await houses({ env: { FENGHUO_PUBLIC_URL: "https://alerts.example.com/ops" } });
  const { headers } = await new Visitor(both.house, { host: "alerts.example.com" }).get("/sign-in/oidc");
  const { searchParams } = new URL(headers.get("location")!);
  const { state, nonce, code_challenge, ...rest } = Object.fromEntries(searchParams);
  for (const random of [state, nonce, code_challenge]) match(random!, /^[\w-]{43}$/);
  equal(new Set([state, nonce, code_challenge]).size, 3);
  equal(rest, {
    response_type: "code",
    client_id: "fenghuo",
    redirect_uri: "https://alerts.example.com/ops/sign-in/oidc/callback",
    scope: "openid profile email groups",
    code_challenge_method: "S256",
  });
  const [cookie] = headers.getSetCookie();
  match(cookie!, /^fenghuo_oidc_[\w-]{8}=v1\./);
  for (
    const part of [
      /; Path=\/ops\/sign-in\/oidc(;|$)/,
      /; HttpOnly/,
      /; SameSite=Lax/,
      /; Secure/,
      /; Max-Age=600/,
    ]
  ) {
    match(cookie!, part);
  }
  for (const secret of [state, nonce]) ok(!cookie!.includes(secret!), "it is sealed");
  equal(headers.get("cache-control"), "no-store");
});

/** The provider's claims about a user, and the rules → the role. */
const ROLES: [
  name: string,
  claims: Record<string, unknown>,
  role: string | undefined,
  env?: Record<string, string>,
][] = [
  ["one of several groups", { groups: ["x", "on-call"] }, "operator"],
  ["the greatest of several roles", { groups: ["staff", "sre", "on-call"] }, "admin"],
  ["a text", { groups: "staff" }, "viewer"],
  ["no such claim", {}, undefined],
  ["an empty list", { groups: [] }, undefined],
  ["groups without a role", { groups: ["sales", "admin", "*"] }, undefined],
  ["a text that only begins so", { groups: "sre-interns" }, undefined],
  ["a group in other letters", { groups: ["SRE"] }, undefined],
  ["an object", { groups: { sre: true } }, undefined],
  ["a list of lists", { groups: [["sre"]] }, undefined],
  ["no claim, and a role for everybody", {}, "viewer", { FENGHUO_OIDC_ROLES: "sre=admin, *=viewer" }],
  ["a role for everybody, and a greater one", { groups: ["sre"] }, "admin", {
    FENGHUO_OIDC_ROLES: "*=viewer, sre=admin",
  }],
  ["a nested claim", { realm_access: { roles: ["sre"] } }, "admin", {
    FENGHUO_OIDC_ROLE_CLAIM: "realm_access.roles",
  }],
  ["a claim that is a URL", { "https://example.com/roles": ["on-call"] }, "operator", {
    FENGHUO_OIDC_ROLE_CLAIM: "https://example.com/roles",
  }],
  ["a name of a directory", { groups: ["cn=sre,ou=groups,dc=example"] }, "admin", {
    FENGHUO_OIDC_ROLES: "cn=sre,ou=groups,dc=example=admin; on-call=operator",
  }],
  ["a claim that every object has", {}, undefined, { FENGHUO_OIDC_ROLE_CLAIM: "constructor.name" }],
];

for (const [name, claims, role, env = {}] of ROLES) {
  for (const inIdToken of [true, false]) {
    const where = inIdToken ? "the ID token" : "userinfo";
    Deno.test(`a role from ${where}: ${name}: ${role ?? "none"}`, async () => {
      await using both = await houses({
        users: { lilei: { preferred_username: "li", ...claims } },
        inIdToken,
        env,
      });
      const one = new Visitor(both.house, { "accept-language": "en" });
      const back = await signInAs(one, both.provider);
      equal(await roleOf(one), role, both.house.warnings.join());
      if (role !== undefined) return;
      equal(problemOf(back), "role");
      const { status, html } = await at(one, back.headers.get("location")!);
      equal(status, 403);
      match(html, /Example SSO confirmed who you are, but none of your groups has a role here/);
      match(both.house.warnings.join(), /"li", who gets no role/);
      equal(await both.house.relay.query.identities(), []);
    });
  }
}

/** The claims of a user → the name in the console. */
const NAMES: [claims: Record<string, unknown>, name: string][] = [
  [{ preferred_username: "li.lei", email: "a@example.com" }, "li.lei (Example SSO)"],
  [{ email: "a@example.com", email_verified: true }, "a@example.com (Example SSO)"],
  [{ email: "boss@example.com", email_verified: false }, "lilei (Example SSO)"],
  [{ preferred_username: 7 }, "lilei (Example SSO)"],
  [{ preferred_username: " admin\u202e\n " }, "admin\ufffd (Example SSO)"],
];

for (const [claims, name] of NAMES) {
  Deno.test(`a user is called what the provider vouches for: ${JSON.stringify(claims)}`, async () => {
    await using both = await houses({ users: { lilei: { ...claims, groups: "staff" } } });
    await signInAs(new Visitor(both.house), both.provider);
    equal((await both.house.relay.query.identities()).map((one) => one.name), [name]);
  });
}

Deno.test("a person of the provider is no account of the same name, and gets nothing of it", async () => {
  await using both = await houses({
    users: {
      admin: { preferred_username: "admin", groups: "staff" },
      li: { preferred_username: "li", groups: "staff" },
    },
  });
  const { house, provider } = both;
  const by = { by: "a test", now: house.clock.now() };
  await house.relay.access.addAccount({ name: "li", role: "admin", password: "a long password" }, by);
  for (const user of ["admin", "li"]) {
    const one = new Visitor(house);
    await signInAs(one, provider, { user });
    equal(await roleOf(one), "viewer", user);
    match((await one.get("/settings/password")).html, /本系统没有你的密码/);
    const changed = await one.post("/settings/password", {
      current: "a long password",
      password: "another password",
    });
    equal(changed.status, 403);
  }
  const local = new Visitor(house);
  await local.signIn({ name: "li", password: "a long password" });
  equal(await roleOf(local), "admin");
  await house.relay.access.removeAccount("li", by);
  equal(await roleOf(local), undefined);
  const names = (await house.relay.query.identities()).map(({ name }) => name);
  equal(names, ["admin (Example SSO)", "li (Example SSO)"]);
  equal((await house.relay.query.accounts()).map(({ name }) => name), []);
});

Deno.test("a session of the provider ends after a day however busy, and at sign-out", async () => {
  await using both = await houses();
  const { house, provider } = both;
  const one = new Visitor(house);
  await signInAs(one, provider);
  for (let hours = 0; hours < 24; hours += 8) {
    equal((await one.get("/inbox")).status, 200, `after ${hours} h`);
    house.clock.advance(8 * HOUR);
  }
  equal((await one.get("/inbox")).status, 303);
});

Deno.test("signing out ends a session of the provider, in each browser that has its cookie", async () => {
  await using both = await houses();
  const { house, provider } = both;
  const one = new Visitor(house);
  await signInAs(one, provider);
  const stolen = new Visitor(house);
  for (const [name, value] of one.cookies) stolen.cookies.set(name, value);
  equal((await stolen.get("/inbox")).status, 200);
  equal((await one.post("/sign-out", {})).status, 303);
  equal((await stolen.get("/inbox")).status, 303);
});

Deno.test("a lesser role at the next sign-in ends the sessions with the greater one", async () => {
  await using both = await houses();
  const { house, provider } = both;
  const [first, second] = [new Visitor(house), new Visitor(house)];
  await signInAs(first, provider);
  equal(await roleOf(first), "admin");
  provider.users.set("lilei", { ...SRE, groups: ["staff"] });
  await signInAs(second, provider);
  equal([await roleOf(first), await roleOf(second)], [undefined, "viewer"]);
  const { entries } = await house.relay.query.audit({ limit: 10 });
  equal(entries.map(({ by, action, after }) => [by, action, after]), [
    ["li.lei (Example SSO)", "changed", { name: "li.lei (Example SSO)", role: "viewer" }],
    ["li.lei (Example SSO)", "added", { name: "li.lei (Example SSO)", role: "admin", subject: "lilei" }],
  ]);
});

Deno.test("an administrator sees who signed in where, and ends somebody's sessions", async () => {
  await using both = await houses({ users: { lilei: { ...SRE, groups: "staff" } } });
  const { house, provider } = both;
  const one = new Visitor(house);
  await signInAs(one, provider);
  const admin = await visitor(house);
  const { html } = await admin.get("/settings/accounts");
  match(html, /Example SSO 的用户[\s\S]*li\.lei \(Example SSO\)[\s\S]*只读/);
  const [{ id } = { id: "" }] = await house.relay.query.identities();
  equal((await one.post(`/settings/identities/${id}/remove`, {})).status, 403, "not by a viewer");
  equal((await admin.post(`/settings/identities/${id}/remove`, {})).status, 303);
  equal(await roleOf(one), undefined);
  await signInAs(one, provider);
  equal(await roleOf(one), "viewer", "the provider still lets them");
  equal((await admin.post("/settings/identities/nobody/remove", {})).status, 404);
});

Deno.test("an incident may be assigned to a person of the provider", async () => {
  await using both = await houses();
  await signInAs(new Visitor(both.house), both.provider);
  const { query } = both.house.relay;
  equal(await query.person("li.lei (Example SSO)"), { name: "li.lei (Example SSO)" });
  equal(await query.person("li.lei").then((found) => "wrong" in found && found.wrong), "unknown");
});

Deno.test("a record of a sign-in is gone 90 days after the last one", async () => {
  await using both = await houses();
  await signInAs(new Visitor(both.house), both.provider);
  const [identity] = await both.house.relay.query.identities();
  equal(identity!.until - identity!.lastSignInAt, 90 * DAY);
});

Deno.test("another rule, another provider, or none, ends the sessions of before", async () => {
  await using both = await houses();
  const { provider, house } = both;
  const one = new Visitor(house);
  await signInAs(one, provider);
  const rules = { FENGHUO_OIDC_ROLES: "sre=viewer" };
  for (const env of [rules, { FENGHUO_OIDC_ISSUER: "https://id.example.com" }, undefined]) {
    await using later = await testRelay({
      kv: house.kv,
      clock: house.clock,
      env: env && { ...provider.env(PUBLIC), ...env } || {},
    });
    const same = new Visitor(later);
    for (const [name, value] of one.cookies) same.cookies.set(name, value);
    equal(await roleOf(same), undefined, JSON.stringify(env));
  }
  equal(await roleOf(one), "admin");
});

Deno.test("another instance finishes what one began", async () => {
  await using both = await houses();
  const { provider, house } = both;
  await using other = await testRelay({ kv: house.kv, clock: house.clock, env: provider.env(PUBLIC) });
  const one = new Visitor(house);
  const callback = await provider.visit(await begin(one, "/alerts"), "lilei");
  const same = new Visitor(other);
  for (const [name, value] of one.cookies) same.cookies.set(name, value);
  equal((await at(same, callback)).headers.get("location"), "/alerts");
  equal(await roleOf(same), "admin");
});

Deno.test("two windows of a browser sign in at once", async () => {
  await using both = await houses();
  const one = new Visitor(both.house);
  const addresses = [await begin(one, "/alerts"), await begin(one, "/silences")];
  const callbacks = await Promise.all(addresses.map((address) => both.provider.visit(address, "lilei")));
  const places = [];
  for (const callback of callbacks) places.push((await at(one, callback)).headers.get("location"));
  equal(places, ["/alerts", "/silences"]);
});

Deno.test("a public client, without a secret, is let in by PKCE alone", async () => {
  await using both = await houses({
    configuration: {
      clients: [{ client_id: "fenghuo", redirect_uris: [CALLBACK], token_endpoint_auth_method: "none" }],
    },
    env: { FENGHUO_OIDC_CLIENT_SECRET: "" },
  });
  const one = new Visitor(both.house);
  await signInAs(one, both.provider);
  equal(await roleOf(one), "admin", both.house.warnings.join());
});
