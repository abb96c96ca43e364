import { defined } from "../base/defined.ts";
import type { Group } from "../domain/group.ts";
import type { Member } from "../domain/member.ts";
import { dutyAt } from "../domain/oncall.ts";
import { leftMembers, type StoredOverride, withOverrides } from "../domain/override.ts";
import { endOfShift, gapsOf, type Shift, shiftsOf } from "../domain/shifts.ts";
import type { StoreReader } from "../store/reader.ts";
import type { OnCallView, OverrideView, ShiftView } from "./shapes/oncall.ts";

/** The sources of {@linkcode OnCallQueries}. */
export interface OnCallSources {
  readonly store: Pick<StoreReader, "overrides">;
  readonly config: { readonly groups: ReadonlyMap<string, Group> };
  readonly clock: { now(): number };
}

/** A period in epoch milliseconds. */
export interface Span {
  readonly from: number;
  readonly until: number;
}

/** The names of the people on call in a group. */
export interface OnCallNames {
  /** The group's id. */
  readonly group: string;
  readonly names: readonly string[];
}

/** The queries of the on-call schedules. */
export class OnCallQueries {
  readonly #sources: OnCallSources;

  constructor(sources: OnCallSources) {
    this.#sources = sources;
  }

  /** A group with its overrides, which determine the people to notify. */
  calendarOf(group: Group): Group {
    return withOverrides(group, this.#sources.store.overrides.of(group.id));
  }

  /** The groups with a calendar: a rotation, or an override that is not over. */
  groups(): Group[] {
    const { store: { overrides }, config, clock } = this.#sources;
    const now = clock.now();
    return [...config.groups.values()].filter(({ id, oncall }) =>
      oncall !== undefined || overrides.of(id).some(({ until }) => until > now)
    );
  }

  /** The names of the people on call now, for each group with a calendar. */
  namesNow(): OnCallNames[] {
    const now = this.#sources.clock.now();
    return this.groups().map((group) => ({
      group: group.id,
      names: dutyAt(this.calendarOf(group), now).members.map(({ id, name }) => name || id),
    }));
  }

  /** The on-call schedule of a group for a period. */
  view(group: Group, span: Span): OnCallView {
    const now = this.#sources.clock.now();
    const calendar = this.calendarOf(group);
    const duty = dutyAt(calendar, now);
    const until = endOfShift(calendar, now);
    const next = until === undefined ? undefined : dutyAt(calendar, until);
    return {
      group: group.id,
      timezone: group.timezone,
      now: { members: people(duty.members), because: duty.because, ...defined({ until }) },
      ...next && { next: { from: until!, members: people(next.members), because: next.because } },
      shifts: shiftsOf(calendar, span).map(shiftView),
      gaps: gapsOf(calendar, span).map(({ from, until }) => ({ from, until })),
      overrides: this.overrides({ group: group.id }).filter(({ state }) => state !== "over"),
    };
  }

  /** The overrides of one group or of all, in the order of their beginning, including those that ended recently. */
  overrides({ group: wanted }: { group?: string | undefined } = {}): OverrideView[] {
    const { store: { overrides }, config, clock } = this.#sources;
    const now = clock.now();
    const groups = [...config.groups.values()].filter(({ id }) => wanted === undefined || id === wanted);
    const configured = groups.flatMap(({ id, oncall }) =>
      (oncall?.overrides ?? []).map(({ from, until, members }) => ({
        group: id,
        from,
        until,
        state: stateOf({ from, until }, now),
        members: people(members),
        left: [],
      }))
    );
    const stored = wanted === undefined ? overrides.all() : overrides.of(wanted);
    return [...configured, ...stored.map((one) => this.overrideView(one))].toSorted((a, b) =>
      a.from - b.from
    );
  }

  /** The view of an override. */
  overrideView(override: StoredOverride): OverrideView {
    const { id, group, from, until, by, comment, createdAt } = override;
    const { config, clock } = this.#sources;
    const present = config.groups.get(group)?.members.filter(({ id }) => override.members.includes(id)) ?? [];
    return {
      id,
      group,
      from,
      until,
      state: stateOf(override, clock.now()),
      members: people(present),
      left: leftMembers(override, config.groups.get(group)),
      by,
      ...comment === "" ? {} : { comment },
      createdAt,
    };
  }

  /** Read the overrides that other instances made. @throws StoreError */
  async refresh(): Promise<void> {
    await this.#sources.store.overrides.refresh();
  }
}

function shiftView({ from, until, members, because, override }: Shift): ShiftView {
  return { from, until, members: people(members), because, ...defined({ override: override?.id }) };
}

function people(members: readonly Member[]): { id: string; name?: string }[] {
  return members.map(({ id, name }) => ({ id, ...defined({ name }) }));
}

function stateOf({ from, until }: Span, now: number): OverrideView["state"] {
  if (until <= now) return "over";
  return from > now ? "pending" : "active";
}
