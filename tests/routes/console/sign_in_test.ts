import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import type { Context } from "hono";
import { isPassword } from "../../../relay/access/password.ts";
import { readEnvironment } from "../../../relay/config/settings.ts";
import { addressOf } from "../../../routes/http/remote_address.ts";
import { Visitor, visitor } from "../../kit/console.ts";
import { SECRETS, testRelay } from "../../kit/relay.ts";
import { HOUR } from "../../../relay/base/duration.ts";

const BY = { by: "a test", now: 0 };

Deno.test("a visitor without a session signs in, and returns to the page that was asked for", async () => {
  await using house = await testRelay();
  const one = new Visitor(house);
  const asked = await one.get("/inbox?a=1&b=2");
  equal([asked.status, asked.headers.get("location")], [303, "/sign-in?to=%2Finbox%3Fa%3D1%26b%3D2"]);
  equal(asked.headers.get("www-authenticate"), null);
  const form = await one.get(asked.headers.get("location")!);
  match(form.html, /name="to" value="\/inbox\?a=1&amp;b=2"/);
  const back = await one.signIn({ to: "/inbox?a=1&b=2" });
  equal([back.status, back.headers.get("location")], [303, "/inbox?a=1&b=2"]);
  equal((await one.get("/inbox")).status, 200);
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
  ]
) {
  Deno.test(`signing in redirects to no other site: ${JSON.stringify(to)}`, async () => {
    await using house = await testRelay();
    equal((await new Visitor(house).signIn({ to })).headers.get("location"), "/");
  });
}

Deno.test("a session's cookie is for this place alone, and no script reads it", async () => {
  await using house = await testRelay();
  const cookieOf = async (headers: Record<string, string>): Promise<string> => {
    const { headers: answer } = await new Visitor(house, headers).signIn();
    return answer.getSetCookie().find((line) => line.startsWith("fenghuo_session="))!;
  };
  const plain = await cookieOf({});
  for (const part of [/; Path=\//, /; HttpOnly/, /; SameSite=Lax/, /; Max-Age=43200/]) match(plain, part);
  ok(!/Secure/.test(plain));
});

Deno.test("a wrong name and a wrong password are answered alike", async () => {
  await using house = await testRelay();
  await house.relay.access.addAccount({ name: "li", role: "viewer", password: "a long password" }, BY);
  const texts = new Set<string>();
  for (const [name, password] of [["li", "nope"], ["nobody", "nope"], ["admin", "nope"]] as const) {
    const { status, html } = await new Visitor(house).signIn({ name, password });
    equal(status, 401);
    texts.add(html.replaceAll(`value="${name}"`, ""));
  }
  equal(texts.size, 1);
});

Deno.test("after five wrong passwords one waits, longer each time; the right one is not even looked at", async () => {
  await using house = await testRelay();
  const one = new Visitor(house);
  for (let tries = 0; tries < 5; tries++) equal((await one.signIn({ password: "nope" })).status, 401);
  const waits: string[] = [];
  for (let tries = 0; tries < 3; tries++) {
    const { status, headers, html } = await one.signIn();
    equal(status, 429);
    match(html, /秒后重试/);
    waits.push(headers.get("retry-after")!);
    house.clock.advance(Number(waits.at(-1)) * 1_000);
    equal((await one.signIn({ password: "nope" })).status, 401);
  }
  equal(waits, ["2", "4", "8"]);
  house.clock.advance(16_000);
  equal((await one.signIn()).status, 303);
  equal((await one.signIn({ password: "nope" })).status, 401, "success wipes the slate clean");
});

Deno.test("strangers who guess an account's password do not lock out its owner at a known address", async () => {
  await using house = await testRelay();
  const from = (remote: string): Visitor => new Visitor(house, {}, { remote });
  equal((await from("10.1.1.1").signIn()).status, 303);
  for (let tries = 0; tries < 20; tries++) await from(`10.2.2.${tries}`).signIn({ password: "nope" });
  equal((await from("10.3.3.3").signIn()).status, 429);
  equal((await from("10.1.1.1").signIn()).status, 303);
});

Deno.test("a neighbour behind the same address who guesses does not lock out accounts that signed in from there", async () => {
  await using house = await testRelay();
  const from = new Visitor(house, {}, { remote: "10.1.1.1" });
  equal((await from.signIn()).status, 303);
  for (const name of ["li", "admin"]) {
    for (let tries = 0; tries < 20; tries++) await new Visitor(house).signIn({ name, password: "nope" });
    for (let tries = 0; tries < 20; tries++) await from.signIn({ name, password: "nope" });
  }
  equal((await from.signIn()).status, 303);
});

Deno.test("a header that anybody can send does not change the address of a request", async () => {
  await using house = await testRelay();
  for (const remote of ["127.0.0.1", "10.0.0.1", "192.0.2.7", "::1"]) {
    for (let tries = 0; tries < 5; tries++) {
      const one = new Visitor(house, { "x-forwarded-for": `198.51.100.${tries}` }, { remote });
      await one.signIn({ name: `somebody-${remote}-${tries}`, password: "nope" });
    }
    const { status } = await new Visitor(house, { "x-forwarded-for": "198.51.100.99" }, { remote }).signIn();
    equal(status, 429, remote);
  }
});

/** `FENGHUO_PROXIES`, the connection, the proxies' headers → the client that waits after five failures. */
const PLACES: [proxies: string, remote: string, header: string | undefined, place: string][] = [
  ["", "192.0.2.1", "198.51.100.1", "192.0.2.1"],
  ["10.0.0.0/8", "10.0.0.1", "198.51.100.1", "198.51.100.1"],
  ["10.0.0.0/8", "10.0.0.1", "6.6.6.6, 198.51.100.1", "198.51.100.1"],
  ["10.0.0.0/8", "10.0.0.1", "6.6.6.6, 198.51.100.1, 10.9.9.9", "198.51.100.1"],
  ["10.0.0.0/8", "10.0.0.1", undefined, "10.0.0.1"],
  ["10.0.0.0/8", "10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"],
  ["10.0.0.0/8", "11.0.0.1", "198.51.100.1", "11.0.0.1"],
  ["private", "172.17.0.1", "198.51.100.1:4711", "198.51.100.1"],
  ["127.0.0.1 ::1", "::ffff:127.0.0.1", "198.51.100.1", "198.51.100.1"],
  ["::1", "::1", "[2001:db8:1:2:3:4:5:6]:443", "20010db800010002"],
  ["::1", "::1", "2001:DB8:1:2::9", "20010db800010002"],
  ["private", "127.0.0.1", "unknown", "127.0.0.1"],
  ["private", "127.0.0.1", "198.51.100.1, <script>", "127.0.0.1"],
  ["private", "127.0.0.1", `198.51.100.1, ${"x".repeat(70_000)}`, "127.0.0.1"],
  ["private", "127.0.0.1", "0x7f.1, 08.8.8.8, 1.2.3.4.5, 1.2.3", "127.0.0.1"],
];

Deno.test("only the configured proxies decide the address of a request", () => {
  for (const [proxies, remote, header, place] of PLACES) {
    const { environment, complaints } = readEnvironment({ FENGHUO_PROXIES: proxies });
    equal(complaints, []);
    const headers = new Headers(header === undefined ? {} : { "x-forwarded-for": header });
    const c = { env: { remote }, req: { header: (name: string) => headers.get(name) ?? undefined } };
    equal(
      addressOf(c as unknown as Context, environment.proxies),
      place,
      `${proxies} | ${remote} | ${header}`,
    );
  }
});

Deno.test("Deno Deploy's own proxies are believed there, and a wrong proxy is a complaint", () => {
  equal(readEnvironment({}).environment.proxies, []);
  ok(readEnvironment({ DENO_DEPLOY: "true" }).environment.proxies.length > 0);
  for (const wrong of ["proxy.example.com", "10.0.0.0/33", "2001:db8::/129", "*", "10.0.0", "[::1]"]) {
    equal(
      readEnvironment({ FENGHUO_PROXIES: wrong }).complaints.map(({ path }) => path),
      ["FENGHUO_PROXIES"],
      wrong,
    );
  }
});

Deno.test("success forgets the failures of its own account and address, and no other", async () => {
  await using house = await testRelay();
  await house.relay.access.addAccount({ name: "mallory", role: "viewer", password: "a long password" }, BY);
  const one = new Visitor(house, {}, { remote: "10.1.1.1" });
  for (let tries = 0; tries < 4; tries++) {
    equal((await one.signIn({ password: "nope" })).status, 401);
    if (tries < 3) equal((await one.signIn({ name: "mallory", password: "a long password" })).status, 303);
  }
  equal((await one.signIn({ password: "nope" })).status, 401);
  equal((await one.signIn({ password: "nope" })).status, 429, "another account's success buys no guess");
});

Deno.test("a password that was not checked in time is no failure", async () => {
  await using house = await testRelay();
  await house.relay.access.addAccount({ name: "li", role: "viewer", password: "a long password" }, BY);
  const guess = (place: number): Promise<string> =>
    house.relay.access.signIn({ name: "li", password: "nope", address: `10.9.9.${place}` }, 0)
      .then(({ kind }) => kind, ({ name }) => name);
  // Five failures of an account are free. These come at once, and most of them find no room.
  const kinds = await Promise.all(Array.from({ length: 5 }, (_, place) => guess(place)));
  equal(kinds, Array.from({ length: 5 }, () => "wrong"));
  house.clock.advance(31_000);
  const busy = Array.from({ length: 16 }, () => isPassword("x", undefined));
  const refused = await Promise.all(
    Array.from({ length: 3 }, () =>
      house.relay.access.signIn(
        { name: "li", password: "a long password", address: "10.8.8.8" },
        house.clock.now(),
      )
        .then(({ kind }) => kind, ({ name }) => name)),
  );
  equal(refused, ["BusyError", "BusyError", "BusyError"]);
  await Promise.all(busy);
  const then = await house.relay.access.signIn(
    { name: "li", password: "a long password", address: "10.8.8.8" },
    house.clock.now(),
  );
  equal(then.kind, "in");
});

Deno.test("a session ends after 12 hours without use, and after a week however busy", async () => {
  await using house = await testRelay();
  const one = await visitor(house);
  for (let hours = 0; hours < 7 * 24; hours += 8) {
    equal((await one.get("/inbox")).status, 200, `after ${hours} h`);
    house.clock.advance(8 * HOUR);
  }
  equal((await one.get("/inbox")).status, 303);
  const idle = await visitor(house);
  house.clock.advance(12 * HOUR);
  equal((await idle.get("/inbox")).status, 303);
});

Deno.test("signing out ends the session itself, not only the browser's memory of it", async () => {
  await using house = await testRelay();
  const one = await visitor(house);
  const stolen = new Visitor(house);
  for (const [name, value] of one.cookies) stolen.cookies.set(name, value);
  equal((await stolen.get("/inbox")).status, 200);
  const out = await one.post("/sign-out", {});
  equal([out.status, out.headers.get("location")], [303, "/sign-in"]);
  match((await one.get("/sign-in")).html, /已退出登录/);
  equal((await stolen.get("/inbox")).status, 303);
});

Deno.test("a changed password, a changed role and a removed account end their sessions, and nobody else's", async () => {
  await using house = await testRelay();
  const { access } = house.relay;
  const operator = await visitor(house, "operator");
  const viewer = await visitor(house, "viewer");
  equal((await operator.get("/inbox")).status, 200);
  await access.changeAccount("some-operator", { password: "another password", ...BY });
  equal((await operator.get("/inbox")).status, 303);
  equal((await viewer.get("/inbox")).status, 200);
  await access.changeAccount("some-viewer", { role: "operator", ...BY });
  equal((await viewer.get("/inbox")).status, 303);
  await viewer.signIn({ name: "some-viewer", password: "a long password" });
  equal((await viewer.get("/inbox")).status, 200);
  await access.removeAccount("some-viewer", BY);
  equal((await viewer.get("/inbox")).status, 303);
});

Deno.test("a cookie of another key, or that was changed, is nobody's", async () => {
  await using house = await testRelay();
  await using other = await testRelay({
    env: {
      FENGHUO_KEY: "another key",
      FENGHUO_ADMIN_PASSWORD: SECRETS.adminPassword,
      FENGHUO_INTAKE_TOKEN: SECRETS.intakeToken,
    },
  });
  const theirs = await visitor(other);
  const one = new Visitor(house);
  one.cookies.set("fenghuo_session", theirs.cookies.get("fenghuo_session")!);
  equal((await one.get("/inbox")).status, 303);
  const mine = await visitor(house, "viewer");
  const [payload, signature] = mine.cookies.get("fenghuo_session")!.split(".") as [string, string];
  const forged = btoa(atob(payload).replace("some-viewer", "admin"));
  for (const cookie of [`${forged}.${signature}`, payload, "", ".", `${payload}.${signature}x`]) {
    mine.cookies.set("fenghuo_session", cookie);
    equal((await mine.get("/inbox")).status, 303, cookie);
  }
});

Deno.test("language and theme are remembered, and come before what the browser says", async () => {
  await using house = await testRelay();
  const one = new Visitor(house, { "accept-language": "zh-CN" });
  match((await one.get("/sign-in")).html, /<html lang="zh-CN" data-theme="auto"[ >]/);
  const { status, headers } = await one.post("/preferences", {
    locale: "en",
    theme: "dark",
    to: "/sign-in?to=%2Finbox",
  }, { token: "" });
  equal([status, headers.get("location")], [303, "/sign-in?to=%2Finbox"]);
  match((await one.get("/sign-in")).html, /<html lang="en" data-theme="dark"[ >]/);
  equal((await one.post("/preferences", { theme: '"><script>' }, { token: "" })).status, 422);
});

Deno.test("a part of a page whose session is over is no page to sign in, nor leads there: the page itself says so", async () => {
  await using house = await testRelay();
  const { status, headers, html } = await new Visitor(house).get("/inbox", {
    accept: "*/*",
    "hx-request": "true",
    "hx-current-url": "http://localhost/inbox?a=1",
  });
  equal([status, html, headers.get("hx-redirect"), headers.get("location")], [401, "", null, null]);
});

Deno.test("a page's script whose session is over brings up no window of the browser's; a program is asked for a password", async () => {
  await using house = await testRelay();
  const one = new Visitor(house);
  for (const accept of ["text/event-stream", "*/*"]) {
    const asked = await one.get("/events", { accept, "sec-fetch-dest": "empty" });
    equal([asked.status, asked.headers.get("www-authenticate")], [401, null]);
  }
  const program = await one.get("/events", { accept: "*/*" });
  equal(program.status, 401);
  match(program.headers.get("www-authenticate")!, /Basic/);
});

Deno.test("a form that is sent after its session says so, and leads back to its page", async () => {
  await using house = await testRelay();
  const headers = { referer: "http://localhost/silences/new?matchers=a" };
  const { status, html } = await new Visitor(house).post("/silences/new", {}, { token: "old", headers });
  equal(status, 401);
  match(html, /登录已失效，未做任何修改/);
  match(html, /href="\/sign-in\?to=%2Fsilences%2Fnew"/);
});

Deno.test("an address that is not there, and an error, are pages for people and JSON for programs", async () => {
  await using house = await testRelay();
  const one = await visitor(house, "viewer");
  const missing = await one.get("/nothing<b>");
  equal(missing.status, 404);
  match(missing.html, /页面不存在/);
  match(missing.html, /\/nothing%3Cb%3E/);
  const program = await one.get("/nothing", { accept: "*/*" });
  equal([program.status, JSON.parse(program.html)], [404, { error: "There is nothing at GET /nothing" }]);
  equal((await one.post("/settings/password", {}, { token: "stale" })).status, 403);
});
