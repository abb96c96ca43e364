import type { MemberAddress } from "./member_address.ts";
import type { ChannelRegistry } from "./registry.ts";

/** The member addresses of the loaded channels, each name once, in the order of the channels' names; and their Chinese. */
export function broughtAddresses(
  channels: Pick<ChannelRegistry, "names" | "get">,
): { readonly addresses: readonly MemberAddress[]; readonly words: Readonly<Record<string, string>> } {
  const addresses = new Map<string, MemberAddress>();
  const words: Record<string, string> = {};
  for (const channel of channels.names()) {
    const { address = [], words: { zh = {} } = {} } = channels.get(channel) ?? {};
    for (const one of [address].flat() as MemberAddress[]) {
      const known = addresses.get(one.name);
      if (known !== undefined) {
        if (one.secret && !known.secret) addresses.set(one.name, { ...known, secret: true });
        continue;
      }
      addresses.set(one.name, one);
      for (const english of [one.title, one.description]) {
        if (english !== undefined && Object.hasOwn(zh, english)) words[english] = zh[english]!;
      }
    }
  }
  return { addresses: [...addresses.values()], words };
}
