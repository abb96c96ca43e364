/**
 * Whose code an error comes from that nobody handled: a plugin's, the relay's own, or that of a library which either may have
 * called.
 *
 * @module
 */

/** Where an error comes from. `at`: the place in the plugin, such as `gotify.ts:14:5`. */
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

/** The stacks of calls of the relay's tools by a channel, for the errors that those threw. */
const calls = new WeakMap<Error, string>();

/**
 * Remember the channel's call that led to an error of the relay's tools. A channel that forgets to await the call is not in
 * the error's own stack.
 *
 * @param call An error made when the channel called
 */
export function attribute(error: unknown, call: Error): void {
  if (error instanceof Error && call.stack !== undefined) calls.set(error, call.stack);
}

/** Whose code an error comes from, by its stack. */
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
    // A helper's file does not say which channel called it.
    const { path: own } = found.find(({ path }) => isPlugin(path)) ?? first;
    return { kind: "channel", channel: own.replace(/\.ts$/, ""), at: `${first.path}:${first.position}` };
  }
  const isOurs = places.some(([, url = ""]) => url.startsWith(relay.href) && !url.includes("/node_modules/"));
  return { kind: isOurs ? "relay" : "unknown" };
}

function isPlugin(path: string): boolean {
  return !path.includes("/") && !path.startsWith("_");
}
