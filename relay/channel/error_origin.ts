/**
 * Finds the code that caused an unhandled error: a plugin, the relay itself, or a library that either may have called.
 *
 * @module
 */

/** The origin of an error. `at`: the position in the plugin, such as `gotify.ts:14:5`. */
export type ErrorOrigin =
  | { readonly kind: "channel"; readonly channel: string; readonly at: string }
  | { readonly kind: "relay" | "unknown" };

/** The folders that code is loaded from; each ends with a slash. */
export interface CodeFolders {
  /** The relay's own. */
  readonly relay: URL;
  /** Those of channels. */
  readonly channels: readonly URL[];
}

/** For errors thrown by the relay's tools: the stacks of the channel's calls. */
const calls = new WeakMap<Error, string>();

/**
 * Records the channel's call that led to an error of the relay's tools. The error's own stack lacks a channel that
 * did not await the call.
 *
 * @param call An error made when the channel called
 */
export function attribute(error: unknown, call: Error): void {
  if (error instanceof Error && call.stack !== undefined) calls.set(error, call.stack);
}

/** The origin of an error, by its stack. */
export function originOf(error: unknown, { relay, channels }: CodeFolders): ErrorOrigin {
  if (!(error instanceof Error)) return { kind: "unknown" };
  const stack = (calls.get(error) ?? "") + (error.stack ?? "");
  const places = [...stack.matchAll(/\b(file:\/\/[^\s()]+?):(\d+:\d+)/g)];
  const found = places.flatMap(([, url = "", position = ""]) => {
    const folder = channels.find(({ href }) => url.startsWith(href));
    return folder ? [{ path: decodeURIComponent(url.slice(folder.href.length)), position }] : [];
  });
  const [first] = found;
  if (first) {
    // A helper's file does not identify the channel that called it.
    const { path: own } = found.find(({ path }) => isPlugin(path)) ?? first;
    return { kind: "channel", channel: own.replace(/\.ts$/, ""), at: `${first.path}:${first.position}` };
  }
  const isOurs = places.some(([, url = ""]) => url.startsWith(relay.href) && !url.includes("/node_modules/"));
  return { kind: isOurs ? "relay" : "unknown" };
}

/** The first position of a stack that is in these folders, such as `gotify.ts:3:1`. */
export function placeIn(folders: readonly URL[], stack: string): string | undefined {
  for (const { href } of folders) {
    const at = stack.indexOf(href);
    if (at >= 0) return decodeURIComponent(/^[^\s()]+/.exec(stack.slice(at + href.length))?.[0] ?? "");
  }
  return undefined;
}

function isPlugin(path: string): boolean {
  return !path.includes("/") && !path.startsWith("_");
}
