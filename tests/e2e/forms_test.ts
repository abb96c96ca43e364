import { deepStrictEqual as equal, match } from "node:assert/strict";
import { startSink } from "../../simulator/sink.ts";
import { eventually } from "../kit/eventually.ts";
import { consoleTest } from "./_console.ts";
import { expectAccessible, signIn } from "./_browser.ts";

consoleTest(
  "a form that takes its time shows it, and is sent once however often one presses",
  async (page, relay) => {
    await using sink = await startSink();
    const made = await fetch(`${relay.url}/api/config/groups/ops/default`, {
      method: "PUT",
      headers: { authorization: `Bearer ${relay.adminPassword}` },
      body: JSON.stringify({
        owner: "ops",
        level: "default",
        destinations: [{ channel: "webhook", config: { url: sink.url } }],
      }),
    });
    equal(made.status, 200, await made.text());
    sink.answer({ delayMs: 1_000 });
    await signIn(page, relay, "/groups/ops/default");
    const button = page.locator("#destinations form button");
    await page.route("**/under-way", async (route) => {
      await sink.arrived(1);
      await route.fulfill({ status: 204 });
    });
    // Not with the driver's own clicks, which wait for the next page.
    const [busy, words] = await page.evaluate(`(() => {
      const button = document.querySelector("#destinations form button");
      button.click();
      fetch("/under-way").then(() => button.click()); // in the page: the driver cannot reach it meanwhile
      return [button.ariaBusy, document.getElementById("working").textContent];
    })()`) as [string, string];
    equal([busy, words], ["true", "Working …"]);
    await page.waitForSelector(".outcome >> text=delivered");
    equal(sink.requests.length, 1);
    await page.goBack();
    equal(await button.getAttribute("aria-busy"), null);
    await button.click();
    await eventually("the second message", () => sink.requests.length === 2);
  },
);

consoleTest(
  "a wrong value is said while one types, and a duration is a number and a unit",
  async (page, relay) => {
    await signIn(page, relay, "/groups/new");
    await page.fill("[name='value.owner']", "a/b");
    await page.waitForSelector('#value-owner-error >> text=/no "\\/"/');
    equal(await page.locator("#value-level-error").innerText(), "", "what is still empty is not wrong yet");
    equal(await page.evaluate("document.activeElement.name"), "value.owner", "one types on");
    await expectAccessible(page);
    await page.fill("[name='value.owner']", "ops");
    await page.waitForSelector("#value-owner-error:empty", { state: "attached" });

    await page.click("summary:has-text('Deduplication')");
    await page.fill("#value-window", "2");
    await page.selectOption("#value-window ~ select", "h");
    equal(await page.locator("[name='value.window']").getAttribute("value"), "2h");
    await page.click("summary:has-text('Language and time zone')");
    await page.fill("[name='value.timezone']", "Asia/Shangha");
    await page.waitForSelector("#value-timezone-error >> text=/time zone such as/");
    await page.fill("[name='value.timezone']", "Asia/Tokyo");
    await page.click("summary:has-text('Quiet hours')");
    await page.fill("[name='value.quiet[0].from']", "22:00");
    await page.fill("[name='value.quiet[0].to']", "07:30");
    await page.fill("[name='value.level']", "1");
    await expectAccessible(page);
    await page.click("button.primary[name=act]");
    await page.waitForURL(`${relay.url}/groups/ops/1/destinations`);
    await page.goto(`${relay.url}/groups/ops/1`);
    match(await page.locator(".facts").first().innerText(), /2 h[^]*22:00–07:30[^]*Asia\/Tokyo/);
  },
);

consoleTest("a robot's address is said to be none while one types it", async (page, relay) => {
  await signIn(page, relay, "/groups/default/default/destinations?channel=webhook");
  await page.fill("[name='value.config.url']", "nowhere");
  await page.waitForSelector("#value-config-url-error >> text=/must be a URL/");
  await page.fill("[name='value.config.url']", "https://hooks.example.com/");
  await page.waitForSelector("#value-config-url-error:empty", { state: "attached" });
});
