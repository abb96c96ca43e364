import type { Member } from "./member.ts";
import { type Rotation, turnAt } from "./rotation.ts";

/** The on-call schedule of a group. */
export interface OnCall {
  /** If several layers have members on call, the last one counts. Empty: all members are on call. */
  readonly layers: readonly Rotation[];
  /** They take precedence over the layers. Where several overlap, the last one counts. */
  readonly overrides: readonly Override[];
}

/** Members who are on call in a period, instead of the scheduled ones. Epoch milliseconds. */
export interface Override {
  /** Its id, if it was made in the console or by a program; those of fenghuo.yaml have none. */
  readonly id?: string;
  readonly from: number;
  readonly until: number;
  readonly members: readonly Member[];
}

/** The part of a group that determines the people on call. */
export interface OnCallGroup {
  readonly oncall?: OnCall | undefined;
  readonly members: readonly Member[];
  readonly timezone: string;
}

/** The members on call, and the reason. */
export interface Duty {
  /** The members to notify. */
  readonly members: readonly Member[];
  /**
   * `everyone`: the group has no rotation · `nobody`: a gap, in which all members are notified · `rotation` ·
   * `override`
   */
  readonly because: "everyone" | "nobody" | "rotation" | "override";
  /** The override that decides. */
  readonly override?: Override;
}

/** The members on call: those of the current turn; all members in a gap. */
export function onCall(group: OnCallGroup, now: number): readonly Member[] {
  return dutyAt(group, now).members;
}

/** The members on call at a time, and the reason. */
export function dutyAt({ oncall, members, timezone }: OnCallGroup, now: number): Duty {
  const override = oncall?.overrides.findLast(({ from, until }) => from <= now && now < until);
  if (override) return { members: override.members, because: "override", override };
  const { layers = [] } = oncall ?? {};
  if (layers.length === 0) return { members, because: "everyone" };
  for (const layer of layers.toReversed()) {
    const turn = turnAt(layer, { timezone, ...layer, now });
    if (turn) return { members: turn, because: "rotation" };
  }
  return { members, because: "nobody" };
}
