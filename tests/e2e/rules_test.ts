import { deepStrictEqual as equal, match } from "node:assert/strict";
import { eventually } from "../kit/eventually.ts";
import { expectAccessible, signIn } from "./_browser.ts";
import { consoleTest, fire, type Relay } from "./_console.ts";

async function put({ url, adminPassword }: Relay, item: string, value: unknown): Promise<void> {
  const response = await fetch(`${url}/api/config/${item}`, {
    method: "PUT",
    headers: { authorization: `Bearer ${adminPassword}` },
    body: JSON.stringify(value),
  });
  equal(response.status, 200, await response.text());
}

consoleTest(
  "rules are dragged, moved with the keyboard and by their number, and counted meanwhile",
  async (page, relay) => {
    await put(relay, "groups/dba/default", {
      owner: "dba",
      level: "default",
      destinations: [{ channel: "inbox" }],
    });
    await put(
      relay,
      "rules",
      ["a", "b", "c"].map((team) => ({ match: [`team="${team}"`], group: "dba/default" })),
    );
    await fire(relay, { alertname: "One", team: "b" });
    await fire(relay, { alertname: "Two", team: "x" });
    await signIn(page, relay, "/rules/edit");
    const order = async (): Promise<string[]> =>
      (await page.locator("#rules textarea").all()).length === 3
        ? await Promise.all((await page.locator("#rules textarea").all()).map((one) => one.inputValue()))
        : [];
    const expectOrder = async (...teams: string[]): Promise<void> =>
      void await eventually(
        `the order ${teams}`,
        async () => (await order()).join() === teams.map((team) => `team="${team}"`).join(),
      );
    match(await page.locator("#count-1").innerText(), /matches 1 of the last 2/);
    match(await page.locator("#reach").innerText(), /1\s+dba\/default[^]*1\s+default\/default/);

    const from = (await page.locator("#handle-0").boundingBox())!;
    const to = (await page.locator("#rule-2").boundingBox())!;
    await page.mouse.move(from.x + 5, from.y + 5);
    await page.mouse.down();
    await page.mouse.move(from.x + 5, to.y + to.height - 4, { steps: 5 });
    await page.mouse.up();
    await expectOrder("b", "c", "a");

    await page.focus("#handle-2");
    await page.keyboard.press("ArrowUp");
    await expectOrder("b", "a", "c");
    await eventually(
      "the focus on the moved rule",
      async () => await page.evaluate("document.activeElement.id") === "handle-1",
    );

    await page.fill("#place-0", "3");
    await page.keyboard.press("Tab");
    await expectOrder("a", "c", "b");
    await expectAccessible(page);
    await page.click("button.primary[value=save]");
    await page.waitForURL(`${relay.url}/rules`);
    match(await page.locator("table").innerText(), /team="a"[^]*team="c"[^]*team="b"/);
  },
);
