import "../base/temporal.ts";
import type { z } from "zod";
import { defined } from "../base/defined.ts";
import { didYouMean } from "../base/nearest.ts";
import { DAYS, type Hours } from "../domain/hours.ts";
import type { Member } from "../domain/member.ts";
import type { OnCall, Override } from "../domain/oncall.ts";
import type { Rotation } from "../domain/rotation.ts";
import type { layerSchema, oncallSchema, overrideSchema } from "./oncall_schema.ts";
import type { Path } from "./path.ts";

type OnCallFields = z.output<typeof oncallSchema>;
type LayerFields = z.output<typeof layerSchema>;
type OverrideFields = z.output<typeof overrideSchema>;

/** The number of days in a unit. */
const UNIT_DAYS: Readonly<Record<string, number>> = { d: 1, w: 7 };

/** The parts of a group to which its `oncall` refers. */
export interface OnCallReaderOptions {
  /** The ids of the group's members. */
  readonly members: readonly string[];
  readonly byId: ReadonlyMap<string, Member>;
  /** The group's zone. */
  readonly timezone: string;
  /** Called with a path that begins at the group. */
  readonly complain: (path: Path, message: string) => void;
}

/** Reads a group's `oncall`. */
export function readOnCall(fields: OnCallFields, options: OnCallReaderOptions): OnCall {
  const reader = new OnCallReader(options);
  const { rotation, start, handover, every, layers = [], overrides = [] } = fields;
  reader.checkFirst(fields);
  return {
    layers: [
      ...rotation && start ? [reader.layer(defined({ rotation, start, handover, every }), ["oncall"])] : [],
      ...layers.map((layer, index) => reader.layer(layer, ["oncall", "layers", index])),
    ],
    overrides: overrides.flatMap((one, index) => reader.override(one, ["oncall", "overrides", index])),
  };
}

class OnCallReader {
  readonly #options: OnCallReaderOptions;

  constructor(options: OnCallReaderOptions) {
    this.#options = options;
  }

  /** The rotation outside of the layers is complete, and the calendar names at least one member. */
  checkFirst({ rotation, start, handover, every, layers, overrides }: OnCallFields): void {
    const { complain } = this.#options;
    if (rotation && !start) {
      complain(["oncall", "start"], 'is missing; give the day of the first turn, such as "2026-11-16"');
    }
    if (!rotation && (start ?? handover ?? every) !== undefined) {
      complain(["oncall", "rotation"], "is missing; give the member of each turn");
    } else if (!rotation && !layers && !overrides) {
      complain(["oncall"], "has nobody on call; give a rotation with its start, or layers");
    }
  }

  layer(fields: LayerFields, path: Path): Rotation {
    const { rotation, start, handover = "09:00", every = "1w", timezone } = fields;
    for (const [index, turn] of rotation.entries()) this.#checkMembers(turn, [...path, "rotation", index]);
    return {
      turns: rotation.map((turn) => this.#membersOf(turn)),
      start,
      handover,
      every: Number(every.slice(0, -1)) * UNIT_DAYS[every.at(-1)!]!,
      ...defined({ timezone, hours: this.#hoursOf(fields, path) }),
    };
  }

  #hoursOf({ from, to, days }: LayerFields, path: Path): Hours | undefined {
    const { complain } = this.#options;
    if (from !== undefined && to === undefined) complain([...path, "to"], "is missing beside from");
    if (to !== undefined && from === undefined) complain([...path, "from"], "is missing beside to");
    if ((from ?? to ?? days) === undefined) return undefined;
    return { from: from ?? "00:00", to: to ?? "24:00", days: days ?? DAYS };
  }

  override({ members, from, until }: OverrideFields, path: Path): Override[] {
    const { complain } = this.#options;
    this.#checkMembers(members, [...path, "members"]);
    const begins = this.#instantOf(from, [...path, "from"]);
    const ends = this.#instantOf(until, [...path, "until"]);
    if (begins === undefined || ends === undefined) return [];
    if (ends <= begins) complain([...path, "until"], "must be after from");
    return [{ from: begins, until: ends, members: this.#membersOf(members) }];
  }

  #instantOf(text: string, path: Path): number | undefined {
    try {
      const hasOffset = /(Z|[+-]\d{2}:\d{2})$/.test(text);
      return hasOffset
        ? Temporal.Instant.from(text).epochMilliseconds
        : Temporal.PlainDateTime.from(text).toZonedDateTime(this.#options.timezone).epochMilliseconds;
    } catch {
      this.#options.complain(path, `there is no time "${text}"`);
      return undefined;
    }
  }

  #membersOf(ids: readonly string[]): Member[] {
    return ids.flatMap((id) => this.#options.byId.get(id) ?? []);
  }

  #checkMembers(ids: readonly string[], path: Path): void {
    const { members, complain } = this.#options;
    for (const id of ids) {
      if (members.includes(id)) continue;
      complain(path, `there is no member "${id}" in this group${didYouMean(id, members)}`);
    }
  }
}
