/**
 * The wall in a real browser: an hour of it with a stream that breaks, pages that rotate, the night, and a link that is
 * revoked. The page's clock and the relay's are moved together.
 *
 * @module
 */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { TestClock } from "../kit/clock.ts";
import { eventually } from "../kit/eventually.ts";
import { listening, type ListeningRelay } from "../kit/listening.ts";
import { type TestRelay, testRelay } from "../kit/relay.ts";
import { expectAccessible, hasBrowser, signIn, startBrowser, waitUntil } from "./_browser.ts";

const ignore = !(await hasBrowser());

const YAML = `
members: [{ id: li, name: 李雷 }]
groups:
  - { owner: ops, level: 1, members: [li], oncall: { rotation: [li], start: "2026-01-05" }, destinations: [{ channel: inbox }] }
  - { owner: dba, level: 1, destinations: [{ channel: inbox }] }
rules: [{ match: ['team="ops"'], group: ops/1 }, { match: ['team="dba"'], group: dba/1 }]
`;

/** 16:00 in Shanghai. */
const AFTERNOON = Date.UTC(2026, 0, 31, 8);

/** A way to the relay that can be cut, as a proxy or a cable. */
interface Cable extends AsyncDisposable {
  readonly url: string;
  cut(): void;
  mend(): void;
}

function cable(to: string): Cable {
  const { port } = new URL(to);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.Conn>();
  let isCut = false;
  const drop = (conn: Deno.Conn): void => {
    open.delete(conn);
    try {
      conn.close();
    } catch { /* closed already */ }
  };
  const serve = async (): Promise<void> => {
    for await (const near of listener) {
      if (isCut) {
        drop(near);
        continue;
      }
      const far = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
      open.add(near).add(far);
      for (const [a, b] of [[near, far], [far, near]] as const) {
        a.readable.pipeTo(b.writable).catch(() => {}).finally(() => (drop(a), drop(b)));
      }
    }
  };
  const served = serve();
  return {
    url: `http://127.0.0.1:${(listener.addr as Deno.NetAddr).port}`,
    cut(): void {
      isCut = true;
      for (const conn of open) drop(conn);
    },
    mend: () => isCut = false,
    async [Symbol.asyncDispose](): Promise<void> {
      listener.close();
      for (const conn of open) drop(conn);
      await served;
    },
  };
}

/** The parts of a test of the wall. */
interface Hall {
  readonly house: TestRelay;
  readonly relay: ListeningRelay;
  readonly way: Cable;
  readonly page: Page;
  readonly context: BrowserContext;
  readonly browser: Browser;
  /** Moves the page and the relay on, as far as the wall is connected in steps that let a heartbeat arrive. */
  pass(seconds: number): Promise<void>;
}

function wallTest(name: string, run: (hall: Hall) => Promise<void>, now = AFTERNOON): void {
  Deno.test({
    name: `${name} (needs Chromium)`,
    ignore,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn(): Promise<void> {
      const clock = new TestClock(now);
      const house = await testRelay({ yaml: YAML, clock });
      await using relay = listening(house);
      await using way = cable(relay.url);
      const browser = await startBrowser();
      try {
        const context = await browser.newContext({
          locale: "en-GB",
          viewport: { width: 1920, height: 1080 },
          reducedMotion: "reduce",
        });
        const page = await context.newPage();
        await page.clock.install({ time: now });
        const errors: string[] = [];
        page.on("pageerror", (error) => errors.push(String(error)));
        const pass = async (seconds: number): Promise<void> => {
          for (let left = seconds; left > 0; left -= 10) {
            const step = Math.min(10, left) * 1000;
            clock.advance(step);
            await page.clock.runFor(step);
            await new Promise((resolve) => setTimeout(resolve, 15));
          }
        };
        await run({ house, relay, way, page, context, browser, pass });
        equal(errors, []);
      } finally {
        await browser.close();
      }
    },
  });
}

/** Makes a link as the operator does, and opens it on the wall's screen. */
async function openLink({ relay, way, page, browser }: Hall): Promise<{ admin: Page }> {
  const admin = await (await browser.newContext({ locale: "en-GB" })).newPage();
  await signIn(admin, relay, "/settings/wall");
  await admin.fill("[name=name]", "hall");
  await admin.click("main .card button.primary");
  const address = await admin.locator("#link").textContent();
  await page.goto(way.url + new URL(address!).pathname);
  match(page.url(), /\/wall\/[0-9a-f]{16}$/);
  return { admin };
}

const text = async (page: Page, selector: string): Promise<string> =>
  (await page.locator(selector).allInnerTexts()).join(" ").replace(/\s+/g, " ").trim();

const isShown = (page: Page, selector: string): Promise<boolean> =>
  page.locator(selector).first().isVisible();

/** A busy machine may need longer for a heartbeat than the page's clock, which the test moves. */
const isCurrent = async ({ page, pass }: Hall): Promise<void> => {
  await eventually("the data is current", async () => {
    await pass(5);
    return !await isShown(page, "#old");
  });
};

wallTest("an hour on the wall: it says loudly when the line is cut, and recovers by itself", async (hall) => {
  const { house, way, page, pass } = hall;
  await house.accept({
    labels: { alertname: "DiskFull", team: "ops", severity: "critical", instance: "db-1" },
  });
  await openLink(hall);
  match(await text(page, "h1"), /1 Critical unacknowledged/);
  match(await text(page, ".row"), /DiskFull db-1 0 s/);
  const nodes = await page.evaluate<number>("document.querySelectorAll('*').length");

  // A quiet quarter of an hour: the ages go on, nothing is old.
  await pass(15 * 60);
  match(await text(page, ".row"), /15 min/);
  match(await text(page, ".clock"), /^16:15:0\d/);
  await isCurrent(hall);

  // Each of three times the line is cut for two minutes, something happens meanwhile, and the wall finds it out.
  for (const [index, name] of ["ReplicationLag", "SlowQueries", "NoSpace"].entries()) {
    way.cut();
    await pass(40);
    await waitUntil(page, "!document.getElementById('old').hidden");
    match(await text(page, "#old"), /Data is (3\d|4\d) seconds old/);
    ok(await page.evaluate("document.documentElement.classList.contains('stale')"));
    if (index === 0) await page.screenshot({ path: await picture("stale") });
    await house.accept({ labels: { alertname: name, team: "dba", severity: "warning" } });
    await pass(80);
    match(await text(page, "#old"), /Data is 1[12]\d seconds old/);
    match(await text(page, ".row"), /DiskFull/, "what was known stays on the screen");
    way.mend();
    await eventually(`the wall recovers: ${name}`, async () => {
      await pass(5);
      return !await isShown(page, "#old") && (await text(page, ".row")).includes(name);
    });
    equal(await page.evaluate("document.documentElement.classList.contains('stale')"), false);
    await pass(8 * 60);
  }

  // An acknowledged incident leaves the big list, and changes are shown at once.
  const [, , , first] = await house.relay.query.incidents.newest("open", 4);
  await house.relay.commands.act(first!.id, { kind: "acknowledge" }, {
    by: "li",
    account: "li",
    via: "console",
    now: house.clock.now(),
  });
  await eventually("the acknowledged incident is small", async () => {
    await pass(5);
    return /DiskFull/.test(await text(page, ".acknowledged")) && !/DiskFull/.test(await text(page, ".list"));
  });
  match(await text(page, ".acknowledged"), /李雷/);
  await pass(17 * 60);
  const after = await page.evaluate<number>("document.querySelectorAll('*').length");
  ok(after < nodes + 60, `${nodes} elements at first, ${after} after more than an hour`);
  await isCurrent(hall);
});

wallTest(
  "a change is on the wall within seconds, and pages turn when there is more than fits",
  async (hall) => {
    const { house, page, pass } = hall;
    await openLink(hall);
    match(await text(page, ".calm"), /All clear/);
    for (let index = 0; index < 30; index++) {
      const severity = index < 2 ? "critical" : "warning";
      await house.accept({
        labels: { alertname: `Alert${index}`, team: index % 2 ? "ops" : "dba", severity },
      });
    }
    await eventually("all are on the wall", async () => {
      await pass(4);
      return /2 Critical.*28 Warning/.test(await text(page, "h1"));
    });
    await eventually("the first page", async () => {
      await pass(5);
      return (await text(page, "#counter")).startsWith("Page 1 of ");
    });
    const seen = new Set<string>();
    const stayed: Record<string, number> = {};
    const rows = "[...document.querySelectorAll('.row')].filter((one) => one.offsetParent)";
    for (let second = 0; second < 150; second++) {
      const counter = await text(page, "#counter");
      stayed[counter] = (stayed[counter] ?? 0) + 1;
      const [all, fit] = await page.evaluate<[string[], boolean]>(
        `(() => { const all = ${rows}; const list = document.getElementById("list").getBoundingClientRect();
        return [all.map((one) => one.querySelector(".title").textContent), all.every((one) => one.getBoundingClientRect().bottom <= list.bottom + 1)]; })()`,
      );
      ok(fit, `every row of ${counter} is whole`);
      if (counter.startsWith("Page 1 of ")) ok(all.includes("Alert0") && all.includes("Alert1"), String(all));
      all.forEach((row) => seen.add(row));
      await pass(1);
    }
    equal(seen.size, 30, "each row has its turn");
    const [first, second] = ["Page 1 of ", "Page 2 of "].map((page) =>
      Object.entries(stayed).find(([counter]) => counter.startsWith(page))![1]
    );
    ok(first! >= 1.5 * second!, `the worst page stays longer: ${JSON.stringify(stayed)}`);
    equal(await page.evaluate("document.documentElement.scrollHeight <= innerHeight"), true);
  },
);

wallTest(
  "the screen is dimmed at night in the relay's zone, and bright again in the morning",
  async (hall) => {
    const { page, pass } = hall;
    await openLink(hall);
    const isNight = (): Promise<boolean> =>
      page.evaluate("document.documentElement.classList.contains('night')");
    equal(await isNight(), false); // 21:59:30 in Shanghai
    await pass(60);
    equal(await isNight(), true);
    await page.goto(`${page.url()}?dim=off`);
    equal(await isNight(), false);
  },
  Date.UTC(2026, 0, 31, 13, 59, 30),
);

wallTest("a revoked link ends the running wall with a message that fills the screen", async (hall) => {
  const { house, page, pass } = hall;
  await house.accept({ labels: { alertname: "DiskFull", team: "ops" } });
  const { admin } = await openLink(hall);
  await admin.goto(admin.url());
  await admin.click("td.acts summary");
  await admin.click("td.acts button.danger");
  await admin.waitForLoadState();
  match(await text(admin, ".notice.good"), /revoked/);
  await pass(10);
  await waitUntil(page, "!document.getElementById('over').hidden");
  match(await text(page, "#over"), /This wall link no longer works/);
  equal(await text(page, "#board"), "");
  await pass(10 * 60);
  match(await text(page, "#over"), /This wall link no longer works/);
});

wallTest("a wall of a new version of the relay loads itself again, once", async (hall) => {
  const { page, pass } = hall;
  await openLink(hall);
  let loads = 0;
  page.on("load", () => loads++);
  await page.evaluate("document.documentElement.dataset.build = 'older'");
  await eventually("it loads itself", async () => {
    await pass(10);
    return loads === 1;
  });
  await pass(60);
  equal(loads, 1);
  match(await text(page, ".calm"), /All clear/);
});

wallTest("the wall is accessible at every size, also when it is empty, and needs no script", async (hall) => {
  const { house, page, browser, relay } = hall;
  await openLink(hall);
  await expectAccessible(page);
  for (const severity of ["critical", "error", "warning", "info"]) {
    for (let index = 0; index < 4; index++) {
      await house.accept({ labels: { alertname: `${severity} ${index}`, team: "ops", severity } });
    }
  }
  for (const [width, height] of [[1920, 1080], [3840, 2160], [1080, 1920], [390, 844]] as const) {
    await page.setViewportSize({ width, height });
    await page.goto(page.url());
    await expectAccessible(page);
    const size = await page.evaluate<number>(
      "parseFloat(getComputedStyle(document.querySelector('.title')).fontSize)",
    );
    ok(
      size >= Math.min(width, height) * 0.036,
      `a title is ${size} px high on a screen of ${width}×${height}`,
    );
  }
  const context = await browser.newContext({ javaScriptEnabled: false, locale: "en-GB" });
  const plain = await context.newPage();
  await signIn(plain, relay, "/wall");
  match(await text(plain, ".row"), /critical 0/);
  equal(await plain.locator("noscript meta[http-equiv=refresh]").count(), 1);
  await context.close();
});

async function picture(name: string): Promise<string> {
  return `${await Deno.makeTempDir()}/${name}.png`;
}
