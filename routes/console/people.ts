import type { Member } from "../../relay/channel.ts";
import type { Relay } from "../../relay/relay.ts";
import type { FailingMember } from "../../relay/domain/failing_member.ts";

/** The addresses that channels know. */
const ADDRESSES = ["email", "mobile", "dingtalk", "wecom"] as const;

/** A member's address, and who knows it. */
export interface Address {
  readonly kind: typeof ADDRESSES[number];
  readonly value: string;
}

/** Where a member is told. */
export function addressesOf(member: Member): Address[] {
  return ADDRESSES.flatMap((kind) => member[kind] ? [{ kind, value: member[kind] }] : []);
}

/** Whom a channel could not reach the last time: they have left, perhaps. @throws StoreError */
export async function unreached({ query }: Relay): Promise<FailingMember[]> {
  const groups = [...query.config.groups.values()];
  // Who was taken out of every group is nobody's trouble any more; an address may stand in a destination's `to`.
  return (await query.failingMembers()).filter(({ member }) =>
    member.includes("@") || groups.some(({ members }) => members.some(({ id }) => id === member))
  );
}
