import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { z } from "zod";
import { seal, unseal } from "../../../relay/base/seal.ts";
import { isSecure } from "../../http/remote_address.ts";
import type { Shell, View } from "../shell.ts";

/** A channel during its set-up. It is not in the configuration yet, so it sends no alerts. */
const setupDraft = z.object({
  channel: z.string(),
  /** The channel's config as entered; it contains secrets. */
  config: z.record(z.string(), z.unknown()),
  /** The time at which a test message with this config was delivered; `null`: the user continues without one. */
  tested: z.number().nullable().optional(),
  owner: z.string().optional(),
  level: z.string().optional(),
  /** Whether the group is saved; only the rule is missing. */
  isSaved: z.boolean().optional(),
});

/** See {@linkcode setupDraft}. */
export type SetupDraft = z.infer<typeof setupDraft>;

/** The browser keeps the draft, sealed by the relay for the account. */
export const SETUP_COOKIE = "fenghuo_setup";

const WEEK = 7 * 24 * 3_600;

/** A browser drops a cookie of more than 4,096 bytes. */
const COOKIE_CHARS = 3_800;

/** The draft of this browser, if it has one of this account. */
export async function draftOf(shell: Shell, { c, who }: View): Promise<SetupDraft | undefined> {
  const sealed = getCookie(c, SETUP_COOKIE);
  const text = sealed && await unseal(sealed, placeOf(shell, who!.name));
  if (!text) return undefined;
  const read = setupDraft.safeParse(JSON.parse(text));
  return read.success && shell.relay.query.channels.get(read.data.channel) ? read.data : undefined;
}

/** Stores a draft in the browser. @returns false when it is too long */
export async function keepDraft(shell: Shell, { c, who }: View, draft: SetupDraft): Promise<boolean> {
  const sealed = await seal(JSON.stringify(draft), placeOf(shell, who!.name));
  if (encodeURIComponent(sealed).length > COOKIE_CHARS) return false;
  setCookie(c, SETUP_COOKIE, sealed, { ...optionsOf(shell, c), maxAge: WEEK });
  return true;
}

/** Deletes the draft. */
export function forgetDraft({ c }: View): void {
  deleteCookie(c, SETUP_COOKIE, { path: "/" });
}

function optionsOf({ relay }: Shell, c: Context): Parameters<typeof setCookie>[3] {
  const secure = isSecure(c, relay.query.config);
  return { path: "/", httpOnly: true, sameSite: "Lax", secure };
}

function placeOf({ relay }: Shell, who: string): { key: string; place: string } {
  return { key: relay.query.config.key, place: `setup ${who}` };
}
