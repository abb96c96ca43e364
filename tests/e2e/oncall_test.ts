import { deepStrictEqual as equal, match } from "node:assert/strict";
import { consoleTest } from "./_console.ts";
import { expectAccessible, signIn } from "./_browser.ts";

consoleTest("a day of the calendar is chosen, and somebody put on call then", async (page, relay) => {
  const put = async (item: string, value: unknown): Promise<void> => {
    const response = await fetch(`${relay.url}/api/config/${item}`, {
      method: "PUT",
      headers: { authorization: `Bearer ${relay.adminPassword}` },
      body: JSON.stringify(value),
    });
    equal(response.status, 200, await response.text());
  };
  await put("members/li", { id: "li", name: "Li" });
  await put("members/han", { id: "han", name: "Han" });
  await put("groups/ops/1", {
    owner: "ops",
    level: "1",
    members: ["li", "han"],
    timezone: "UTC",
    oncall: { layers: [{ rotation: ["li"], start: "2026-01-05", every: "1d", from: "09:00", to: "21:00" }] },
  });
  await signIn(page, relay, "/oncall");
  match(await page.locator("td[aria-current=date]").innerText(), /Today[^]*▲[^]*Li/);
  await expectAccessible(page);
  await page.click(".turnover a:last-child");
  await page.waitForURL(/from=/);
  const day = page.locator(".month .date a").nth(3);
  const date = await day.innerText();
  await day.click();
  await page.waitForURL(/day=/);
  match(await page.inputValue(".calendar [name=from]"), new RegExp(`${date}T00:00`));
  await expectAccessible(page);
  await page.check("[value=han]");
  await page.click(".calendar form.form button.primary");
  match(await page.locator(".overrides").innerText(), /Han/);
});
