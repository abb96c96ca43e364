import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { startSink } from "../../simulator/sink.ts";
import { eventually } from "../kit/eventually.ts";
import { inboxOf, startRelay, temporaryFolder } from "../kit/process.ts";
import { expectAccessible, signIn, waitUntil } from "./_browser.ts";
import { consoleTest, type Relay } from "./_console.ts";

async function call(relay: Relay, path: string, body: unknown): Promise<Response> {
  return await fetch(relay.url + path, {
    method: "POST",
    headers: { authorization: `Bearer ${path.startsWith("/api") ? relay.adminPassword : relay.intakeToken}` },
    body: JSON.stringify(body),
  });
}

async function put({ url, adminPassword }: Relay, item: string, value: unknown): Promise<void> {
  const response = await fetch(`${url}/api/config/${item}`, {
    method: "PUT",
    headers: { authorization: `Bearer ${adminPassword}` },
    body: JSON.stringify(value),
  });
  equal(response.status, 200, await response.text());
}

async function putRules(relay: Relay): Promise<void> {
  await put(relay, "rules", [
    { match: ['team="ops"', 'severity=~"critical|warning"'], group: "default/default" },
    { match: ['alertname="HighCPU"'], group: "default/default" },
  ]);
}

async function alert(relay: Relay, alertname: string): Promise<void> {
  const body = { alerts: [{ status: "firing", labels: { alertname, severity: "critical" } }] };
  const response = await call(relay, "/webhook", body);
  equal(response.status, 200);
  await response.body?.cancel();
}

/** A sender names its target in the address. */
async function nameTarget(relay: Relay, url: string): Promise<void> {
  await put(relay, "allowed_targets", [new URL(url).host]);
  const target = new URLSearchParams({ type: "webhook", webhookurl: url });
  const response = await call(relay, `/prometheusalert?${target}`, {
    version: "4",
    alerts: [{ status: "firing", labels: { alertname: "Named" } }],
  });
  equal(response.status, 200, await response.text());
}

async function newestAlert(relay: Relay): Promise<string> {
  const headers = { authorization: `Bearer ${relay.adminPassword}` };
  const response = await fetch(`${relay.url}/api/alerts?limit=1`, { headers });
  return (await response.json()).alerts[0].id;
}

const PAGES = [
  "/",
  "/?range=1h",
  "/alerts",
  "/alerts?q=nothing",
  "/deliveries",
  "/deliveries?tab=dead",
  "/deliveries?tab=recent",
  "/incidents",
  "/incidents?state=all&text=nothing",
  "/noise",
  "/search?q=cpu",
  "/search",
  "/noise?period=7d&by=episodes",
  "/incidents/response",
  "/silences",
  "/silences/new?matchers=alertname%3DHighCPU",
  "/doors",
  "/doors/try",
  "/heartbeats",
  "/inbox",
  "/groups",
  "/groups/adhoc",
  "/groups/new",
  "/groups/default/default",
  "/groups/default/default/edit",
  "/groups/default/default/destinations",
  "/groups/default/default/destinations/inbox",
  "/groups/default/default/destinations?channel=email",
  "/groups/default/default/destinations?channel=ocp",
  "/members",
  "/rules",
  "/rules/edit",
  "/setup/channel",
  "/templates",
  "/templates?alert=digest&lang=en",
  "/templates?alert=hostile",
  "/members/new",
  "/channels",
  "/channels/email/defaults",
  "/settings/departments",
  "/settings/departments/new",
  "/settings/general?try=http://a/",
  "/settings/general/links",
  "/settings/general/ocp",
  "/settings/file",
  "/settings/accounts",
  "/settings/tokens",
  "/settings/password",
  "/audit",
  "/nothing",
];

for (const [width, height] of [[1440, 900], [360, 800]] as const) {
  for (const colorScheme of ["light", "dark"] as const) {
    const locale = (width < 960) === (colorScheme === "light") ? "zh-CN" : "en-GB";
    consoleTest(
      `every page is accessible, ${colorScheme}, ${width} px wide, ${locale}`,
      async (page, relay) => {
        await using named = await startSink(); // it takes all: no page changes while it is looked at
        await nameTarget(relay, named.url);
        await alert(relay, "HighCPU");
        for (const body of [{ name: "li.lei", role: "viewer", password: "a long password" }]) {
          await (await call(relay, "/api/accounts", body)).body?.cancel();
        }
        await (await call(relay, "/api/tokens", { name: "grafana", scope: "read" })).body?.cancel();
        await putRules(relay);
        await put(relay, "members/li.lei", { id: "li.lei", name: "李雷", mobile: "13800000000" });
        await put(relay, "departments/du-srv", { name: "云端", secret: "a secret" });
        const silence = await call(relay, "/api/silences", {
          matchers: ["alertname=HighCPU"],
          duration: "1h",
        });
        const { id: silenced } = (await silence.json()).silence;
        const faults: string[] = [];
        const look = async (at: string): Promise<void> => {
          await expectAccessible(page).catch((error) => faults.push(`${at}: ${error.message}`));
        };
        await page.goto(`${relay.url}/sign-in`);
        await look("/sign-in");
        await signIn(page, relay);
        const id = await eventually("the message", async () => (await inboxOf(relay))[0]?.id);
        const alertId = await newestAlert(relay);
        for (
          const path of [
            ...PAGES,
            `/alerts/${alertId}`,
            `/incidents/${alertId}`, // which is its first
            `/silences/${silenced}`,
            "/members/li.lei",
            "/settings/departments/du-srv",
            `/alerts/${alertId}/deliveries/${alertId}-0`,
            `/inbox/${id}`,
            `/deliveries/${alertId}-0`,
            `/inbox/${id}/dingtalk_robot`,
            `/inbox/${id}/email`,
          ]
        ) {
          await page.goto(relay.url + path);
          await look(path);
          if (await page.locator("main details").count() === 0) continue;
          await page.evaluate(`document.querySelectorAll("main details").forEach((one) => one.open = true)`);
          await look(`${path}, all open`);
        }
        equal(faults, []);
        for (const summary of await page.locator("header summary").all()) {
          if (!await summary.isVisible()) continue; // for another width
          await summary.click();
          await expectAccessible(page);
          await page.keyboard.press("Escape");
        }
        await page.goto(`${relay.url}/settings/api`);
        await expectAccessible(page);
        await page.evaluate(`document.querySelectorAll("main details").forEach((one) => one.open = true)`);
        await expectAccessible(page);
        if (width < 960) {
          await page.click("[popovertarget=nav]:visible");
          await expectAccessible(page);
          await page.click("#nav a[href='/members']");
          await page.waitForURL(`${relay.url}/members`);
        }
      },
      { viewport: { width, height }, colorScheme, locale },
    );
  }
}

consoleTest(
  "an account is made and may sign in; wrong values are told at their field",
  async (page, relay) => {
    await signIn(page, relay, "/settings/accounts");
    await page.fill("section.card [name=name]", "li.lei");
    await page.fill("section.card [name=password]", "short");
    await page.click("section.card button");
    match(await page.locator("#password-error").innerText(), /10 to 200 characters/);
    equal(await page.inputValue("section.card [name=name]"), "li.lei");
    await page.fill("section.card [name=password]", "a long password");
    await page.click("section.card button");
    match(await page.locator(".notice.good").innerText(), /The account li\.lei was added/);
    await page.click(".tools details:last-child summary");
    await page.click("text=Sign out");
    await page.fill("[name=name]", "li.lei");
    await page.fill("[name=password]", "a long password");
    await page.click("main button");
    await page.waitForURL(`${relay.url}/`);
    const offered = await page.locator("#nav a").allInnerTexts();
    equal([offered[0], offered.at(-1)], ["Overview", "Settings"]);
    ok(!offered.includes("Audit"), "what only admins may see");
  },
);

consoleTest("a token is shown once, and copied with one click", async (page, relay, context) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await signIn(page, relay, "/settings/tokens");
  await page.fill("[name=name]", "grafana");
  equal(await page.inputValue("[name=scope]:checked"), "calendar", "the least is preset");
  ok(!await page.locator(".doors").isVisible(), "only a token that sends alerts has doors");
  await page.check("[value=intake]");
  ok(await page.locator(".doors").isVisible());
  await page.check("[value=read]");
  await page.click("section.card button.primary");
  const token = (await page.locator(".notice pre").innerText()).trim();
  await page.click("[data-copy]");
  equal(await page.evaluate("navigator.clipboard.readText()"), token);
  const response = await fetch(`${relay.url}/api/alerts`, { headers: { authorization: `Bearer ${token}` } });
  equal(response.status, 200);
  await response.body?.cancel();
  await page.goto(`${relay.url}/settings/tokens`);
  ok(!(await page.content()).includes(token));
});

consoleTest("what unsaved rules would do shows while one types", async (page, relay) => {
  await alert(relay, "HighCPU");
  await signIn(page, relay, "/rules/edit");
  await page.fill("#labels", 'team="ops"');
  await page.waitForSelector("#tried >> text=no rule matched, so the default group was used");
  await page.click("#add");
  await page.fill("#match-0", 'team="ops');
  await page.selectOption("#group-0", "default/default");
  await page.waitForSelector("#match-0-error >> text=a quote is not closed");
  await page.fill("#match-0", 'team="ops"');
  await page.waitForSelector("#tried >> text=matched by rule 1");
  equal(await page.locator("#match-0-error").innerText(), "");
  await page.click("#add");
  await page.fill("#match-1", 'alertname="HighCPU"');
  await page.selectOption("#group-1", "default/default");
  await page.selectOption("#alert", { index: 1 });
  await page.waitForSelector("#tried >> text=matched by rule 2");
  await page.click("#up-1");
  await page.waitForSelector("#tried >> text=matched by rule 1");
  equal(await page.inputValue("#match-0"), 'alertname="HighCPU"');
  match(await page.locator("#unsaved").innerText(), /Unsaved changes/);
  await page.click("button.primary");
  await page.waitForURL(`${relay.url}/rules`);
  equal(await page.locator(".matchers").allInnerTexts(), ['alertname="HighCPU"', 'team="ops"']);
});

consoleTest("all of it works without JavaScript", async (page, relay) => {
  await signIn(page, relay, "/settings/accounts");
  await page.click("#bottom button");
  await page.click("#nav a[href='/members']");
  await page.waitForURL(`${relay.url}/members`);
  await page.click(".tools details:has([data-preferences]) summary");
  await page.click("button[value=zh]");
  await page.waitForURL(`${relay.url}/members`);
  match(await page.title(), /^成员/);
  await page.click(".tools details:has([data-preferences]) summary");
  await page.click("button[value=dark]");
  equal(await page.getAttribute("html", "data-theme"), "dark");
  await page.click(".tools details:last-child summary");
  await page.click(".tools details:last-child button");
  await page.waitForURL(`${relay.url}/sign-in`);
}, { javaScriptEnabled: false, viewport: { width: 390, height: 800 } });

consoleTest("the theme changes at once and stays", async (page, relay) => {
  await signIn(page, relay);
  const background = (): Promise<string> => page.evaluate("getComputedStyle(document.body).backgroundColor");
  const light = await background();
  await page.click(".tools details:has([data-preferences]) summary");
  const stored = page.waitForResponse(`${relay.url}/preferences`);
  await page.click("button[value=dark]");
  const dark = await background();
  ok(light !== dark);
  await stored;
  await page.reload();
  equal(await background(), dark);
}, { colorScheme: "light" });

consoleTest(
  "when the relay goes away a banner says so, and it goes with the relay's return",
  async (page, relay) => {
    await signIn(page, relay);
    equal(await page.locator("#stream").isVisible(), false);
    const { port } = new URL(relay.url);
    await page.waitForTimeout(300);
    const { ms } = await relay.stop();
    ok(ms < 3_000, `an open stream held the relay for ${ms} ms`);
    await page.waitForSelector("#stream:visible");
    await using folder = await temporaryFolder();
    await using again = await startRelay({ folder: folder.path, env: { PORT: port } });
    // Another key: the session is nobody's there, so the banner stays; signed in anew, it is gone.
    await signIn(page, again);
    equal(await page.locator("#stream").isVisible(), false);
  },
);

consoleTest(
  "a session that is over is said on the page, where one goes on after signing in",
  async (page, relay, context) => {
    await signIn(page, relay, "/silences/new");
    const token = await page.inputValue("main [name=form_token]");
    await context.clearCookies();
    await page.fill("#matchers", 'team="ops"'); // its preview is asked for while one types
    await page.waitForSelector("#over:visible");
    equal(await page.locator("#failed").isVisible(), false);
    // Like a user who returns to the window.
    const comeBack =
      "dispatchEvent(new Event('pagehide')); document.dispatchEvent(new Event('visibilitychange'))";
    const asked = page.waitForResponse((answer) => answer.request().method() === "HEAD");
    await page.evaluate(comeBack);
    equal((await asked).status(), 401);
    equal([await page.locator("#stream").isVisible(), await page.locator("#over").isVisible()], [
      false,
      true,
    ]);
    const [other] = await Promise.all([context.waitForEvent("page"), page.click("#over a")]);
    await signIn(other, relay);
    await page.evaluate(comeBack);
    await page.waitForSelector("#over", { state: "hidden" });
    await waitUntil(page, `document.querySelector("main [name=form_token]").value !== "${token}"`);
    await page.click("button.primary");
    match(await page.locator(".notice.good").innerText(), /Silenced/);
  },
);

consoleTest("new alerts are announced in the log, and nothing jumps", async (page, relay) => {
  await signIn(page, relay, "/alerts");
  await alert(relay, "First");
  await page.waitForSelector("tr >> text=First");
  await alert(relay, "Second");
  const news = page.locator("#news a");
  match(await news.innerText(), /New alerts: 1/);
  equal(await page.locator("main tbody tr").count(), 1);
  await news.click();
  await page.waitForSelector("tr >> text=Second");
});

consoleTest("no page weighs more than 100 KiB", async (page, relay) => {
  for (let index = 0; index < 100; index++) await alert(relay, `Alert${index}`);
  await signIn(page, relay);
  await eventually("the messages", async () => (await inboxOf(relay)).length === 100 || undefined);
  for (const path of PAGES) {
    const client = await page.context().newCDPSession(page);
    await client.send("Network.enable");
    await client.send("Network.setCacheDisabled", { cacheDisabled: true });
    let bytes = 0;
    client.on("Network.loadingFinished", ({ encodedDataLength }) => bytes += encodedDataLength);
    await page.goto(relay.url + path, { waitUntil: "load" });
    ok(bytes > 5_000 && bytes <= 100 * 1024, `${path}: ${bytes} bytes`);
    await client.detach();
  }
});
