import type { Hono } from "hono";
import type { NavigationEntry } from "./navigation.ts";
import type { Shell } from "./shell.ts";

/** A page of the console: one file, listed once in `mod.ts`. */
export interface ConsolePage extends NavigationEntry {
  readonly routes: (shell: Shell) => Hono;
}
