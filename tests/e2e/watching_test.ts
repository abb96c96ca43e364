import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import type { BrowserContext, Page } from "playwright-core";
import { eventually } from "../kit/eventually.ts";
import type { Greeting } from "../kit/process.ts";
import { consoleTest, fire, type Relay } from "./_console.ts";
import { expectAccessible, signIn, waitUntil } from "./_browser.ts";

/** A proxy before a relay that counts the streams. */
interface Gate extends AsyncDisposable {
  readonly relay: Greeting;
  /** Streams that were opened, and those that are still open. */
  readonly streams: { opened: number; open: number };
  /** Break all streams, and answer nothing until it is mended. */
  cut(): void;
  mend(): void;
}

function startGate(relay: Relay): Gate {
  const streams = { opened: 0, open: 0 };
  const open = new Set<AbortController>();
  let isCut = false;
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    async (request, { completed }) => {
      if (isCut) return new Response(null, { status: 502 });
      const { pathname, search } = new URL(request.url);
      const headers = new Headers(request.headers);
      headers.delete("accept-encoding");
      const { method, body } = request;
      const stop = new AbortController();
      const answer = await fetch(relay.url + pathname + search, {
        method,
        headers,
        body,
        redirect: "manual",
      });
      if (pathname !== "/events" || !answer.ok) return answer;
      streams.opened++;
      streams.open++;
      open.add(stop);
      completed.catch(() => {}).finally(() => {
        streams.open--;
        open.delete(stop);
        stop.abort();
      });
      const events = answer.body!.pipeThrough(new TransformStream(), { signal: stop.signal });
      return new Response(events, answer);
    },
  );
  const cut = (): void => {
    isCut = true;
    for (const stop of open) stop.abort();
  };
  return {
    relay: {
      url: `http://127.0.0.1:${server.addr.port}`,
      adminPassword: relay.adminPassword,
      intakeToken: relay.intakeToken,
      curl: relay.curl,
    },
    streams,
    cut,
    mend: () => isCut = false,
    async [Symbol.asyncDispose](): Promise<void> {
      cut();
      await server.shutdown();
    },
  };
}

/** As in a browser's other window: a page that says it is hidden. */
async function hide(page: Page, isHidden: boolean): Promise<void> {
  await page.evaluate(`
    Object.defineProperty(document, "hidden", { value: ${isHidden}, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"))`);
}

async function anotherTab(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(url);
  return page;
}

consoleTest(
  "all tabs share one stream, hidden ones too, and it goes on when the tab that opened it is closed",
  async (page, relay, context) => {
    await using gate = startGate(relay);
    await signIn(page, gate.relay, "/incidents");
    await eventually("the stream is open", () => gate.streams.open === 1);
    const second = await anotherTab(context, `${gate.relay.url}/silences`);
    const third = await anotherTab(context, `${gate.relay.url}/`);
    await hide(second, true);
    await fire(relay, { alertname: "HighCPU", severity: "critical" });
    await page.waitForSelector("#list >> text=HighCPU");
    await waitUntil(second, "document.title.startsWith('(1) ')");
    await waitUntil(third, "document.title.startsWith('(1) ')");
    match(
      await second.evaluate("document.querySelector('link[rel=icon]').href") as string,
      /icon-critical-1\.svg$/,
    );
    equal(gate.streams, { opened: 1, open: 1 });
    await page.close();
    await fire(relay, { alertname: "DiskFull", severity: "warning" });
    await waitUntil(second, "document.title.startsWith('(2) ')");
    equal(gate.streams, { opened: 1, open: 1 });
    await second.close();
    await third.close();
    await eventually("the stream is closed", () => gate.streams.open === 0);
  },
);

consoleTest("every tab says when the stream is broken, and when it is back", async (page, relay, context) => {
  await using gate = startGate(relay);
  await signIn(page, gate.relay, "/inbox");
  const second = await anotherTab(context, `${gate.relay.url}/incidents`);
  await eventually("the stream is open", () => gate.streams.open === 1);
  gate.cut();
  for (const tab of [page, second]) await tab.waitForSelector("#stream:visible");
  await fire(relay, { alertname: "HighCPU", severity: "critical" });
  gate.mend();
  for (const tab of [page, second]) await tab.waitForSelector("#stream", { state: "hidden" });
  await second.waitForSelector("#list >> text=HighCPU");
  for (const tab of [page, second]) await tab.goto("about:blank"); // they ask no more of a proxy that goes away
});

consoleTest("a hidden tab asks for its parts when it is looked at again", async (page, relay) => {
  await signIn(page, relay, "/incidents");
  const asked: string[] = [];
  page.on("request", (request) => {
    const { pathname } = new URL(request.url());
    if (!pathname.startsWith("/assets/")) asked.push(pathname);
  });
  await hide(page, true);
  await fire(relay, { alertname: "HighCPU", severity: "critical" });
  await waitUntil(page, "document.title.startsWith('(1) ')");
  equal(asked.join(), "", "nothing is asked for by a tab that nobody sees");
  await hide(page, false);
  await page.waitForSelector("#list >> text=HighCPU");
  ok(asked.includes("/incidents"));
});

consoleTest(
  "the icon with a count is drawn by the relay, and the number goes when all is acknowledged",
  async (page, relay) => {
    await fire(relay, { alertname: "HighCPU", severity: "critical" });
    await signIn(page, relay, "/inbox");
    match(await page.title(), /^\(1\) Inbox/);
    const icon = await page.evaluate("document.querySelector('link[rel=icon]').href") as string;
    const answer = await fetch(icon);
    equal(answer.headers.get("content-type"), "image/svg+xml");
    match(await answer.text(), />1<\/text>/);
    await fire(relay, { alertname: "HighCPU", severity: "critical" }, "resolved");
    await waitUntil(page, "document.title.startsWith('Inbox')");
    match(await page.evaluate("document.querySelector('link[rel=icon]').href") as string, /\/icon\.svg$/);
  },
);

consoleTest(
  "without a worker to share, a tab has its own stream while it is visible",
  async (page, relay) => {
    await using gate = startGate(relay);
    await page.addInitScript("delete globalThis.SharedWorker");
    await signIn(page, gate.relay, "/incidents");
    await eventually("the stream is open", () => gate.streams.open === 1);
    await hide(page, true);
    await eventually("the stream is closed", () => gate.streams.open === 0);
    await fire(relay, { alertname: "HighCPU", severity: "critical" });
    await hide(page, false);
    await page.waitForSelector("#list >> text=HighCPU");
    await waitUntil(page, "document.title.startsWith('(1) ')");
    await page.goto("about:blank");
    await eventually("the stream is closed again", () => gate.streams.open === 0);
  },
);

/** Counts the tones and the notifications of a page, and lets it sound without a click. */
const COUNTED = `
  globalThis.tones = [];
  globalThis.notices = [];
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (at) {
    globalThis.tones.push(this.frequency.value);
    return start.call(this, at);
  };
  globalThis.Notification = class extends EventTarget {
    static permission = "granted";
    static requestPermission = () => Promise.resolve("granted");
    constructor(title, options) {
      super();
      globalThis.notices.push([title, options.body]);
    }
    close() {}
  };`;

const tonesOf = async (page: Page): Promise<number> =>
  await page.evaluate("globalThis.tones.length") as number;

/** Turn watching on by its sheet. */
async function watch(page: Page, { every = "0", from = "critical" } = {}): Promise<void> {
  await page.click("#watching summary");
  await page.selectOption("#watching [name=from]", from);
  await page.selectOption("#watching [name=every]", every);
  await page.check("#watching [name=notify]");
  await page.check("#watching [name=sound]");
  await waitUntil(page, "JSON.parse(localStorage.getItem('fenghuo.watching')).since > 0");
}

consoleTest(
  "nothing sounds until somebody asks for it; then a new critical incident sounds and is shown, in one tab",
  async (page, relay, context) => {
    await context.addInitScript(COUNTED);
    await fire(relay, { alertname: "Old", severity: "critical" });
    await signIn(page, relay, "/inbox");
    await fire(relay, { alertname: "First", severity: "critical" });
    await waitUntil(page, "document.title.startsWith('(2) ')");
    equal(await tonesOf(page), 0);
    await watch(page);
    await expectAccessible(page);
    const second = await anotherTab(context, `${relay.url}/incidents`);
    await fire(relay, { alertname: "Mild", severity: "warning" });
    await waitUntil(page, "document.title.startsWith('(3) ')");
    await fire(relay, { alertname: "Bad", instance: "db-1", severity: "critical" });
    await waitUntil(page, "globalThis.tones.length === 8");
    equal(await page.evaluate("globalThis.notices"), [["Bad", "db-1"]]);
    await waitUntil(second, "document.title.startsWith('(4) ')");
    equal([await tonesOf(second), await second.evaluate("globalThis.notices.length")], [0, 0]);
    await second.mouse.click(700, 500);
    await page.close();
    await waitUntil(second, "document.querySelector('#watching [data-when=leads]').hidden === false");
    await fire(relay, { alertname: "Worse", severity: "critical" });
    await waitUntil(second, "globalThis.tones.length === 8");
    equal(
      await second.evaluate("globalThis.notices.map(([title]) => title)"),
      ["Worse"],
      "each is told once",
    );
  },
);

/** Changes a setting, as another tab of the browser does. */
async function setWatching(page: Page, setting: string): Promise<void> {
  await page.evaluate(`
    const own = JSON.parse(localStorage.getItem("fenghuo.watching"));
    localStorage.setItem("fenghuo.watching", JSON.stringify({ ...own, ${setting} }));
    dispatchEvent(new StorageEvent("storage", { key: "fenghuo.watching" }))`);
}

consoleTest(
  "it sounds again until the incident is acknowledged, and is quiet while it is muted",
  async (page, relay) => {
    await page.addInitScript(COUNTED);
    await page.clock.install();
    await signIn(page, relay, "/inbox");
    await watch(page, { every: "15" });
    await setWatching(page, "every: 1");
    await fire(relay, { alertname: "Bad", severity: "critical" });
    await waitUntil(page, "globalThis.tones.length >= 24");
    await page.click("#watching [data-watch=mute]");
    await page.waitForSelector("#watching summary >> text=Muted");
    const muted = await tonesOf(page);
    await fire(relay, { alertname: "Worse", severity: "critical" });
    await waitUntil(page, "document.title.startsWith('(2) ')");
    await page.clock.runFor(60_000);
    equal(await tonesOf(page), muted, "a minute of silence, with a new incident in it");
    await page.click("#watching [data-watch=unmute]");
    await waitUntil(page, `globalThis.tones.length > ${muted}`);
    const { incidents } = await (await fetch(`${relay.url}/api/incidents`, {
      headers: { authorization: `Bearer ${relay.adminPassword}` },
    })).json();
    const nothing = page.waitForResponse(async (response) =>
      response.url().includes("/watching?") && (await response.json()).incidents.length === 0
    );
    for (const { id } of incidents) {
      const answer = await fetch(`${relay.url}/api/incidents/${id}/ack`, {
        method: "POST",
        headers: { authorization: `Bearer ${relay.adminPassword}` },
      });
      equal(answer.status, 200);
      await answer.body?.cancel();
    }
    await nothing;
    await waitUntil(page, "document.title.startsWith('Inbox')");
    const quiet = await tonesOf(page);
    await page.clock.runFor(60_000);
    equal(await tonesOf(page), quiet);
  },
);

consoleTest(
  "a mute ends by itself, and the incident that is still open sounds again",
  async (page, relay) => {
    await page.addInitScript(COUNTED);
    await page.clock.install();
    await signIn(page, relay, "/inbox");
    await watch(page);
    await page.click("#watching [data-watch=mute]");
    await page.waitForSelector("#watching summary >> text=Muted");
    await fire(relay, { alertname: "Bad", severity: "critical" });
    await waitUntil(page, "document.title.startsWith('(1) ')");
    equal(await tonesOf(page), 0);
    await page.clock.fastForward(3_600_000);
    await waitUntil(page, "globalThis.tones.length === 8");
    await page.waitForSelector("#watching summary >> text=Watch");
  },
);

consoleTest("an answer that is none does not end the watching", async (page, relay) => {
  await page.addInitScript(COUNTED);
  await page.clock.install();
  await signIn(page, relay, "/inbox");
  await watch(page);
  await page.route(/\/watching\?/, (route) => route.fulfill({ body: "<p>Gateway</p>" }), { times: 1 });
  const gateway = page.waitForResponse(/\/watching\?/);
  await fire(relay, { alertname: "Bad", severity: "critical" });
  await gateway;
  await page.clock.fastForward(15_000);
  await waitUntil(page, "globalThis.tones.length === 8");
});

consoleTest(
  "a row that came while the page was open is marked once, and those before it are not",
  async (page, relay) => {
    await fire(relay, { alertname: "Old", severity: "critical" });
    await signIn(page, relay, "/incidents");
    await page.waitForSelector("#list >> text=Old");
    await fire(relay, { alertname: "New", severity: "critical" });
    await page.waitForSelector("#list tr.arrived >> text=New");
    equal(await page.locator("#list tr.arrived").count(), 1);
    await fire(relay, { alertname: "Newer", severity: "critical" });
    await page.waitForSelector("#list tr.arrived >> text=Newer");
    equal(await page.locator("#list tr.arrived").count(), 1);
  },
);
