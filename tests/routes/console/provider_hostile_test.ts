/** Attacks of an identity provider, of a third party in between, or of the holder of an address. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { MINUTE } from "../../../relay/base/duration.ts";
import { Visitor } from "../../kit/console.ts";
import { claimsOf, newKey, type TestProvider, type Tokens, unsigned } from "../../kit/oidc_provider.ts";
import { at, begin, houses, problemOf, PUBLIC, roleOf, signInAs, SRE } from "../../kit/provider_house.ts";
import type { TestRelay } from "../../kit/relay.ts";

type Claims = Record<string, unknown>;

const seconds = (): number => Math.floor(Date.now() / 1_000);

/** The ID token with other claims, signed by the provider itself. */
const claiming =
  (change: (claims: Claims) => Claims) => async (tokens: Tokens, by: TestProvider): Promise<Tokens> => ({
    ...tokens,
    id_token: await by.sign(change(claimsOf(tokens.id_token!))),
  });

const without = (name: string) => ({ [name]: _, ...rest }: Claims): Claims => rest;

/** The change of the provider's answer in transit → the reason of the refusal; `undefined` = it is accepted. */
const TOKENS: [
  name: string,
  tamper: (tokens: Tokens, by: TestProvider) => Tokens | Promise<Tokens>,
  problem: string | undefined,
  words?: RegExp,
][] = [
  ["the same claims, signed anew", claiming((claims) => claims), undefined],
  ["another nonce", claiming((claims) => ({ ...claims, nonce: "x" })), "untrusted", /nonce/],
  ["no nonce", claiming(without("nonce")), "untrusted", /nonce/],
  [
    "another issuer",
    claiming((claims) => ({ ...claims, iss: "https://evil.example" })),
    "untrusted",
    /issuer/,
  ],
  ["another audience", claiming((claims) => ({ ...claims, aud: "another" })), "untrusted", /audience/],
  [
    "further audiences",
    claiming((claims) => ({ ...claims, aud: ["fenghuo", "another"] })),
    "untrusted",
    /aud/,
  ],
  [
    "a token that was made for another client",
    claiming((claims) => ({ ...claims, aud: ["fenghuo", "another"], azp: "another" })),
    "untrusted",
    /azp/,
  ],
  ["no subject", claiming(without("sub")), "untrusted", /sub/],
  ["a subject that is no text", claiming((claims) => ({ ...claims, sub: 7 })), "untrusted", /sub/],
  [
    "a token that has expired",
    claiming((claims) => ({ ...claims, exp: seconds() - 60 })),
    "untrusted",
    /exp/,
  ],
  [
    "a token that expired within the tolerance",
    claiming((claims) => ({ ...claims, exp: seconds() - 10 })),
    undefined,
  ],
  ["a token that never expires", claiming(without("exp")), "untrusted", /exp/],
  [
    "a token that is not valid yet",
    claiming((claims) => ({ ...claims, nbf: seconds() + 90 })),
    "untrusted",
    /nbf/,
  ],
  [
    "a token whose algorithm is none",
    (tokens) => ({ ...tokens, id_token: unsigned(claimsOf(tokens.id_token!)) }),
    "untrusted",
    /alg/,
  ],
  [
    "a token without its signature",
    (tokens) => ({ ...tokens, id_token: `${tokens.id_token!.split(".", 2).join(".")}.` }),
    "untrusted",
    /signature/,
  ],
  [
    "a token of two parts",
    (tokens) => ({ ...tokens, id_token: tokens.id_token!.split(".", 2).join(".") }),
    "untrusted",
  ],
  ["a token that is none", (tokens) => ({ ...tokens, id_token: "nothing" }), "untrusted"],
  ["no token", ({ id_token: _, ...tokens }) => tokens, "untrusted", /id_token/],
  ["no access token", ({ access_token: _, ...tokens }) => tokens, "untrusted", /access_token/],
  [
    "claims that were changed after they were signed",
    (tokens) => {
      const [header, , signature] = tokens.id_token!.split(".");
      const claims = unsigned({ ...claimsOf(tokens.id_token!), groups: ["sre"] }).split(".")[1];
      return { ...tokens, id_token: [header, claims, signature].join(".") };
    },
    "untrusted",
    /signature/,
  ],
  [
    "a token of another key",
    async (tokens, by) => ({
      ...tokens,
      id_token: await by.sign(claimsOf(tokens.id_token!), { key: (await newKey()).privateKey }),
    }),
    "untrusted",
    /signature/,
  ],
  [
    "a token of a key that the provider does not name",
    async (tokens, by) => ({
      ...tokens,
      id_token: await by.sign(claimsOf(tokens.id_token!), {
        key: (await newKey()).privateKey,
        header: { kid: "two" },
      }),
    }),
    "untrusted",
    /key/,
  ],
  [
    "a token that is signed with the client's secret",
    async (tokens, by) => ({
      ...tokens,
      id_token: await by.sign(claimsOf(tokens.id_token!), {
        header: { alg: "HS256" },
        secret: by.clientSecret,
      }),
    }),
    "untrusted",
    /alg/,
  ],
  [
    "a token that names a critical header",
    async (tokens, by) => ({
      ...tokens,
      id_token: await by.sign(claimsOf(tokens.id_token!), { header: { crit: ["x"], x: 1 } }),
    }),
    "untrusted",
  ],
];

for (const [name, tamper, problem, words] of TOKENS) {
  Deno.test(`the provider's answer has ${name}: ${problem ?? "signed in"}`, async () => {
    await using both = await houses();
    const { house, provider } = both;
    provider.tamper = (tokens) => tamper(tokens, provider);
    const one = new Visitor(house);
    const back = await signInAs(one, provider);
    equal(problemOf(back) ?? undefined, problem, house.warnings.join());
    equal(await roleOf(one), problem === undefined ? "admin" : undefined);
    if (words) match(house.warnings.join(), words);
    if (problem) equal(await house.relay.query.identities(), []);
  });
}

/** The change of the address or the browser before the provider redirects back → the reason of the refusal. */
const CALLBACKS: [
  name: string,
  change: (address: URL, context: { one: Visitor; house: TestRelay; provider: TestProvider }) => unknown,
  problem: string,
][] = [
  ["another state", ({ searchParams: query }) => query.set("state", "x".repeat(43)), "stale"],
  [
    "a state that only begins like ours",
    ({ searchParams: query }) => query.set("state", query.get("state")!.slice(0, 8).padEnd(43, "x")),
    "stale",
  ],
  ["no state", ({ searchParams: query }) => query.delete("state"), "stale"],
  ["two states", ({ searchParams: query }) => query.append("state", "x"), "untrusted"],
  ["another code", ({ searchParams: query }) => query.set("code", "x"), "stale"],
  ["no code", ({ searchParams: query }) => query.delete("code"), "untrusted"],
  ["two codes", ({ searchParams: query }) => query.append("code", "x"), "untrusted"],
  ["another issuer", ({ searchParams: query }) => query.set("iss", "https://evil.example"), "untrusted"],
  ["no issuer", ({ searchParams: query }) => query.delete("iss"), "untrusted"],
  ["an ID token of its own", ({ searchParams: query }) => query.set("id_token", "x"), "untrusted"],
  ["nothing at all", (address) => address.search = "", "stale"],
  ["a browser that began nothing", (_, { one }) => one.cookies.clear(), "stale"],
  [
    "a cookie that was changed",
    (_, { one }) => {
      for (const [name, value] of one.cookies) one.cookies.set(name, changed(value));
    },
    "stale",
  ],
  [
    "the cookie of another sign-in",
    async (_, { one, house }) => {
      const [mine] = one.cookies.keys();
      const other = new Visitor(house);
      await begin(other);
      one.cookies.set(mine!, [...other.cookies.values()][0]!);
    },
    "stale",
  ],
  [
    "the session's cookie in place of it",
    async (_, { one, house }) => {
      const [mine] = one.cookies.keys();
      const other = new Visitor(house);
      await other.signIn();
      one.cookies.set(mine!, other.cookies.get("fenghuo_session")!);
    },
    "stale",
  ],
  ["eleven minutes later", (_, { house }) => house.clock.advance(11 * MINUTE), "stale"],
  [
    "access_denied",
    ({ searchParams: query }) => {
      query.delete("code");
      query.set("error", "access_denied");
      query.set("error_description", "<script>alert(1)</script>");
    },
    "denied",
  ],
  ["login_required", ({ searchParams: query }) => query.set("error", "login_required"), "denied"],
  ["server_error", ({ searchParams: query }) => query.set("error", "server_error"), "unreachable"],
  ["invalid_scope", ({ searchParams: query }) => query.set("error", "invalid_scope"), "client"],
  ["an error that is no code", ({ searchParams: query }) => query.set("error", "<b>\n"), "denied"],
  [
    "an error of a sign-in that nobody began",
    (address) => address.search = "?error=access_denied&state=x",
    "stale",
  ],
  [
    "a token endpoint that fails",
    (_, { provider }) => provider.answer = only("/token", 500, "{}"),
    "unreachable",
  ],
  [
    "a token endpoint that is no more",
    (_, { provider }) => provider.answer = only("/token", 404, "gone"),
    "untrusted",
  ],
  [
    "keys that are not there",
    (_, { provider }) => provider.answer = only("/jwks", 500, "no"),
    "unreachable",
  ],
  [
    "keys that are none",
    (_, { provider }) => provider.answer = only("/jwks", 200, '{"keys":[]}'),
    "untrusted",
  ],
  [
    "an endless answer",
    (_, { provider }) => provider.answer = only("/token", 200, " ".repeat(1_100_000)),
    "unreachable",
  ],
];

function changed(value: string): string {
  return value.replace(/(.)(.{9})$/, (_, one, rest) => (one === "A" ? "B" : "A") + rest);
}

function only(path: string, status: number, body: string): TestProvider["answer"] {
  return (asked) => asked === path ? { status, body } : undefined;
}

for (const [name, change, problem] of CALLBACKS) {
  Deno.test(`the provider leads back with ${name}: ${problem}`, async () => {
    await using both = await houses();
    const { house, provider } = both;
    const one = new Visitor(house, { "accept-language": "en" });
    const callback = new URL(await provider.visit(await begin(one, "/alerts"), "lilei"));
    const code = callback.searchParams.get("code")!;
    await change(callback, { one, house, provider });
    const back = await at(one, callback.href);
    equal(problemOf(back), problem, house.warnings.join());
    const { searchParams: query } = new URL(back.headers.get("location")!, PUBLIC);
    ok(
      [null, "/alerts"].includes(query.get("to")),
      "the page that was asked for is not forgotten, nor another",
    );
    if (problem !== "stale") equal(query.get("to"), "/alerts");
    const page = await at(one, back.headers.get("location")!);
    match(page.html, /role="alert"/);
    ok(!page.html.includes("alert(1)"));
    equal(await roleOf(one), undefined);
    equal(await house.relay.query.identities(), []);
    const secrets = [code, provider.clientSecret, callback.searchParams.get("state") ?? code];
    for (const text of [page.html, ...house.warnings, back.headers.get("location")!]) {
      for (const secret of secrets) if (secret.length > 8) ok(!text.includes(secret), text);
    }
    equal(house.reports, [], "nothing broke");
  });
}

Deno.test("an address of the provider's is good for one sign-in, even with the cookie of before", async () => {
  await using both = await houses();
  const { house, provider } = both;
  const one = new Visitor(house);
  const callback = await provider.visit(await begin(one), "lilei");
  const kept = [...one.cookies];
  equal((await at(one, callback)).headers.get("location"), "/");
  const again = new Visitor(house);
  equal(problemOf(await at(again, callback)), "stale", "without the cookie, which is gone");
  for (const [name, value] of kept) again.cookies.set(name, value);
  equal(problemOf(await at(again, callback)), "stale", "with it: the provider refuses the code");
  equal(await roleOf(again), undefined);
});

Deno.test("somebody else's sign-in cannot be put into a browser", async () => {
  await using both = await houses();
  const { house, provider } = both;
  const callback = await provider.visit(await begin(new Visitor(house)), "lilei");
  const victim = new Visitor(house);
  await begin(victim);
  equal(problemOf(await at(victim, callback)), "stale");
  equal(await roleOf(victim), undefined);
});

for (
  const to of [
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "/\t/evil.example/",
    "/.//evil.example/",
    "javascript:alert(1)",
    "inbox",
    `/${"x".repeat(2_000)}`,
  ]
) {
  Deno.test(`a sign-in at the provider leads to no other site: ${JSON.stringify(to).slice(0, 40)}`, async () => {
    await using both = await houses();
    const back = await signInAs(new Visitor(both.house), both.provider, { to });
    equal(back.headers.get("location"), "/");
  });
}

Deno.test("userinfo of another person gives no role", async () => {
  await using both = await houses({ inIdToken: false });
  const { provider, house } = both;
  provider.answer = only("/me", 200, JSON.stringify({ sub: "somebody else", ...SRE }));
  const one = new Visitor(house);
  equal(problemOf(await signInAs(one, provider)), "untrusted");
  match(house.warnings.join(), /sub/);
});

Deno.test("a client secret that is wrong says so, and is in no page and no log", async () => {
  const secret = "not the +/=&% secret";
  await using both = await houses({ env: { FENGHUO_OIDC_CLIENT_SECRET: secret } });
  const { provider, house } = both;
  const one = new Visitor(house, { "accept-language": "en" });
  const back = await signInAs(one, provider);
  equal(problemOf(back), "client");
  const { status, html } = await at(one, back.headers.get("location")!);
  equal(status, 503);
  match(html, /Example SSO refuses this relay/);
  match(house.warnings.join(), /Cannot sign in with Example SSO: it answered/);
  for (const text of [html, ...house.warnings]) {
    ok(!text.includes(secret) && !text.includes(encodeURIComponent(secret)));
  }
});

/** The change of the provider's metadata → the reason why no sign-in begins. */
const METADATA: [name: string, change: (metadata: object) => unknown, status: number, problem: string][] = [
  ["is not there", () => "gone", 404, "untrusted"],
  ["is broken", () => "oops", 502, "unreachable"],
  ["is no object", () => ["x"], 200, "untrusted"],
  ["is of another issuer", (all) => ({ ...all, issuer: "https://evil.example" }), 200, "untrusted"],
  ["has no endpoints", (all) => ({ ...all, authorization_endpoint: undefined }), 200, "untrusted"],
  [
    "sends people away without TLS",
    (all) => ({ ...all, authorization_endpoint: "http://evil.example/auth" }),
    200,
    "untrusted",
  ],
  [
    "sends people to a script",
    (all) => ({ ...all, authorization_endpoint: "javascript:alert(1)" }),
    200,
    "untrusted",
  ],
  [
    "takes codes without TLS",
    (all) => ({ ...all, token_endpoint: "http://192.0.2.1/token" }),
    200,
    "untrusted",
  ],
  ["has its keys without TLS", (all) => ({ ...all, jwks_uri: "http://192.0.2.1/jwks" }), 200, "untrusted"],
];

for (const [name, change, status, problem] of METADATA) {
  Deno.test(`no sign-in begins when the provider's description ${name}, and one does when it is mended`, async () => {
    await using both = await houses();
    const { provider, house } = both;
    const path = "/.well-known/openid-configuration";
    const metadata = await (await fetch(provider.issuer + path)).json();
    provider.answer = only(path, status, JSON.stringify(change(metadata)));
    const one = new Visitor(house);
    const asked = await one.get("/sign-in/oidc?to=%2Falerts");
    const { searchParams: query } = new URL(asked.headers.get("location")!, PUBLIC);
    equal([query.get("problem"), query.get("to")], [problem, "/alerts"], house.warnings.join());
    provider.answer = undefined;
    await signInAs(one, provider);
    equal(await roleOf(one), "admin");
  });
}

Deno.test("the description is read once an hour, and after a failure once a minute", async () => {
  await using both = await houses();
  const { provider, house } = both;
  const reads = (): number => provider.asked.filter((path) => path.endsWith("/openid-configuration")).length;
  const one = new Visitor(house);
  await Promise.all([begin(one), begin(one), begin(one)]);
  equal(reads(), 1);
  house.clock.advance(59 * MINUTE);
  await begin(one);
  equal(reads(), 1);
  provider.answer = only("/token", 500, "{}");
  for (let tries = 0; tries < 3; tries++) {
    equal(problemOf(await signInAs(one, provider)), "unreachable");
    await begin(one);
    equal(reads(), 2);
  }
  house.clock.advance(60 * MINUTE);
  await begin(one);
  equal(reads(), 3);
});

Deno.test("a problem in the address of the sign-in page is one of ours, or none", async () => {
  await using both = await houses();
  const one = new Visitor(both.house, { "accept-language": "en" });
  for (const problem of ["nothing", "__proto__", "constructor", "<script>"]) {
    const { status, html } = await one.get(`/sign-in?problem=${encodeURIComponent(problem)}`);
    equal([status, html.includes('role="alert" id="why"')], [200, false], problem);
  }
  equal((await one.get("/sign-in?problem=denied")).status, 403);
});
