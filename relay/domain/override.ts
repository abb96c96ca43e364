import { DAY } from "../base/duration.ts";
import type { Group } from "./group.ts";
import type { Override } from "./oncall.ts";

/** An override that was made in the console or by a program. Times are epoch milliseconds. */
export interface StoredOverride {
  readonly id: string;
  /** The group's id. */
  readonly group: string;
  readonly from: number;
  readonly until: number;
  /** The ids of members of the group. */
  readonly members: readonly string[];
  /** The account that created it. */
  readonly by: string;
  readonly comment: string;
  readonly createdAt: number;
}

/** The furthest end of an override, in milliseconds ahead: a copy of a database stores it a little longer than that. */
export const MAX_AHEAD = 366 * DAY;

/** The most current and future overrides of a group. */
export const MAX_OVERRIDES = 100;

/** A group with its stored overrides. An override whose members have all left the group is ignored. */
export function withOverrides<G extends Pick<Group, "members" | "oncall">>(
  group: G,
  stored: readonly StoredOverride[],
): G {
  const overrides = stored.flatMap(({ id, from, until, members }): Override[] => {
    const present = group.members.filter((member) => members.includes(member.id));
    return present.length === 0 ? [] : [{ id, from, until, members: present }];
  });
  if (overrides.length === 0) return group;
  const { layers, overrides: own } = group.oncall ?? { layers: [], overrides: [] };
  return { ...group, oncall: { layers, overrides: [...own, ...overrides] } };
}

/** The members of an override who are no longer members of its group. */
export function leftMembers(
  { members }: StoredOverride,
  group: Pick<Group, "members"> | undefined,
): string[] {
  return members.filter((id) => !group?.members.some((member) => member.id === id));
}
