import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { startSink } from "../../simulator/sink.ts";
import { consoleTest, fire } from "./_console.ts";
import { signIn, waitUntil } from "./_browser.ts";

consoleTest(
  "the overview changes by itself when an alert fires and when it is resolved, and the rest stays as it is",
  async (page, relay) => {
    await signIn(page, relay, "/");
    match(await page.locator("#verdict").innerText(), /All clear: nothing active/);
    // A mark on the page, and one on a part that does not change: a reload or a swap would take them away.
    await page.evaluate("window.mark = 1; document.querySelector('#warnings').mark = 1");
    await fire(relay, { alertname: "HighCPU", instance: "db-1", severity: "critical" });
    await page.waitForSelector("#needs >> text=HighCPU");
    await waitUntil(page, "document.title.startsWith('(1) Overview')");
    match(await page.locator("#verdict").innerText(), /1 critical that nobody has taken/);
    await page.waitForSelector("#ledger >> text=Balanced: every delivery is accounted for");
    await waitUntil(page, "document.querySelector('#hours .sum td').textContent === '1'");
    equal(await page.locator("#activity rect.critical").count(), 1);
    await fire(relay, { alertname: "HighCPU", instance: "db-1", severity: "critical" }, "resolved");
    await page.waitForSelector("#verdict >> text=All clear");
    await waitUntil(page, "document.title.startsWith('Overview')");
    equal(await page.evaluate("[window.mark, document.querySelector('#warnings').mark]"), [1, 1]);
  },
);

consoleTest(
  "the lines to paste are copied with the token, and a first alert ends the last step",
  async (page, relay, context) => {
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await signIn(page, relay, "/");
    equal(await page.locator(`text=${relay.intakeToken}`).first().isVisible(), false);
    await page.locator(".paste details summary").first().click();
    await page.locator(".paste details button").first().click();
    const text = await page.evaluate("navigator.clipboard.readText()") as string;
    match(
      text,
      new RegExp(`^curl -X POST ${relay.url}/webhook -H "Authorization: Bearer ${relay.intakeToken}"`),
    );
    await fire(relay, { alertname: "HelloFenghuo" });
    await page.waitForSelector(".steps li.done");
  },
);

consoleTest("a dead letter is sent again from its page, and arrives", async (page, relay) => {
  await using sink = await startSink();
  sink.answer({ status: 422, body: "no such field" });
  const group = {
    owner: "ops",
    level: "default",
    destinations: [{ channel: "webhook", config: { url: sink.url } }],
  };
  const made = await fetch(`${relay.url}/api/config/groups/ops/default`, {
    method: "PUT",
    headers: { authorization: `Bearer ${relay.adminPassword}` },
    body: JSON.stringify(group),
  });
  ok(made.ok, `${made.status} ${await made.text()}`);
  await fire(relay, { alertname: "HighCPU", team: "ops" });
  await signIn(page, relay, "/deliveries?tab=dead");
  await page.click("#list >> text=HighCPU"); // it comes by itself when it has died
  match(await page.locator("#delivery").innerText(), /HTTP 422: no such field/);
  sink.answer({ status: 200 });
  await page.click("text=Send again");
  match(await page.locator(".notice.good").innerText(), /queued again/);
  await page.waitForSelector("#delivery .badge.resolved >> text=Delivered");
  equal(sink.bodies.length, 1);
  await page.goto(`${relay.url}/deliveries?tab=dead`);
  match(await page.locator("#list").innerText(), /No failed deliveries/);
});
