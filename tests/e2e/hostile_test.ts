import { deepStrictEqual as equal, ok } from "node:assert/strict";
import type { Page } from "playwright-core";
import { startSink } from "../../simulator/sink.ts";
import { eventually } from "../kit/eventually.ts";
import { signIn } from "./_browser.ts";
import { consoleTest, type Relay } from "./_console.ts";

/** Texts that break out of a text, an attribute, a script or a line. */
const HOSTILE = [
  `<script>document.title="owned"</script>`,
  `"><img src=x onerror="document.title='owned'">`,
  `' onmouseover='document.title="owned"' x='`,
  `</title></textarea></style></pre><svg onload="document.title='owned'">`,
  `[a](javascript:alert(1)) <a href="javascript:alert(1)">b</a>`,
  `"><iframe srcdoc="<script>parent.document.title='owned'</script>">`,
  `long ${"y".repeat(64 * 1024)}`,
  `\u202egnp.exe \u2067\u202d`,
];
const EVIL = HOSTILE[1]!;

/** Pages of one kind that are looked at. */
const ENOUGH = 10;

// deno-lint-ignore no-explicit-any -- a test looks at what it expects
async function call(relay: Relay, method: string, path: string, body?: unknown): Promise<any> {
  const token = path.startsWith("/api") ? relay.adminPassword : relay.intakeToken;
  const response = await fetch(relay.url + path, {
    method,
    headers: { authorization: `Bearer ${token}` },
    ...body === undefined ? {} : { body: JSON.stringify(body) },
  });
  const text = await response.text();
  ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
  return JSON.parse(text);
}

/** Writes hostile text into every field of a record. */
async function fill(relay: Relay, url: string): Promise<void> {
  const [owner, level] = ["<b>ops", `"'\u202e`];
  const group = `${encodeURIComponent(owner)}/${encodeURIComponent(level)}`;
  const destinations = [{ channel: "inbox" }, { name: `<i>'"`, channel: "webhook", config: { url } }];
  await call(relay, "PUT", "/api/config/members/evil", { id: "evil", name: HOSTILE.join(" ").slice(0, 500) });
  await call(relay, "PUT", `/api/config/groups/${group}`, { owner, level, members: ["evil"], destinations });
  await call(relay, "PUT", "/api/config/rules", [{
    match: [`team=${JSON.stringify(EVIL)}`],
    group: `${owner}/${level}`,
  }]);
  const alerts = HOSTILE.map((text, index) => ({
    status: "firing",
    labels: { alertname: text, instance: text, team: EVIL, severity: text, [`n${index}<b>`]: text },
    annotations: {
      summary: text,
      description: text,
      [`<i>${index}`]: text,
      runbook_url: "javascript:alert(1)",
    },
    generatorURL: "javascript:alert(1)",
  }));
  const many = Object.fromEntries(
    Array.from({ length: 500 }, (_, index) => [`l_${index}`, `<b>${index}</b>`]),
  );
  alerts.push({ ...alerts[0]!, labels: { alertname: "Many", team: EVIL, ...many } as never });
  await call(relay, "POST", "/webhook", { alerts });
  await eventually("the dead letters", async () => {
    return (await call(relay, "GET", "/api/dead")).dead.length === alerts.length;
  });
  const [{ id }] = (await call(relay, "GET", "/api/incidents")).incidents;
  await call(relay, "POST", `/api/incidents/${id}/ack`, { memo: HOSTILE.join(" ").slice(0, 400), by: EVIL });
  const matchers = [`alertname=${JSON.stringify(EVIL)}`, `team=${JSON.stringify(EVIL)}`];
  await call(relay, "POST", "/api/silences", { matchers, duration: "1h", comment: HOSTILE[0] });
}

/** The parts of a page that the console did not write; runs in the page. */
const FINDINGS = `(() => {
  const found = [];
  const isMail = ["page", "mail"].includes(location.pathname.split("/").at(-1)); // it may style itself, and nothing else
  for (const element of document.querySelectorAll("*")) {
    for (const { name, value } of element.attributes) {
      if (/^on/.test(name) || name === "style" && !isMail || name === "srcdoc") found.push(element.localName + " has " + name);
      if (/^(href|src|action|formaction)$/.test(name) && /^\\s*(javascript|data):/i.test(value)) found.push(name + "=" + value);
    }
    if (element.localName === "script" && !element.src.startsWith(location.origin + "/assets/")) found.push("a script");
    if (element.localName === "img" && !element.src.startsWith(location.origin + "/assets/")) found.push("an image");
    const isChart = element.localName === "svg" && element.closest("figure.bars, figure.strip") !== null && // the console's own
      [...element.querySelectorAll("*")].every((part) => /^(a|g|line|polyline|circle|rect|svg|text|title)$/.test(part.localName));
    if (/^(svg|object|embed|base)$/.test(element.localName) && !isChart || element.localName === "style" && !isMail) found.push("a " + element.localName);
  }
  // What turns the direction around must end with its own element.
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; node = walker.nextNode();) {
    if (!/[\\u202a-\\u202e\\u2066-\\u2069]/.test(node.data)) continue;
    let element = node.parentElement;
    for (; element; element = element.parentElement) {
      const { unicodeBidi, display } = getComputedStyle(element);
      if (/isolate|plaintext/.test(unicodeBidi) || /^(option|textarea|title)$/.test(element.localName)) break;
      if (display !== "inline" && display !== "contents") { // a paragraph of its own, when nothing else is in it
        if (element.textContent.trim() !== node.data.trim()) found.push("turned around: " + element.outerHTML.slice(0, 200));
        break;
      }
    }
  }
  if (document.title.includes("owned") && !/owned['"]/.test(document.title)) found.push("the title: " + document.title);
  if (document.documentElement.scrollWidth > innerWidth) found.push(document.documentElement.scrollWidth + " px wide: " + [...document.querySelectorAll("main *")].filter((one) => one.getBoundingClientRect().right > innerWidth + 1).map((one) => one.localName + "." + one.className).slice(0, 8));
  return [...new Set(found)].slice(0, 5);
})()`;

/** The addresses that a page links to, within the console. */
async function linksOf(page: Page): Promise<string[]> {
  return await page.evaluate(`[...document.querySelectorAll("a[href^='/'], iframe[src^='/']")]
    .map((one) => one.getAttribute("href") ?? one.getAttribute("src"))
    .filter((path) => !/^\\/(assets|api)\\/|export$/.test(path))`) as string[];
}

/** Pages that differ only in their subject are of one kind. */
const kindOf = (path: string): string =>
  path.replace(/#.*/, "").replaceAll(/[0-9A-HJKMNP-TV-Z]{26}[\w-]*/g, "*").replaceAll(/=[^&]*/g, "=");

consoleTest(
  "whatever alerts, people and vendors say is text on every page that leads on from another",
  async (page, relay) => {
    await using sink = await startSink();
    sink.answer({ status: 422, body: HOSTILE.slice(0, 6).join("\n") });
    await fill(relay, sink.url);
    page.on("dialog", (dialog) => ok(false, `a dialog: ${dialog.message()}`));
    await signIn(page, relay, "/");
    const kinds = new Map<string, number>();
    const seen = new Set<string>();
    const todo = ["/", "/sign-in", `/alerts?q=${encodeURIComponent(EVIL)}&group=${encodeURIComponent(EVIL)}`];
    const wrong: string[] = [];
    for (let path = todo.shift(); path !== undefined; path = todo.shift()) {
      path = path.replace(/#.*/, "");
      const count = kinds.get(kindOf(path)) ?? 0;
      if (seen.has(path) || count >= ENOUGH) continue;
      seen.add(path);
      kinds.set(kindOf(path), count + 1);
      const answer = await page.goto(relay.url + path);
      ok(answer!.status() === 200, `${path}: ${answer!.status()}`);
      for (const finding of await page.evaluate(FINDINGS) as string[]) wrong.push(`${path}: ${finding}`);
      todo.push(...await linksOf(page));
    }
    equal(wrong, []);
    ok(kinds.size > 60, `only ${kinds.size} kinds of pages were seen: ${[...kinds.keys()].join("\n")}`);
  },
  { viewport: { width: 360, height: 800 } },
);
