import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { eventually } from "../kit/eventually.ts";
import { type Greeting, inboxOf, type RelayProcess, startRelay, temporaryFolder } from "../kit/process.ts";
import { hasBrowser, signIn, startBrowser } from "./_browser.ts";

const ignore = !(await hasBrowser());

function browserTest(name: string, fn: () => Promise<void>): void {
  // The driver keeps its own pipes and timers until its process is gone.
  Deno.test({ name: `${name} (needs Chromium)`, ignore, sanitizeOps: false, sanitizeResources: false, fn });
}

const HOSTILE = '<script>document.title="owned"</script><img src=x onerror="document.title=1">';

async function withPage(
  run: (page: Page, relay: RelayProcess & Greeting) => Promise<void>,
  locale = "en-GB",
): Promise<void> {
  await using folder = await temporaryFolder();
  await using relay = await startRelay({ folder: folder.path });
  const browser: Browser = await startBrowser();
  try {
    const context = await browser.newContext({
      locale,
      viewport: { width: 360, height: 800 },
    });
    const page = await context.newPage();
    await signIn(page, relay);
    await run(page, relay);
  } finally {
    await browser.close();
  }
}

async function send({ url, intakeToken }: Greeting, ...alerts: object[]): Promise<void> {
  const response = await fetch(`${url}/webhook`, {
    method: "POST",
    headers: { authorization: `Bearer ${intakeToken}` },
    body: JSON.stringify({ alerts: alerts.map((alert) => ({ status: "firing", ...alert })) }),
  });
  equal(response.status, 200);
  await response.body?.cancel();
}

browserTest("the empty inbox says what to do, and the alert that comes then is there", async () => {
  await withPage(async (page, relay) => {
    await page.goto(`${relay.url}/inbox`);
    match(await page.locator("main h2").innerText(), /No messages yet/);
    match(await page.locator("pre").innerText(), /^curl -X POST/);
    await send(relay, { labels: { alertname: "HelloFenghuo", instance: "laptop" } });
    await eventually("the message", async () => (await inboxOf(relay)).length === 1 || undefined);
    // Without a reload of the page.
    await page.waitForSelector("article h2");
    match(await page.locator("article h2").innerText(), /laptop HelloFenghuo/);
  });
});

browserTest("what comes from outside is shown as text, and the page is no wider than a phone", async () => {
  await withPage(async (page, relay) => {
    const complaints: string[] = [];
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    await send(relay, {
      labels: { alertname: HOSTILE, instance: "x".repeat(4_000) },
      annotations: { summary: `${HOSTILE}\u202e${"y".repeat(4_000)}` },
    });
    const id = await eventually("the message", async () => (await inboxOf(relay))[0]?.id);
    for (
      const path of [
        "/inbox",
        `/inbox/${id}/dingtalk_robot`,
        `/inbox/${id}/wecom_robot`,
        `/inbox/${id}/email`,
      ]
    ) {
      await page.goto(relay.url + path);
      ok((await page.locator("main").innerText()).length > 0);
      equal(await page.locator("main script, main img").count(), 0, path);
      ok(!/owned|^1$/.test(await page.title()), path);
      const width = await page.evaluate("document.documentElement.scrollWidth") as number;
      ok(width <= 360, `${path} is ${width} px wide`);
    }
    const mail = page.frameLocator("iframe.phone");
    match(await mail.locator("table").innerText(), /script/);
    equal(await mail.locator("script, img").count(), 0);
    equal(complaints, []);
  });
});

for (const [locale, title] of [["zh-CN", /^收件箱/], ["en-US", /^Inbox/]] as const) {
  browserTest(`a browser that speaks ${locale} is answered in its language`, async () => {
    await withPage(async (page, relay) => {
      await page.goto(`${relay.url}/inbox`);
      match(await page.title(), title);
    }, locale);
  });
}
