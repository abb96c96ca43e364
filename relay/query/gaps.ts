import { DAY, HOUR } from "../base/duration.ts";
import type { Locale } from "../base/locale.ts";
import { formatTime } from "../base/time.ts";
import type { Group } from "../domain/group.ts";
import { leftMembers, type StoredOverride, withOverrides } from "../domain/override.ts";
import { dutyAt } from "../domain/oncall.ts";
import { gapsOf } from "../domain/shifts.ts";
import { translator } from "../message/locale.ts";
import type { StoreReader } from "../store/reader.ts";

/** The period ahead that is searched for gaps, in milliseconds. */
const AHEAD = 14 * DAY;

/** A calendar without a gap is checked again after this time; the next gap is then still days away. */
const LOOK_AGAIN = HOUR;

/** The most calendars that are checked in one call, 0.4 ms each; the others keep their last result. */
const MAX_LOOKS = 200;

/** The most groups that warnings name. */
const MAX_NAMED = 20;

/** The on-call coverage of a group. */
export interface Coverage {
  readonly group: Group;
  /** The next period without a person on call, or the current one. Epoch milliseconds. */
  readonly gap?: { readonly from: number; readonly until: number };
}

/** The sources of {@linkcode Gaps}. */
export interface GapSources {
  readonly store: { readonly overrides: Pick<StoreReader["overrides"], "of" | "all"> };
  readonly config: { readonly groups: ReadonlyMap<string, Group> };
  readonly clock: { now(): number };
}

/** The last found gap of a calendar. */
interface FoundGap {
  readonly overrides: readonly StoredOverride[];
  readonly gap: Coverage["gap"];
  /** The time of the next check. */
  readonly until: number;
}

/** The gaps in the on-call calendars: from memory, and each calendar is checked once an hour. */
export class Gaps {
  readonly #sources: GapSources;
  readonly #found = new WeakMap<Group, FoundGap>();

  constructor(sources: GapSources) {
    this.#sources = sources;
  }

  /** The groups with a calendar. */
  coverage(): Coverage[] {
    const { config: { groups }, clock } = this.#sources;
    const now = clock.now();
    let looks = 0;
    return [...groups.values()].filter(({ oncall }) => oncall !== undefined).map((group) => {
      const known = this.#found.get(group);
      const isFresh = known?.overrides === this.#overridesOf(group) && now < known.until;
      const { gap } = isFresh || looks++ >= MAX_LOOKS ? known ?? {} : this.#look(group, now);
      return { group, ...gap && { gap } };
    });
  }

  /** The number of members of a group who are on call; 0 in a gap. */
  onCall(group: Group): number {
    const duty = dutyAt(withOverrides(group, this.#overridesOf(group)), this.#sources.clock.now());
    return duty.because === "nobody" ? 0 : duty.members.length;
  }

  /** A sentence for each group with a gap, and for each override whose members have left their group. */
  warnings(locale: Locale): string[] {
    const t = translator(locale);
    const words: string[] = [];
    for (const { group, gap } of this.coverage()) {
      if (!gap) continue;
      const [from, until] = [gap.from, gap.until].map((ms) => formatTime(ms, group).slice(0, 16)) as [
        string,
        string,
      ];
      words.push(t("oncall.warning.gap", { group: group.id, from, until }));
    }
    const more = words.length - MAX_NAMED;
    return [
      ...words.slice(0, MAX_NAMED),
      ...more > 0 ? [t("oncall.warning.more", { count: more })] : [],
      ...this.#left(locale).slice(0, MAX_NAMED),
    ];
  }

  #left(locale: Locale): string[] {
    const { config: { groups }, store: { overrides }, clock } = this.#sources;
    const t = translator(locale);
    const current = overrides.all().filter(({ until }) => until > clock.now());
    return current.flatMap((one) => {
      const left = leftMembers(one, groups.get(one.group));
      return left.length === 0
        ? []
        : [t("oncall.warning.left", { group: one.group, who: left.join(t("list.comma")) })];
    });
  }

  #look(group: Group, now: number): FoundGap {
    const overrides = this.#overridesOf(group);
    const [gap] = gapsOf(withOverrides(group, overrides), { from: now, until: now + AHEAD });
    const found: FoundGap = {
      overrides,
      gap: gap && { from: gap.from, until: gap.until },
      until: Math.min(now + LOOK_AGAIN, gap?.until ?? Infinity),
    };
    this.#found.set(group, found);
    return found;
  }

  #overridesOf({ id }: Group): readonly StoredOverride[] {
    return this.#sources.store.overrides.of(id);
  }
}
