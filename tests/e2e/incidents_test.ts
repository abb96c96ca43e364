import { deepStrictEqual as equal, match } from "node:assert/strict";
import { eventually } from "../kit/eventually.ts";
import { expectAccessible, signIn } from "./_browser.ts";
import { consoleTest, fire } from "./_console.ts";

const DISK = { alertname: "DiskFull", instance: "db-1", severity: "critical" };

consoleTest(
  "an incident goes from firing through acknowledge to recovery on a page that is never loaded anew",
  async (page, relay) => {
    await signIn(page, relay, "/incidents");
    match(await page.locator("#list").innerText(), /All clear/);
    await page.evaluate("window.mark = 1");
    await fire(relay, DISK);
    await page.waitForSelector("#list >> text=DiskFull");
    equal(await page.evaluate("window.mark"), 1, "it came by itself");
    await page.click("#list button:has-text('Acknowledge')");
    match(await page.locator(".notice.good").innerText(), /Acknowledged\./);
    match(await page.locator("#list tbody").innerText(), /✓ admin/);
    await page.click("#list tbody th a");
    await page.waitForSelector("#state >> text=Acknowledged by admin");
    await page.evaluate("window.mark = 2");
    await page.fill("#note", "half a senten");
    await fire(relay, DISK);
    await page.waitForSelector("#story >> text=1 duplicate between");
    await fire(relay, DISK, "resolved");
    await page.waitForSelector("#state >> text=Resolved");
    await page.waitForSelector("#story >> text=Notified: resolved");
    equal(await page.inputValue("#note"), "half a senten", "what is being typed stays");
    equal(await page.evaluate("window.mark"), 2, "it came by itself");
    await expectAccessible(page);
    await page.press("#note", "Control+Enter");
    await page.waitForSelector(".notice.good >> text=The note was added");
    match(await page.locator("#head").innerText(), /half a senten/);
    equal(await page.inputValue("#note"), "");
    equal(await page.evaluate("window.mark"), 2, "a note does not leave the page");
    await page.click("#drop-reopen summary");
    await page.click("#drop-reopen button");
    await page.waitForSelector(".notice.good >> text=active again");
    await page.click("#drop-assign summary");
    await page.selectOption("#who", "admin");
    await fire(relay, DISK);
    await page.waitForSelector("#story >> text=1 duplicate between");
    equal(await page.inputValue("#who"), "admin", "what is chosen stays open and chosen");
    await page.click("#drop-assign button");
    await page.waitForSelector(".notice.good >> text=Assigned to admin");
    match(await page.locator("#state").innerText(), /admin has it/);
    equal(await page.evaluate("window.mark"), 2, "nor does an action");
    await expectAccessible(page);
  },
);

consoleTest("what was chosen stays chosen while the list changes, and nothing jumps", async (page, relay) => {
  for (let index = 0; index < 30; index++) await fire(relay, { ...DISK, instance: `db-${index}` });
  await signIn(page, relay, "/incidents?group_by=none&sort=newest");
  const box = page.locator("tr:has-text('db-3 ') .pick input, tr:has(bdi:text-is('db-3')) .pick input")
    .first();
  await box.check();
  await page.click(".bar summary");
  await page.selectOption("#kind", "note");
  await page.keyboard.press("Escape");
  await page.fill("#said", "mine");
  const id = await box.getAttribute("id");
  await page.evaluate(`document.getElementById("${id}").scrollIntoView({ block: "center" })`);
  const before = await page.locator(`#${id}`).boundingBox();
  await fire(relay, { alertname: "Later" });
  await page.waitForSelector("#list >> text=Later");
  equal(await page.isChecked(`#${id}`), true);
  equal([await page.inputValue("#said"), await page.inputValue("#kind")], ["mine", "note"]);
  const after = await page.locator(`#${id}`).boundingBox();
  equal(Math.abs(after!.y - before!.y) < 2, true, `${before!.y} → ${after!.y}`);
  await page.click(".bar button:has-text('Take')");
  await page.waitForSelector(".notice.good >> text=Taken: 1.");
  await expectAccessible(page);
  // The list may come once more, with the event of the act.
  await eventually("all lines are chosen", async () => {
    await page.check("#pick-all");
    return true;
  });
  await page.check(".bar [name=every]");
  await expectAccessible(page);
  await page.click(".bar button:has-text('Acknowledge')");
  await page.waitForSelector(
    ".notice.good >> text=Acknowledged: 30. Not changed: 1 (already acknowledged: 1)",
  );
  await page.click(".notice button:has-text('Undo')");
  await page.waitForSelector(".notice.good >> text=Undone: 30 unacknowledged again");
});

for (const javaScriptEnabled of [true, false]) {
  consoleTest(
    `a silence from an incident covers it with one click, ${
      javaScriptEnabled ? "live" : "without JavaScript"
    }`,
    async (page, relay) => {
      await fire(relay, DISK);
      await fire(relay, { ...DISK, instance: "db-2" });
      await signIn(page, relay, "/incidents?text=db-1");
      await page.click("#list tbody th a");
      await page.click("#drop-silence > summary");
      await page.click("#drop-silence a:has-text('Custom')");
      match(await page.locator("#preview").innerText(), /Silences 1 active incident\b/);
      await page.fill("#matchers", "alertname=DiskFull");
      if (!javaScriptEnabled) await page.click("button:has-text('Preview')");
      await page.waitForSelector("#preview >> text=Silences 2 active incidents");
      await page.fill("#matchers", "alertname=");
      if (!javaScriptEnabled) await page.click("button:has-text('Preview')");
      await page.waitForSelector("#preview >> text=would cover alerts that have none");
      await page.fill("#matchers", 'alertname="DiskFull"\ninstance="db-1"');
      await page.check("[name=lasts][value='4h']");
      await page.click("button.primary");
      match(await page.locator(".notice.good").innerText(), /It covers 1 active incident\./);
      await expectAccessibleWithScript(page, javaScriptEnabled);
      await page.goto(`${relay.url}/incidents?group_by=none`);
      match(await page.locator("tr:has(bdi:text-is('db-1'))").innerText(), /Silenced/);
      equal((await page.locator("tr:has(bdi:text-is('db-2'))").innerText()).includes("Silenced"), false);
      if (!javaScriptEnabled) {
        await page.click("tr:has(bdi:text-is('db-2')) button:has-text('Acknowledge')");
        match(await page.locator("tr:has(bdi:text-is('db-2'))").innerText(), /✓ admin/);
      }
    },
    { javaScriptEnabled, viewport: { width: 390, height: 844 } },
  );
}

async function expectAccessibleWithScript(
  page: Parameters<typeof expectAccessible>[0],
  javaScriptEnabled: boolean,
): Promise<void> {
  if (javaScriptEnabled) await expectAccessible(page);
}
