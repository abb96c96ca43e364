import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import type { Page } from "playwright-core";
import { consoleTest, fire } from "./_console.ts";
import { expectAccessible, signIn, waitUntil } from "./_browser.ts";

/** Two incidents of this name, and the list with the second one on top. */
async function listed(page: Page, relay: Parameters<typeof fire>[0]): Promise<void> {
  for (const alertname of ["HighCPU", "DiskFull"]) await fire(relay, { alertname, severity: "critical" });
  await signIn(page, relay, "/incidents");
  await page.waitForSelector("[data-row] >> nth=1");
}

consoleTest("? lists the keys, g and a letter lead to a page, and / to the search", async (page, relay) => {
  await signIn(page, relay, "/inbox");
  await page.keyboard.press("?");
  await page.waitForSelector("dialog.keys[open]");
  match(await page.locator("dialog.keys").innerText(), /Acknowledge/);
  await expectAccessible(page);
  await page.keyboard.press("g");
  await page.keyboard.press("i");
  await page.keyboard.press("Escape");
  await page.waitForSelector("dialog.keys", { state: "hidden" });
  equal(new URL(page.url()).pathname, "/inbox", "over a dialog keys do nothing");
  await page.keyboard.press("/");
  await page.keyboard.type("g i?");
  equal(await page.inputValue("#find"), "g i?", "while one types, keys are letters");
  await page.keyboard.press("Escape");
  await page.keyboard.press("g");
  await page.keyboard.press("i");
  await page.waitForURL(`${relay.url}/incidents`);
});

consoleTest(
  "the palette finds pages by a few letters, incidents as one types, and changes the theme",
  async (page, relay) => {
    await fire(relay, { alertname: "DiskFull", instance: "db-17", severity: "warning" });
    await signIn(page, relay, "/inbox");
    const open = async (text: string): Promise<void> => {
      await page.keyboard.press("Control+k");
      await page.waitForSelector("dialog.palette[open]");
      await page.keyboard.type(text);
    };
    await open("dlvr");
    match(await page.locator(".palette [aria-selected=true]").innerText(), /^Deliveries/);
    await page.keyboard.press("Enter");
    await page.waitForURL(`${relay.url}/deliveries`);
    await open("db-17");
    await page.waitForSelector(".palette li >> text=DiskFull");
    await expectAccessible(page);
    const id = await page.locator(".palette input").getAttribute("aria-activedescendant");
    equal(await page.locator(".palette [aria-selected=true]").getAttribute("id"), id);
    await page.locator(".palette li >> text=DiskFull").first().click();
    await page.waitForURL(/\/incidents\/01/);
    await open("theme dark");
    await page.keyboard.press("Enter");
    await waitUntil(page, "document.documentElement.dataset.theme === 'dark'");
    await open("nothing like that");
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/search\?q=nothing/);
  },
);

consoleTest(
  "j and k move through the rows, x selects, Enter opens, and the row keeps the focus when the list changes",
  async (page, relay) => {
    await listed(page, relay);
    const now = (): Promise<unknown> => page.evaluate("document.activeElement.id");
    const ids = await page.evaluate(
      "[...document.querySelectorAll('[data-row]')].map(({ id }) => id)",
    ) as string[];
    await page.keyboard.press("j");
    equal(await now(), ids[0]);
    await page.keyboard.press("j");
    equal(await now(), ids[1]);
    await page.keyboard.press("j");
    equal(await now(), ids[1], "the last row is the last");
    await fire(relay, { alertname: "Other", severity: "info" });
    await page.waitForSelector("[data-row] >> text=Other");
    await waitUntil(page, `document.activeElement.id === ${JSON.stringify(ids[1])}`);
    await page.keyboard.press("x");
    ok(await page.locator(`#${ids[1]} input[type=checkbox]`).isChecked());
    const swap = (event: string): Promise<unknown> =>
      page.evaluate(
        `document.body.dispatchEvent(new CustomEvent("htmx:${event}", { detail: { target: document.body } }))`,
      );
    await swap("beforeSwap");
    await swap("afterSettle");
    await page.evaluate("document.activeElement.blur()");
    await swap("afterSettle");
    equal(await now(), "", "a row that was left does not take the focus back");
    await page.focus(`#${ids[1]}`);
    await page.keyboard.press("k");
    equal(await now(), ids[0]);
    await page.keyboard.press("Enter");
    await page.waitForURL(`${relay.url}/incidents/${ids[0]!.slice(2)}`);
  },
);

consoleTest(
  "with the keyboard alone one signs in, acknowledges an incident and silences another",
  async (page, relay) => {
    for (const alertname of ["HighCPU", "DiskFull"]) await fire(relay, { alertname, severity: "critical" });
    await page.goto(`${relay.url}/sign-in?to=/incidents`);
    await page.focus("input[name=name]");
    await page.keyboard.type("admin");
    await page.keyboard.press("Tab");
    await page.keyboard.type(relay.adminPassword);
    await page.keyboard.press("Enter");
    await page.waitForURL(`${relay.url}/incidents`);
    await page.keyboard.press("j");
    const first = await page.evaluate("document.activeElement.id") as string;
    await page.keyboard.press("a");
    await page.waitForSelector(`#${first} >> text=admin`);
    await page.keyboard.press("g");
    await page.keyboard.press("i");
    await page.waitForSelector(`#${first} >> text=admin`);
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await page.keyboard.press("s");
    await page.waitForURL(/\/silences\/new/);
    for (let tabs = 0; tabs < 80; tabs++) {
      await page.keyboard.press("Tab");
      const isSubmit =
        "document.activeElement.matches('main form button.primary, main form button[type=submit]')";
      if (await page.evaluate(isSubmit)) break;
    }
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/silences/);
  },
);

consoleTest(
  "an act in a list stays on the page, says what it did, and is undone with u",
  async (page, relay) => {
    await listed(page, relay);
    await page.evaluate("window.mark = 1");
    await page.keyboard.press("j");
    const id = await page.evaluate("document.activeElement.id") as string;
    await page.keyboard.press("a");
    await page.waitForSelector("#notice.toast .undo button");
    await expectAccessible(page);
    await page.waitForSelector(`#${id} >> text=admin`);
    equal(await page.evaluate("document.activeElement.id"), id, "the row keeps the focus");
    await waitUntil(page, "document.title.startsWith('(1) ')");
    await page.keyboard.press("u");
    await page.waitForSelector(`#${id} [data-key=a]`);
    await waitUntil(page, "document.title.startsWith('(2) ')");
    equal(await page.evaluate("window.mark"), 1, "the page was never left");
  },
);
