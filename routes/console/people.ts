import type { Member } from "../../relay/channel.ts";
import type { Relay } from "../../relay/relay.ts";
import type { FailingMember } from "../../relay/domain/failing_member.ts";

/** A member's address at a channel. */
export interface MemberAddress {
  readonly kind: string;
  readonly value: string;
}

/** The addresses of a member. */
export function addressesOf({ id: _, name: __, ...addresses }: Member): MemberAddress[] {
  return Object.entries(addresses).flatMap(([kind, value]) => value ? [{ kind, value }] : []);
}

/** The members that a channel could not reach on its last attempt: they may have left. @throws StoreError */
export async function unreached({ query }: Relay): Promise<FailingMember[]> {
  const grouped = new Set(
    [...query.config.groups.values()].flatMap(({ members }) => members.map(({ id }) => id)),
  );
  // Members without a group are skipped. A mail address stays: it may come from a destination's `to`.
  return (await query.failingMembers()).filter(({ member }) => member.includes("@") || grouped.has(member));
}
