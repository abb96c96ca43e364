import { deepStrictEqual as equal } from "node:assert/strict";
import { startSink } from "../../simulator/sink.ts";
import { eventually } from "../kit/eventually.ts";
import { consoleTest } from "./_console.ts";
import { signIn } from "./_browser.ts";

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
    // Not with the driver's own clicks, which wait for the page that comes of them.
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
