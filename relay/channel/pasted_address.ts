import type { Channel } from "./channel.ts";
import { matchesHost } from "./host_pattern.ts";

/** The channel of a pasted address, with the config for it. */
export interface ReadAddress {
  readonly channel: Channel;
  readonly config: Readonly<Record<string, unknown>>;
}

/** The reason why a pasted text was not recognised. */
export type UnreadAddress =
  /** The text contains no http address. */
  | { readonly wrong: "no-address" }
  /** The address is a vendor's, but incomplete. `because`: the channel's explanation. */
  | { readonly wrong: "incomplete"; readonly channel: Channel; readonly because: string }
  /** No channel recognises the address. */
  | { readonly wrong: "unknown"; readonly host: string };

/** An address of no vendor: a channel that accepts it accepts any address. */
const ANY = new URL("https://any.example.com/");

/** At most this many characters of a pasted text are searched. */
const MAX_CHARS = 4_000;

/**
 * Finds the channel of an address in a pasted text: the channel whose vendor has the host; else one that recognises the form of
 * the address, for a vendor's software on another host; else one that accepts any address.
 *
 * @param text An address, or a text around one, such as a curl line
 */
export function readPastedAddress(text: string, channels: readonly Channel[]): ReadAddress | UnreadAddress {
  const url = addressIn(text.slice(0, MAX_CHARS));
  if (url === undefined) return { wrong: "no-address" };
  const readable = channels.filter(({ target }) => target !== undefined);
  const vendors = readable.filter(({ target }) => target!.hosts.some((host) => matchesHost(url.host, host)));
  const tried = vendors.map((channel) => ({ channel, config: channel.target!.read(url) }));
  const own = tried.find(({ config }) => typeof config !== "string");
  if (own) return own as ReadAddress;
  const [first] = tried;
  if (first) return { wrong: "incomplete", channel: first.channel, because: first.config as string };
  const found = readable.map((channel) => ({ channel, config: channel.target!.read(url) }))
    .filter((one): one is ReadAddress => typeof one.config !== "string");
  const exact = found.find(({ channel }) => typeof channel.target!.read(ANY) === "string");
  return exact ?? found[0] ?? { wrong: "unknown", host: url.host };
}

function addressIn(text: string): URL | undefined {
  const [found] = /https?:\/\/[^\s"'<>`]+/i.exec(text) ?? [];
  return (found && URL.parse(found)) || undefined;
}
