import { type Browser, chromium } from "playwright-core";

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
