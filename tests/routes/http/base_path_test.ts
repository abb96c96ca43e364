import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { basePathOf, withBasePath, withoutBasePath } from "../../../routes/http/base_path.ts";
import { createApp } from "../../../routes/app.ts";
import { Visitor } from "../../kit/console.ts";
import { testRelay } from "../../kit/relay.ts";

const PUBLIC_URL = "https://ops.example.com/fenghuo";

for (
  const [publicUrl, base] of [
    [undefined, ""],
    ["https://fenghuo.example.com", ""],
    ["https://ops.example.com/fenghuo", "/fenghuo"],
    ["https://ops.example.com/a/b", "/a/b"],
  ] as const
) {
  Deno.test(`what stands before every path of ${publicUrl} is "${base}"`, () =>
    equal(basePathOf(publicUrl), base));
}

Deno.test("addresses of a page get the path, and nothing else does", () => {
  const page = `<a href="/alerts">/alerts</a> <a href="//elsewhere/"> <a href="https://x/"> <a href="#main">
<form action="/sign-out"><input value="/alerts"><button formaction="/rules#1"> <i hx-get="/x"> &lt;a href=&quot;/b`;
  equal(
    withBasePath(page, PUBLIC_URL),
    `<a href="/fenghuo/alerts">/alerts</a> <a href="//elsewhere/"> <a href="https://x/"> <a href="#main">
<form action="/fenghuo/sign-out"><input value="/alerts"><button formaction="/fenghuo/rules#1"> <i hx-get="/fenghuo/x"> &lt;a href=&quot;/b`,
  );
});

Deno.test("the console works under a path, whether the proxy before it passes the path on or takes it off", async () => {
  await using house = await testRelay({ env: { FENGHUO_PUBLIC_URL: PUBLIC_URL } });
  await house.post({ labels: { alertname: "DiskFull", instance: "db-1" } });
  await house.settle();
  const app = createApp(house.relay, { report: (words) => house.reports.push(words) });
  for (const passesOn of [true, false]) {
    const handle = withoutBasePath(app.fetch, PUBLIC_URL);
    const asked: string[] = [];
    const visitor = new Visitor({
      ...house,
      request: async (path, init = {}) => {
        const url = new URL(path, PUBLIC_URL);
        asked.push(url.pathname);
        ok(url.pathname === "/fenghuo" || url.pathname.startsWith("/fenghuo/"), `${path} is under the path`);
        if (!passesOn) url.pathname = url.pathname.slice("/fenghuo".length);
        return await handle(new Request(url, init), { remote: "192.0.2.1" });
      },
    });
    const asksFirst = await visitor.get("/fenghuo/alerts?q=x");
    equal(asksFirst.headers.get("location"), "/fenghuo/sign-in?to=%2Falerts%3Fq%3Dx");
    const fields = { name: "admin", password: "test-password", to: "/alerts" };
    const signedIn = await visitor.post("/fenghuo/sign-in", fields, { token: "" });
    equal([signedIn.status, signedIn.headers.get("location")], [303, "/fenghuo/alerts"]);

    const seen = new Set(["/fenghuo/"]);
    for (const path of seen) {
      const { status, html, headers } = await visitor.get(path);
      const location = headers.get("location");
      ok(
        status === 200 || (status === 303 && location!.startsWith("/fenghuo/")),
        `${path}: ${status} ${location}`,
      );
      for (
        const [, address] of html.matchAll(/\s(?:href|src|action|formaction|hx-get|hx-post)="(\/[^"]*)"/g)
      ) {
        ok(address!.startsWith("/fenghuo/"), `${path} leads to ${address}`);
      }
      for (const [, link] of html.matchAll(/\s(?:href|src)="(\/[^"#]*)/g)) {
        if (seen.size < 60 && !link!.includes("?")) seen.add(link!);
      }
    }
    ok(seen.size >= 40, `${seen.size}`);
    match((await visitor.get("/fenghuo/")).html, /data-base="\/fenghuo"/);
    const token = /name="form_token" value="([^"]+)"/.exec(
      (await visitor.get("/fenghuo/settings/password")).html,
    )![1]!;
    const out = await visitor.post("/fenghuo/sign-out", {}, { token });
    match(out.headers.get("location") ?? "", /^\/fenghuo\/sign-in/);
  }
  equal(house.reports, []);
});

Deno.test("alerts are taken at the address that is published, and at the relay's own", async () => {
  await using house = await testRelay({ env: { FENGHUO_PUBLIC_URL: PUBLIC_URL } });
  const app = createApp(house.relay, { report: () => {} });
  const handle = withoutBasePath(app.fetch, PUBLIC_URL);
  for (const path of ["/fenghuo/webhook", "/webhook"]) {
    const request = new Request(`http://10.0.0.5:8000${path}`, {
      method: "POST",
      headers: { authorization: "Bearer test-token" },
      body: JSON.stringify({ alerts: [{ status: "firing", labels: { alertname: path } }] }),
    });
    const response = await handle(request, { remote: "10.0.0.9" });
    equal(await response.json(), { accepted: 1, duplicates: 0, notifications: 1 });
  }
});
