import { ok } from "node:assert/strict";
import { type Browser, chromium, type Page } from "playwright-core";
import { eventually } from "../kit/eventually.ts";
import type { Greeting } from "../kit/process.ts";

/** Debian's browser. */
const PROGRAM = "/usr/bin/chromium";

/** It runs as root in containers, and looks for nothing outside. */
const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Whether the browser is there. */
export async function hasBrowser(): Promise<boolean> {
  try {
    return (await Deno.stat(PROGRAM)).isFile;
  } catch {
    return false;
  }
}

/** Start the browser. */
export async function startBrowser(): Promise<Browser> {
  return await chromium.launch({ executablePath: PROGRAM, args: ARGS });
}

/** Sign in to the console, as the administrator unless another is named, and arrive at an address of it. */
export async function signIn(
  page: Page,
  { url, name = "admin", adminPassword }: Greeting & { name?: string },
  path = "/inbox",
): Promise<void> {
  await page.goto(`${url}/sign-in?to=${encodeURIComponent(path)}`);
  await page.fill("input[name=name]", name);
  await page.fill("input[name=password]", adminPassword);
  await page.click("main button");
  await page.waitForURL(url + path);
}

/**
 * Wait until a JavaScript expression is true on the page. The driver's own `waitForFunction` compiles the expression at
 * each look, and the page's policy refuses that at every look after the first.
 */
export async function waitUntil(page: Page, expression: string): Promise<void> {
  await eventually(expression, async () => await page.evaluate<unknown>(expression) === true);
}

/** A finding of axe-core, reduced to the fields that this project uses. */
interface Finding {
  readonly id: string;
  readonly impact: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

let axe: Promise<{ default: string }> | undefined;

/** No serious or critical finding of axe-core's on the page as it is now, and nothing wider than the window. @throws AssertionError */
export async function expectAccessible(page: Page): Promise<void> {
  axe ??= import("axe-core/axe.min.js", { with: { type: "text" } });
  // Not as a script of the page's own: its policy would refuse it.
  await page.evaluate((await axe).default);
  const { violations } = await page.evaluate("axe.run()") as { violations: Finding[] };
  const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  const words = serious.flatMap(({ id, help, nodes }) => [
    `${id}: ${help}`,
    ...nodes.slice(0, 5).map(({ html, failureSummary }) => `  ${html.slice(0, 200)}\n    ${failureSummary}`),
  ]);
  ok(serious.length === 0, `${page.url()}\n${words.join("\n")}`);
  const [wide, window] = await page.evaluate("[document.documentElement.scrollWidth, innerWidth]") as [
    number,
    number,
  ];
  ok(wide <= window, `${page.url()} is ${wide} px wide in a window of ${window} px`);
}
