import { deepStrictEqual as equal, match } from "node:assert/strict";
import { Visitor } from "../../kit/console.ts";
import { SECRETS, testRelay } from "../../kit/relay.ts";

const PROXY = "10.0.0.1";
const STRANGER = "192.0.2.1";
const PROXIES = { FENGHUO_PROXIES: PROXY };

/** The environment, the connection, its headers → whether the session's cookie is for HTTPS only. */
const SCHEMES: [env: Record<string, string>, remote: string, proto: string, secure: boolean][] = [
  [{}, STRANGER, "https", false],
  [{}, PROXY, "https", false],
  [{}, "127.0.0.1", "https", false],
  [PROXIES, STRANGER, "https", false],
  [PROXIES, PROXY, "https", true],
  [PROXIES, PROXY, "https, http", true],
  [PROXIES, PROXY, "http", false],
  [{ FENGHUO_PUBLIC_URL: "https://localhost/" }, STRANGER, "http", true],
];

for (const [env, remote, proto, secure] of SCHEMES) {
  const where = `${JSON.stringify(env)} ${remote}`;
  Deno.test(`X-Forwarded-Proto is trusted from configured proxies only: ${where} ${proto}`, async () => {
    await using house = await testRelay({ env });
    const { headers } = await new Visitor(house, { "x-forwarded-proto": proto }, { remote }).signIn();
    const cookie = headers.getSetCookie().find((line) => line.startsWith("fenghuo_session="))!;
    equal(/; Secure/.test(cookie), secure, cookie);
  });
}

/** The same for the host of a form's page, behind a proxy that rewrites `Host`. */
const HOSTS: [env: Record<string, string>, remote: string, host: string, status: number][] = [
  [{}, STRANGER, "alerts.example.com", 403],
  [{}, PROXY, "alerts.example.com", 403],
  [PROXIES, STRANGER, "alerts.example.com", 403],
  [PROXIES, PROXY, "alerts.example.com", 303],
  [PROXIES, PROXY, "other.example.com", 403],
  [{ FENGHUO_PUBLIC_URL: "http://alerts.example.com/" }, STRANGER, "other.example.com", 303],
];

for (const [env, remote, host, status] of HOSTS) {
  const where = `${JSON.stringify(env)} ${remote}`;
  Deno.test(`X-Forwarded-Host is trusted from configured proxies only: ${where} ${host}`, async () => {
    await using house = await testRelay({ env });
    const answer = await house.request("/sign-in", {
      method: "POST",
      remote,
      headers: {
        "accept": "text/html",
        "accept-language": "en",
        "authorization": "",
        "origin": "http://alerts.example.com",
        "x-forwarded-host": host,
      },
      body: new URLSearchParams({ name: "admin", password: SECRETS.adminPassword }),
    });
    const text = await answer.text();
    equal(answer.status, status, text);
    if (status === 403) match(text, /FENGHUO_PUBLIC_URL=http:\/\/alerts/);
  });
}
