/** Three in the morning: a phone, touch, in the dark, and the link of a message. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { eventually } from "../kit/eventually.ts";
import { inboxOf } from "../kit/process.ts";
import { expectAccessible } from "./_browser.ts";
import { consoleTest, fire, type Relay } from "./_console.ts";

const PHONE = {
  viewport: { width: 390, height: 844 },
  hasTouch: true,
  isMobile: true,
  colorScheme: "dark",
} as const;

const DISK = { alertname: "DiskFull", instance: "db-1", severity: "critical" };

/** The address that the message of an alert links to. */
async function linkOf(relay: Relay): Promise<string> {
  const message = await eventually("the message", async () => (await inboxOf(relay))[0]);
  const { alert } = message as unknown as { alert?: string };
  const headers = { authorization: `Bearer ${relay.adminPassword}` };
  const { alerts } = await (await fetch(`${relay.url}/api/alerts?limit=1`, { headers })).json();
  return `${relay.url}/a/${alert ?? alerts[0].id}`;
}

for (const javaScriptEnabled of [true, false]) {
  consoleTest(
    `at 3 a.m. a phone goes from a message's link through sign-in to acknowledge, a note and undo${
      javaScriptEnabled ? "" : ", without JavaScript"
    }`,
    async (page, relay) => {
      await fire(relay, DISK);
      await page.goto(await linkOf(relay));
      ok(new URL(page.url()).pathname === "/sign-in", "a link asks a stranger to sign in");
      await page.fill("input[name=name]", "admin");
      await page.fill("input[name=password]", relay.adminPassword);
      await page.tap("main button");
      await page.waitForURL(/\/incidents\/[^/]+$/);
      const seen = async (selector: string): Promise<string> => await page.locator(selector).innerText();
      match(await seen("#head"), /Critical\s+DiskFull\s+db-1/);
      match(await seen("#verdict"), /^✓\s*Notified: /);
      const touchable = async (selector: string): Promise<{ y: number; height: number }> => {
        const box = (await page.locator(selector).boundingBox())!;
        ok(box.height >= 44, `${selector} is ${box.height} px high`);
        return box;
      };
      const touched = async (selector: string): Promise<void> => {
        const box = await touchable(selector);
        ok(box.y > 844 / 2 && box.y + box.height <= 844, `${selector} is in the thumb's reach: ${box.y}`);
      };
      await touched("#actions button[value=acknowledge]");
      await touched("#actions .more-button");
      if (javaScriptEnabled) await expectAccessible(page);
      await page.tap("#actions button[value=acknowledge]");
      await page.waitForSelector("#notice >> text=Acknowledged.");
      match(await seen("#state"), /Acknowledged by admin/);
      equal(await page.locator("#actions button[value=acknowledge]").count(), 0);
      await touchable(".undo button");
      await page.tap(".undo button");
      await page.waitForSelector("#state >> text=Unacknowledged");
      await page.tap("#actions button[value=acknowledge]");
      await page.waitForSelector("#notice >> text=Acknowledged.");
      await page.fill("#note", "the backup filled the disk");
      await page.tap("#add-note");
      await page.waitForSelector("#notice >> text=The note was added.");
      match(await seen(".story"), /admin wrote a note: the backup filled the disk/);
      equal(await page.inputValue("#note"), "");
      await page.tap(".more-button");
      await page.tap("#drop-close > summary");
      await page.fill("#why-close", "cleaned up");
      if (javaScriptEnabled) await expectAccessible(page);
      await page.tap("#drop-close button.danger");
      await page.waitForSelector("#notice >> text=The incident was closed.");
      match(await seen("#state"), /Closed by admin/);
      match(await seen("#head"), /cleaned up/);
      await page.tap(".undo button");
      await page.waitForSelector("#state >> text=Firing");
    },
    { ...PHONE, javaScriptEnabled },
  );
}

consoleTest(
  "the page of an incident has its actions for the keyboard, and a sheet for each that needs words",
  async (page, relay) => {
    await fire(relay, DISK);
    await page.goto(await linkOf(relay));
    await page.fill("input[name=name]", "admin");
    await page.fill("input[name=password]", relay.adminPassword);
    await page.click("main button");
    await page.waitForURL(/\/incidents\/[^/]+$/);
    equal(
      await page.locator("#actions [data-key]").evaluateAll((all) =>
        all.map((one) => one.getAttribute("data-key"))
      ),
      ["a", "s", "c"],
    );
    await page.click("#drop-silence > summary");
    match(await page.locator("#drop-silence .pairs").innerText(), /alertname="DiskFull"\s+instance="db-1"/);
    await page.click("#drop-silence button[value='4h']");
    await page.waitForSelector("#notice >> text=Silenced until");
    match(await page.locator("#verdict").innerText(), /now silenced by admin until/);
    await page.click("#drop-snooze > summary");
    await page.click("#drop-snooze button[value='1h']");
    await page.waitForSelector("#state >> text=Snoozed by admin");
    await expectAccessible(page);
  },
  { colorScheme: "dark" },
);
