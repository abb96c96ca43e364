import type { Channel } from "./channel.ts";

/** The channel that a pasted address belongs to, with the config that it stands for. */
export interface ReadAddress {
  readonly channel: Channel;
  readonly config: Readonly<Record<string, unknown>>;
}

/** Why a pasted text is no channel's address. */
export type UnreadAddress =
  /** The text has no http address in it. */
  | { readonly wrong: "no-address" }
  /** The address is a vendor's, but not complete; `because`: the channel's sentence. */
  | { readonly wrong: "incomplete"; readonly channel: Channel; readonly because: string }
  /** No channel reads such an address. */
  | { readonly wrong: "unknown"; readonly host: string };

/** An address that no vendor gives out: a channel that reads it reads every address. */
const ANY = new URL("https://any.example.com/");

/** A longer text is no address. */
const TEXT_CHARS = 4_000;

/**
 * The channel that an address in a pasted text belongs to: the channel whose vendor has the host; else one that knows the
 * address by its form, for a vendor's software on another host; else one that reads every address.
 *
 * @param text An address, or a text around one, such as a curl line
 */
export function readPastedAddress(text: string, channels: readonly Channel[]): ReadAddress | UnreadAddress {
  const url = addressIn(text.slice(0, TEXT_CHARS));
  if (url === undefined) return { wrong: "no-address" };
  const readable = channels.filter(({ target }) => target !== undefined);
  const vendors = readable.filter(({ target }) => target!.hosts.some((host) => isHost(url.host, host)));
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

function isHost(host: string, pattern: string): boolean {
  return pattern.startsWith("*.") ? host.endsWith(pattern.slice(1)) : host === pattern;
}
