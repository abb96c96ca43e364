import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { readEnvironment } from "../../../relay/config/settings.ts";
import { knownSecrets, parseConfig } from "../../../relay/config/mod.ts";
import { discover } from "../../kit/channels.ts";

const OIDC = {
  FENGHUO_PUBLIC_URL: "https://alerts.example.com/ops/",
  FENGHUO_OIDC_ISSUER: "https://id.example.com/realms/ops",
  FENGHUO_OIDC_CLIENT_ID: "fenghuo",
  FENGHUO_OIDC_ROLES: "sre=admin",
};
const PROXY = {
  FENGHUO_PROXIES: "10.0.0.1",
  FENGHUO_PROXY_USER_HEADER: "X-Forwarded-User",
  FENGHUO_PROXY_ROLES: "*=viewer",
};

Deno.test("a provider needs an issuer, an id and a rule; the rest has defaults", () => {
  const { environment: { oidc, proxyUser }, complaints } = readEnvironment(OIDC);
  equal(complaints, []);
  equal(oidc, {
    issuer: "https://id.example.com/realms/ops",
    clientId: "fenghuo",
    clientSecret: undefined,
    name: "id.example.com",
    scope: "openid profile email",
    roleClaim: "groups",
    roles: { byValue: new Map([["sre", "admin"]]), otherwise: undefined },
    publicUrl: "https://alerts.example.com/ops",
  });
  equal(proxyUser, undefined);
});

Deno.test("every setting of a provider can be set", () => {
  const { environment: { oidc }, complaints } = readEnvironment({
    ...OIDC,
    FENGHUO_OIDC_CLIENT_SECRET: "a client secret\n",
    FENGHUO_OIDC_NAME: " Example\u0007 SSO ",
    FENGHUO_OIDC_SCOPES: "openid, groups",
    FENGHUO_OIDC_ROLE_CLAIM: "realm_access.roles",
  });
  equal(complaints, []);
  const { clientSecret, name, scope, roleClaim } = oidc!;
  equal([clientSecret, scope, roleClaim], ["a client secret", "openid groups", "realm_access.roles"]);
  match(name, /^Example.* SSO$/);
});

/** An environment with a mistake → the variables in the complaints. */
const WRONG: [env: Record<string, string>, names: string[]][] = [
  [{ ...OIDC, FENGHUO_PUBLIC_URL: "" }, ["FENGHUO_PUBLIC_URL"]],
  [{ ...OIDC, FENGHUO_PUBLIC_URL: "nothing" }, ["FENGHUO_PUBLIC_URL"]],
  [{ ...OIDC, FENGHUO_OIDC_CLIENT_ID: "" }, ["FENGHUO_OIDC_CLIENT_ID"]],
  [{ ...OIDC, FENGHUO_OIDC_ROLES: "" }, ["FENGHUO_OIDC_ROLES"]],
  [{ ...OIDC, FENGHUO_OIDC_ROLES: "sre=root" }, ["FENGHUO_OIDC_ROLES"]],
  [{ ...OIDC, FENGHUO_OIDC_SCOPES: "profile" }, ["FENGHUO_OIDC_SCOPES"]],
  [{ ...OIDC, FENGHUO_OIDC_CLIENT_SECRET: "short" }, ["FENGHUO_OIDC_CLIENT_SECRET"]],
  [{ ...OIDC, FENGHUO_OIDC_ISSUER: "http://id.example.com/" }, ["FENGHUO_OIDC_ISSUER"]],
  [{ ...OIDC, FENGHUO_OIDC_ISSUER: "id.example.com" }, ["FENGHUO_OIDC_ISSUER"]],
  [{ ...OIDC, FENGHUO_OIDC_ISSUER: "https://id.example.com/?realm=a" }, ["FENGHUO_OIDC_ISSUER"]],
  [{ ...OIDC, FENGHUO_OIDC_ISSUER: "" }, ["FENGHUO_OIDC_CLIENT_ID", "FENGHUO_OIDC_ROLES"]],
  [{ FENGHUO_OIDC_ISSUER: "https://id.example.com" }, [
    "FENGHUO_OIDC_CLIENT_ID",
    "FENGHUO_PUBLIC_URL",
    "FENGHUO_OIDC_ROLES",
  ]],
  [{ ...PROXY, FENGHUO_PROXIES: "" }, ["FENGHUO_PROXIES"]],
  [{ ...PROXY, FENGHUO_PROXY_ROLES: "" }, ["FENGHUO_PROXY_ROLES"]],
  [{ ...PROXY, FENGHUO_PROXY_USER_HEADER: "a b" }, ["FENGHUO_PROXY_USER_HEADER"]],
  [{ ...PROXY, FENGHUO_PROXY_USER_HEADER: "Authorization" }, ["FENGHUO_PROXY_USER_HEADER"]],
  [{ ...PROXY, FENGHUO_PROXY_USER_HEADER: "accept-language" }, ["FENGHUO_PROXY_USER_HEADER"]],
  [{ ...PROXY, FENGHUO_PROXY_ROLE_HEADER: "Cookie" }, ["FENGHUO_PROXY_ROLE_HEADER"]],
  [{ ...PROXY, FENGHUO_PROXY_USER_HEADER: "" }, ["FENGHUO_PROXY_ROLES"]],
  [{ ...PROXY, DENO_DEPLOY: "1" }, ["FENGHUO_PROXY_USER_HEADER"]],
];

for (const [env, names] of WRONG) {
  Deno.test(`a start complains about ${names.join(", ")}: ${JSON.stringify(env)}`, () => {
    const { environment, complaints } = readEnvironment(env);
    equal(complaints.map(({ path }) => path), names);
    ok(complaints.every(({ message }) => message.length > 10 && !message.includes("short")));
    equal(typeof environment, "object");
  });
}

Deno.test("a provider on this machine needs no TLS", () => {
  for (const issuer of ["http://127.0.0.1:8080", "http://localhost:8080/realms/a", "http://[::1]/"]) {
    equal(readEnvironment({ ...OIDC, FENGHUO_OIDC_ISSUER: issuer }).complaints, []);
  }
});

Deno.test("the client's secret may come from a file, and no log shows it", async () => {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, "of a file that is named\n");
    const parsed = await parseConfig({
      env: { ...OIDC, FENGHUO_OIDC_CLIENT_SECRET_FILE: path },
      secrets: { key: "a-long-key", adminPassword: "a-long-password", intakeToken: "a-long-token" },
      channels: await discover(),
    });
    ok(parsed.ok);
    equal(parsed.config.oidc?.clientSecret, "of a file that is named");
    ok(knownSecrets(parsed.config).includes("of a file that is named"));
  } finally {
    await Deno.remove(path);
  }
});
