import type { Member } from "../../relay/channel.ts";
import type { Relay } from "../../relay/relay.ts";
import type { FailingMember } from "../../relay/domain/failing_member.ts";

/** A member's address, and who knows it. */
export interface MemberAddress {
  readonly kind: string;
  readonly value: string;
}

/** Where a member is told. */
export function addressesOf({ id: _, name: __, ...addresses }: Member): MemberAddress[] {
  return Object.entries(addresses).flatMap(([kind, value]) => value ? [{ kind, value }] : []);
}

/** Whom a channel could not reach the last time: they have left, perhaps. @throws StoreError */
export async function unreached({ query }: Relay): Promise<FailingMember[]> {
  const groups = [...query.config.groups.values()];
  // Who was taken out of every group is nobody's trouble any more; an address may stand in a destination's `to`.
  return (await query.failingMembers()).filter(({ member }) =>
    member.includes("@") || groups.some(({ members }) => members.some(({ id }) => id === member))
  );
}
