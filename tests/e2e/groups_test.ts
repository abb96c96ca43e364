import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { startDingTalk } from "../../simulator/dingtalk.ts";
import { temporaryFolder } from "../kit/process.ts";
import type { Page } from "playwright-core";
import { consoleTest } from "./_console.ts";
import { expectAccessible, signIn, waitUntil } from "./_browser.ts";

const TOKEN = "A0/+=&%23 cd";

/** Make a group and a DingTalk destination by their forms, the wrong way first. */
async function makeGroup(
  page: Page,
  { url, base, look }: { url: string; base: string; look: (page: Page) => Promise<void> },
): Promise<void> {
  await page.goto(`${url}/groups`);
  await page.click("text=New group");
  await page.fill("[name='value.owner']", "a/b");
  await page.click("button.primary");
  match(await page.locator("#value-owner-error").innerText(), /no "\/"/);
  match(await page.locator("#value-level-error").innerText(), /is missing/);
  await look(page);
  await page.fill("[name='value.owner']", "ops");
  await page.fill("[name='value.level']", "1");
  await page.click("button.primary");
  await page.waitForURL(`${url}/groups/ops/1/destinations`);
  match(await page.locator(".notice.good").innerText(), /The group was created/);
  await page.click("text=DingTalk robot");
  await page.click("summary:has-text('More settings of the channel')");
  await page.fill("[name='value.config.base']", "nowhere");
  await page.fill("[name='value.config.token']", TOKEN);
  await page.click("button.primary[name=act]");
  match(await page.locator("#value-config-base-error").innerText(), /must be a URL/);
  await look(page);
  ok(!(await page.content()).includes(TOKEN), "the token stands on the page");
  await page.fill("[name='value.config.base']", base);
}

for (const javaScriptEnabled of [true, false]) {
  consoleTest(
    `a group and a destination are built from the generated form, wrong values first, and a test message arrives, ${
      javaScriptEnabled ? "with" : "without"
    } JavaScript`,
    async (page, relay) => {
      await using dingtalk = await startDingTalk({ robots: [{ token: TOKEN }] });
      await signIn(page, relay, "/groups");
      // axe-core is a script itself.
      const look = javaScriptEnabled ? expectAccessible : (): Promise<void> => Promise.resolve();
      await makeGroup(page, { url: relay.url, base: dingtalk.url, look });
      await page.click(".generated button[value=test]:visible");
      match(await page.locator(".outcome").innerText(), /delivered[^]*ops\/1\/dingtalk_robot/);
      equal(dingtalk.robot(TOKEN).messages.length, 1);
      await page.click(".generated button.primary");
      await page.waitForURL(`${relay.url}/groups/ops/1`);
      // The token was typed once, long ago.
      await page.click(".heading form button");
      match(await page.locator(".outcome").innerText(), /delivered/);
      equal(dingtalk.robot(TOKEN).messages.length, 2);
      dingtalk.fault("removed");
      await page.click("#destinations form button");
      match(await page.locator(".outcome").innerText(), /refused[^]*300001|refused/);
    },
    { javaScriptEnabled },
  );
}

consoleTest(
  "of two people who change a group the second sees the first one's change",
  async (page, relay, context) => {
    await signIn(page, relay, "/groups/default/default/edit");
    const other = await context.newPage();
    await other.goto(`${relay.url}/groups/default/default/edit`);
    await other.click("summary:has-text('Deduplication')");
    await other.fill("#value-window", "10");
    await other.click("button.primary[name=act]");
    await other.waitForURL(`${relay.url}/groups/default/default`);
    await page.click("summary:has-text('Language and time zone')");
    await page.fill("[name='value.timezone']", "UTC");
    await page.click("button.primary[name=act]");
    match(await page.locator(".notice.warning").last().innerText(), /admin changed it[^]*window[^]*10m/);
    equal(await page.locator("[name='value.window']").getAttribute("value"), "10m");
    match(await page.locator("summary:has-text('Deduplication')").innerText(), /Window 10m/);
    await expectAccessible(page);
    await page.click("button.primary[name=act]");
    await page.waitForURL(`${relay.url}/groups/default/default`);
    match(await page.locator(".facts").innerText(), /10 min[^]*UTC/);
  },
);

consoleTest("a file is chosen, its plan is shown, and applied", async (page, relay) => {
  await signIn(page, relay, "/settings/file");
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(`${folder.path}/fenghuo.yaml`, "members: [{ id: li.lei, name: 李雷 }]\n");
  await page.setInputFiles("#upload", `${folder.path}/fenghuo.yaml`);
  await waitUntil(page, "document.querySelector('[name=yaml]').value !== ''");
  await page.click("text=Show the plan");
  match(await page.locator("#plan").innerText(), /Added members\/li\.lei/);
  await expectAccessible(page);
  await page.click("#plan button");
  match(await page.locator(".notice.good").innerText(), /1 changes were applied/);
  await page.goto(`${relay.url}/members`);
  match(await page.locator("table").innerText(), /李雷/);
});
