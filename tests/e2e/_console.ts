/**
 * The common part of the console's end-to-end tests.
 *
 * @module
 */
import { deepStrictEqual as equal } from "node:assert/strict";
import type { BrowserContext, Page } from "playwright-core";
import { type Greeting, type RelayProcess, startRelay, temporaryFolder } from "../kit/process.ts";
import { hasBrowser, startBrowser } from "./_browser.ts";

const ignore = !(await hasBrowser());

/** A relay as a process, with its credentials. */
export type Relay = RelayProcess & Greeting;

/** A test of a relay and a browser's window; whatever the page complains of fails the test. */
export function consoleTest(
  name: string,
  run: (page: Page, relay: Relay, context: BrowserContext) => Promise<void>,
  options: Parameters<Awaited<ReturnType<typeof startBrowser>>["newContext"]>[0] = {},
): void {
  Deno.test({
    name: `${name} (needs Chromium)`,
    ignore,
    // The driver keeps its own pipes and timers until its process is gone.
    sanitizeOps: false,
    sanitizeResources: false,
    async fn(): Promise<void> {
      await using folder = await temporaryFolder();
      await using relay = await startRelay({ folder: folder.path });
      const browser = await startBrowser();
      try {
        const context = await browser.newContext({
          locale: "en-GB",
          viewport: { width: 1280, height: 900 },
          ...options,
        });
        const page = await context.newPage();
        const complaints: string[] = [];
        page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
        page.on("pageerror", (error) => complaints.push(String(error)));
        await run(page, relay, context);
        equal(
          complaints.filter((text) =>
            !/status of 40[1349]|Error Code 401|status of 422|ERR_INCOMPLETE_CHUNKED|ERR_CONNECTION/.test(
              text,
            )
          ),
          [],
        );
      } finally {
        await browser.close();
      }
    },
  });
}

/** Let an alert fire, or be resolved. */
export async function fire(
  { url, intakeToken }: Greeting,
  labels: Readonly<Record<string, string>>,
  status: "firing" | "resolved" = "firing",
): Promise<void> {
  const response = await fetch(`${url}/webhook`, {
    method: "POST",
    headers: { authorization: `Bearer ${intakeToken}` },
    body: JSON.stringify({ alerts: [{ status, labels }] }),
  });
  equal(response.status, 200);
  await response.body?.cancel();
}
