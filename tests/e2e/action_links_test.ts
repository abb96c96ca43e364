/** The page that a link in a message opens: on a phone, in the dark, and without a script. */
import { equal } from "node:assert/strict";
import { linkExpiry, signLink } from "../../relay/domain/action_link.ts";
import { listening } from "../kit/listening.ts";
import { SECRETS, testRelay } from "../kit/relay.ts";
import { TestClock } from "../kit/clock.ts";
import { expectAccessible, hasBrowser, signIn, startBrowser } from "./_browser.ts";

Deno.test({
  name: "an incident is acknowledged from a phone, without an account and without a script (needs Chromium)",
  ignore: !(await hasBrowser()),
  // The driver keeps its own pipes and timers until its process is gone.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(): Promise<void> {
    await using relay = listening(await testRelay({ clock: new TestClock(Date.now()) }));
    const { house } = relay;
    const labels = {
      alertname: `${"很长的告警名称".repeat(12)}`,
      severity: "critical",
      instance: "db-1.example.com:9100",
    };
    await house.fire({ labels });
    const { id } = (await house.relay.store.log.newest(1))[0]!;
    const link = signLink({
      act: "acknowledge",
      alerts: [id],
      destination: "default/default/inbox",
      until: linkExpiry(house.clock.now()),
    }, SECRETS);
    const browser = await startBrowser();
    try {
      for (const [colorScheme, javaScriptEnabled] of [["dark", true], ["light", false]] as const) {
        const context = await browser.newContext({
          viewport: { width: 360, height: 740 },
          colorScheme,
          javaScriptEnabled,
        });
        const page = await context.newPage();
        await page.goto(`${relay.url}/l/${link}`);
        if (javaScriptEnabled) {
          await expectAccessible(page);
          const width = await page.evaluate<number>("document.documentElement.scrollWidth");
          equal(width, 360);
        } else {
          await page.click("main form button");
          await page.waitForSelector("main .badge.resolved");
        }
        await context.close();
      }
    } finally {
      await browser.close();
    }
    const [incident] = await house.relay.store.incidents.newest("open", 1);
    equal(incident!.knownBy, "default/default/inbox 中的链接");
  },
});

Deno.test({
  name: "what asks before an incident is closed stays within a phone's window (needs Chromium)",
  ignore: !(await hasBrowser()),
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(): Promise<void> {
    await using relay = listening(await testRelay({ clock: new TestClock(Date.now()) }));
    await relay.house.fire({ labels: { severity: "critical" } });
    const [incident] = await relay.house.relay.store.incidents.newest("open", 1);
    const browser = await startBrowser();
    try {
      for (const locale of ["zh-CN", "en-GB"]) {
        const context = await browser.newContext({ viewport: { width: 390, height: 844 }, locale });
        const page = await context.newPage();
        await signIn(page, relay);
        await page.goto(`${relay.url}/incidents/${incident!.id}`);
        await page.click(".more-button");
        await page.click("#drop-close > summary");
        await page.waitForSelector("#drop-close button.danger");
        await expectAccessible(page);
        await context.close();
      }
    } finally {
      await browser.close();
    }
  },
});
