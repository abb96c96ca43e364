import type { Member } from "../../relay/channel.ts";
import { broughtAddresses } from "../../relay/channel/brought_addresses.ts";
import { shownMember } from "../../relay/config/mod.ts";
import { inWordsOf } from "../../relay/message/dictionary.ts";
import type { Relay } from "../../relay/relay.ts";
import type { FailingMember } from "../../relay/domain/failing_member.ts";
import type { View } from "./shell.ts";

/** A member's address at a channel. */
export interface MemberAddress {
  readonly kind: string;
  readonly value: string;
}

/** The addresses of a member. */
export function addressesOf({ id: _, name: __, ...addresses }: Member): MemberAddress[] {
  return Object.entries(addresses).flatMap(([kind, value]) => value ? [{ kind, value }] : []);
}

/** Lists a member's addresses, each with its kind in the reader's language. */
export function shownAddresses(
  { query: { channels } }: Relay,
  { locale, t }: View,
): (member: Member) => MemberAddress[] {
  const { addresses, words } = broughtAddresses(channels);
  const titles = new Map(addresses.map(({ name, title }) => [name, inWordsOf(locale, title, words)]));
  const titleOf = (kind: string): string => isBuiltIn(kind) ? t(`members.${kind}`) : titles.get(kind) ?? kind;
  return (member) =>
    addressesOf(shownMember(member, channels)).map(({ kind, value }) => ({ kind: titleOf(kind), value }));
}

/** The addresses that only channels without a destination bring, except those that the member already has. */
export function unusedAddresses({ query: { channels, config } }: Relay, id?: string): string[] {
  const destinations = [...config.groups.values()].flatMap((group) => group.destinations);
  const used = new Set(
    destinations.flatMap(({ channel }) =>
      [channels.get(channel)?.address ?? []].flat().map(({ name }) => name)
    ),
  );
  const member = id === undefined ? undefined : config.members.get(id);
  const kept = new Set(member === undefined ? [] : addressesOf(member).map(({ kind }) => kind));
  return broughtAddresses(channels).addresses.map(({ name }) => name)
    .filter((name) => !isBuiltIn(name) && !used.has(name) && !kept.has(name));
}

const BUILT_IN = ["email", "mobile", "dingtalk", "wecom"] as const;

function isBuiltIn(kind: string): kind is typeof BUILT_IN[number] {
  return (BUILT_IN as readonly string[]).includes(kind);
}

/** The members that a channel could not reach on its last attempt: they may have left. @throws StoreError */
export async function unreached({ query }: Relay): Promise<FailingMember[]> {
  const grouped = new Set(
    [...query.config.groups.values()].flatMap(({ members }) => members.map(({ id }) => id)),
  );
  // Members without a group are skipped. A mail address remains: it may come from a destination's `to`.
  return (await query.failingMembers()).filter(({ member }) => member.includes("@") || grouped.has(member));
}
