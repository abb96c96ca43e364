import { DAY } from "../base/duration.ts";
import { type Duty, dutyAt, type OnCallGroup } from "./oncall.ts";
import { edgesOf, turnAt } from "./rotation.ts";

/** A period in which the same members are on call for the same reason. Epoch milliseconds. */
export interface Shift extends Duty {
  readonly from: number;
  readonly until: number;
}

/** The shifts of a group in a period, in order and without gaps between them; the first and the last are cut at its ends. */
export function shiftsOf(group: OnCallGroup, { from, until }: { from: number; until: number }): Shift[] {
  const { layers = [], overrides = [] } = group.oncall ?? {};
  const edges = [
    ...layers.flatMap((layer) => edgesOf(layer, { timezone: group.timezone, ...layer, from, until })),
    ...overrides.flatMap((one) => [one.from, one.until].filter((at) => at > from && at < until)),
  ];
  const starts = [...new Set([from, ...edges])].sort((a, b) => a - b);
  const shifts: Shift[] = [];
  for (const [index, at] of starts.entries()) {
    const duty = dutyAt(group, at);
    const end = starts[index + 1] ?? until;
    const last = shifts.at(-1);
    if (last && isSame(last, duty)) shifts[shifts.length - 1] = { ...last, until: end };
    else shifts.push({ ...duty, from: at, until: end });
  }
  return shifts;
}

/** Days in which to look for the end of a shift: the first number is usually enough. */
const LOOKAHEADS = [10, 100, 1_000];

/** The end of the shift at a time; `undefined` if nothing changes in the next thousand days. */
export function endOfShift(group: OnCallGroup, now: number): number | undefined {
  for (const days of LOOKAHEADS) {
    const [shift, next] = shiftsOf(group, { from: now, until: now + days * DAY });
    if (next) return shift!.until;
  }
  return undefined;
}

/** The periods in which it is nobody's turn. */
export function gapsOf(group: OnCallGroup, span: { from: number; until: number }): Shift[] {
  const { timezone, oncall: { layers = [] } = {} } = group;
  // Without limits to its hours, a rotation that has begun has no gaps.
  const isGapless = layers.length === 0 ||
    layers.some((layer) => !layer.hours && turnAt(layer, { timezone, ...layer, now: span.from }));
  return isGapless ? [] : shiftsOf(group, span).filter(({ because }) => because === "nobody");
}

function isSame(a: Duty, b: Duty): boolean {
  return a.because === b.because && a.override === b.override && a.members.length === b.members.length &&
    a.members.every(({ id }, index) => id === b.members[index]!.id);
}
