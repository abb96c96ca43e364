import type { Hono } from "hono";
import type { Role } from "../../relay/access/role.ts";
import type { TextKey } from "../../relay/message/locale.ts";
import type { Shell } from "./shell.ts";

/** A page of the console, with all that belongs to it: one file, listed once in `mod.ts`. */
export interface ConsolePage {
  /** Where it begins: `/inbox`. Addresses below it belong to it. */
  readonly path: string;
  /** What the navigation calls it. */
  readonly title: TextKey;
  /** Who is offered it; its handlers guard themselves. */
  readonly role: Role;
  /** It is offered among the settings, not in the navigation. */
  readonly setting?: boolean;
  /** What answers its addresses. */
  readonly routes: (shell: Shell) => Hono;
}
