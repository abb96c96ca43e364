import { deepStrictEqual as equal, match } from "node:assert/strict";
import type { Page } from "playwright-core";
import { expectAccessible, signIn, waitUntil } from "./_browser.ts";
import { consoleTest, fire, type Relay } from "./_console.ts";

const TWINS = 300;

/** A storm: the same alert of very many pods, in payloads of fifty. */
async function storm({ url, intakeToken }: Relay, from = 0, to = TWINS): Promise<void> {
  for (let first = from; first < to; first += 50) {
    const alerts = Array.from({ length: Math.min(50, to - first) }, (_, index) => ({
      status: "firing",
      labels: {
        alertname: "KubePodCrashLooping",
        namespace: "shop",
        pod: `checkout-${first + index}`,
        severity: "critical",
      },
    }));
    const response = await fetch(`${url}/webhook`, {
      method: "POST",
      headers: { authorization: `Bearer ${intakeToken}` },
      body: JSON.stringify({ alerts }),
    });
    equal(response.status, 200);
    await response.body?.cancel();
  }
}

const group = (page: Page) => page.locator("tr.group:has-text('KubePodCrashLooping')");

for (const javaScriptEnabled of [true, false]) {
  consoleTest(
    `a storm of 300 twins is one line, and is silenced in one act, ${
      javaScriptEnabled ? "live" : "without JavaScript"
    }`,
    async (page, relay) => {
      await fire(relay, { alertname: "DiskFull", instance: "db-1", severity: "warning" });
      await signIn(page, relay, "/incidents");
      if (javaScriptEnabled) {
        await page.evaluate("window.mark = 1");
        await storm(relay);
        await page.waitForSelector("#list >> text=300 incidents");
        equal(await page.evaluate("window.mark"), 1, "it came by itself");
      } else {
        await storm(relay);
        await page.reload();
      }
      match(await page.locator("#list .summary").innerText(), /301 active, 300 critical, 301 unacknowledged/);
      equal(await page.locator("#list tbody tr").count(), 2);
      match(await group(page).innerText(), /300 incidents/);
      match(await page.locator(".facets").innerText(), /Critical\s+300/);
      if (javaScriptEnabled) await expectAccessible(page);

      await group(page).locator("[data-expand]").click();
      await page.waitForSelector("tr.member");
      equal(await page.locator("tr.member").count(), 20);
      if (javaScriptEnabled) {
        equal(await page.evaluate("window.mark"), 1, "the page stays");
        await fire(relay, { alertname: "Later" });
        await page.waitForSelector("#list >> text=Later");
        equal(await page.locator("tr.member").count(), 20, "what is expanded stays so");
      }

      await group(page).locator("a:has-text('Silence')").click();
      match(await page.inputValue("#matchers"), /alertname="KubePodCrashLooping"\nnamespace="shop"/);
      await page.waitForSelector("#preview >> text=Silences 300 active incidents");
      await page.click("button.primary");
      match(await page.locator(".notice.good").innerText(), /It covers 300 active incidents/);

      await page.goto(`${relay.url}/incidents?title=KubePodCrashLooping`);
      equal(await page.locator("#list tbody tr:has-text('Silenced')").count(), 40);
      await page.goto(`${relay.url}/incidents`);
      await group(page).locator("button:has-text('Acknowledge')").click();
      await page.waitForSelector(".notice.good >> text=Acknowledged: 300.");
      match(await page.locator("#list .summary").innerText(), /1 unacknowledged|2 unacknowledged/);
      await page.click(".notice button:has-text('Undo')");
      await page.waitForSelector(".notice.good >> text=Undone: 300 unacknowledged again");
    },
    { javaScriptEnabled },
  );
}

consoleTest("on a phone the facets are a sheet, which opens and narrows the list", async (page, relay) => {
  await storm(relay, 0, 50);
  await fire(relay, { alertname: "DiskFull", instance: "db-1", severity: "warning" });
  await signIn(page, relay, "/incidents");
  equal(await page.locator(".facets").isVisible(), false);
  await page.click(".facets-open");
  await page.waitForSelector(".facets >> text=Warning");
  await expectAccessible(page);
  await page.click(".facets a:has-text('Warning')");
  await waitUntil(page, "location.search === '?severity=warning'");
  match(await page.locator("#list").innerText(), /1 found/);
  match(await page.locator(".conditions").innerText(), /Severity\s+Warning/);
  await page.click(".conditions a");
  await waitUntil(page, "location.search === ''");
  await page.fill("#text", "severity=critical checkout");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#list >> text=50 found");
  match(await page.locator(".conditions").innerText(), /severity="critical"/);
  await page.goto(`${relay.url}/incidents?expand=KubePodCrashLooping`);
  await page.waitForSelector("tr.member");
  await page.locator("tr.member .pick input").first().check();
  await page.waitForSelector(".bar >> text=Acknowledge");
  await expectAccessible(page);
}, { viewport: { width: 390, height: 844 } });
