import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { SECRETS, testRelay } from "../kit/relay.ts";

const basic = (user: string, password: string): string => `Basic ${btoa(`${user}:${password}`)}`;
const ADMIN = basic("admin", SECRETS.adminPassword);

Deno.test("the inbox shows its messages as JSON to a program and as a page to a browser", async () => {
  await using house = await testRelay();
  await house.fire({ labels: { instance: "<b>db</b>" } });
  const json = await house.request("/inbox", { headers: { authorization: ADMIN } });
  const { messages } = await json.json();
  equal(messages.map(({ title }: { title: string }) => title), ["🟡<b>db</b> Test"]);
  const page = await house.request("/inbox", { headers: { authorization: ADMIN, accept: "text/html,*/*" } });
  match(page.headers.get("content-type")!, /^text\/html/);
  match(page.headers.get("content-security-policy")!, /default-src 'none'/);
  equal(page.headers.get("cache-control"), "no-store");
  const html = await page.text();
  ok(html.includes("&lt;b&gt;db&lt;/b&gt; Test"));
  ok(!html.includes("<b>db</b>"));
});

Deno.test("one message is a page of its own, beside the list, and JSON to a program", async () => {
  await using house = await testRelay();
  for (const instance of ["db-1", "db-2"]) {
    await house.fire({ labels: { instance } });
    house.clock.advance(1_000);
  }
  const [, older] = await house.relay.store.caches.newest("inbox", 2) as { id: string; title: string }[];
  const headers = { authorization: ADMIN };
  const json = await (await house.request(`/inbox/${older!.id}`, { headers })).json();
  equal(json.message.title, "🟡db-1 Test");
  const page = await house.request(`/inbox/${older!.id}`, { headers: { ...headers, accept: "text/html" } });
  const html = await page.text();
  match(html, new RegExp(`<a href="/inbox/${older!.id}" aria-current="true">🟡db-1 Test</a>`));
  match(html, /<h2 id="open-title" dir="auto">🟡db-1 Test<\/h2>/);
  ok(html.includes("db-2 Test</a>"), "the list stays beside it");
  const gone = await house.request("/inbox/nothing", { headers });
  equal(gone.status, 404);
  await gone.body?.cancel();
});

Deno.test("the inbox speaks the browser's language, else the relay's", async () => {
  await using house = await testRelay();
  const titleIn = async (language: string): Promise<string> => {
    const headers = { authorization: ADMIN, accept: "text/html", "accept-language": language };
    return /<title>(.*?)<\/title>/s.exec(await (await house.request("/inbox", { headers })).text())![1]!
      .trim();
  };
  match(await titleIn("en-GB,en;q=0.9"), /Inbox/);
  match(await titleIn("zh-CN"), /收件箱/);
  match(await titleIn("fr"), /收件箱/);
});

for (
  const [name, authorization] of [
    ["nobody", ""],
    ["a wrong password", basic("admin", "nope")],
    ["another user", basic("root", SECRETS.adminPassword)],
    ["the intake token", `Bearer ${SECRETS.intakeToken}`],
    ["a wrong password as Bearer", "Bearer nope"],
  ] as const
) {
  Deno.test(`the inbox is closed to ${name}`, async () => {
    await using house = await testRelay();
    const response = await house.request("/inbox", { headers: { authorization } });
    equal(response.status, 401);
    match(response.headers.get("www-authenticate")!, /^Basic realm="fenghuo"/);
    await response.body?.cancel();
  });
}

Deno.test("the stylesheet is served, and nothing beside the assets is", async () => {
  await using house = await testRelay();
  const css = await house.request("/assets/console.css");
  equal([css.status, css.headers.get("content-type")], [200, "text/css; charset=utf-8"]);
  await css.body?.cancel();
  for (const path of ["/assets/inbox.eta", "/assets/..%2f..%2fmain.ts", "/assets/constructor"]) {
    const response = await house.request(path);
    equal(response.status, 404);
    await response.body?.cancel();
  }
});

const VIEWS: [string, RegExp][] = [
  ["dingtalk_robot", /<div class="markdown"[^>]*>\s*<p><strong>🟡db-1 Test<\/strong> · 警告/],
  ["wecom_robot", /<strong>🟡db-1 Test<\/strong>/],
  ["email", /<iframe src="\/inbox\/[^"]+\/email\/page"[^>]*sandbox=""/],
  ["webhook", /<div class="body"[^>]*>🟡db-1 Test · 警告/],
];

for (const [channel, words] of VIEWS) {
  Deno.test(`a message of the inbox is shown as ${channel} would, with its size there`, async () => {
    await using house = await testRelay();
    await house.fire({
      labels: { instance: "db-1" },
      annotations: { summary: "<b>[x](http://e.example.com)</b>" },
    });
    const [{ id }] = await house.relay.store.caches.newest("inbox", 1) as [{ id: string }];
    const response = await house.request(`/inbox/${id}/${channel}`, { headers: { authorization: ADMIN } });
    equal(response.status, 200);
    const html = await response.text();
    match(html, words);
    match(html, /正文 \d+ 字节/);
    ok(
      !html.includes("<b>[x]") && !html.includes('href="http://e.example.com'),
      "nothing from outside becomes markup",
    );
  });
}

Deno.test("a mail's own page may style itself and nothing else; other channels have none", async () => {
  await using house = await testRelay();
  await house.fire({});
  const [{ id }] = await house.relay.store.caches.newest("inbox", 1) as [{ id: string }];
  const page = await house.request(`/inbox/${id}/email/page`, { headers: { authorization: ADMIN } });
  match(page.headers.get("content-security-policy")!, /default-src 'none'; style-src 'unsafe-inline'/);
  match(await page.text(), /<table/);
  for (const path of [`/inbox/${id}/webhook/page`, `/inbox/${id}/nothing`, "/inbox/nothing/email"]) {
    const response = await house.request(path, { headers: { authorization: ADMIN } });
    equal(response.status, 404);
    match(response.headers.get("content-security-policy")!, /default-src 'none'.*frame-ancestors 'none'/);
    await response.body?.cancel();
  }
  equal((await house.request(`/inbox/${id}/email`, { headers: { authorization: "" } })).status, 401);
});

Deno.test("members whom a channel cannot reach are shown with a question mark, and their groups", async () => {
  await using house = await testRelay({
    yaml: `
members: [{ id: li, name: "李<b>雷</b>" }]
groups: [{ owner: default, level: default, members: [li], destinations: [{ channel: inbox }] }]`,
  });
  const page = async (): Promise<string> =>
    await (await house.request("/members", { headers: { authorization: ADMIN } })).text();
  ok(!/最近未送达的成员/.test(await page()));
  await house.relay.store.recipients.note(
    {
      channel: "wecom_app",
      destination: "d",
      because: "60111 <i>userid</i> not found",
      failed: ["li"],
      reached: [],
    },
    house.clock.now(),
  );
  const html = await page();
  match(html, /最近未送达的成员.*李&lt;b&gt;雷&lt;\/b&gt;.*已离职？/s);
  match(html, /60111 &lt;i&gt;userid/);
  match(html, /default\/default/);
  equal((await house.request("/members", { headers: { authorization: "" } })).status, 401);
});
