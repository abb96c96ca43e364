/**
 * Earlier incidents that help to judge a present one: of the same alert, of the same name, or at the same place.
 *
 * @module
 */
import { DAY } from "../base/duration.ts";
import { sha256Hex } from "../base/hash.ts";
import type { Incident } from "./incident.ts";

/** The relation of an earlier incident: it is the same alert, it has the same name, or it is about the same object. */
export type Relation = "alert" | "name" | "place";

/** All relations, the closest first. */
export const RELATIONS: readonly Relation[] = ["alert", "name", "place"];

/** The time that ended incidents count, in milliseconds, unless alerts are stored for a shorter time. */
export const RELATED_FOR = 30 * DAY;

/** An incident that is over. */
export interface EndedIncident {
  readonly id: string;
  readonly openedAt: number;
  readonly endedAt: number;
}

/** Ended incidents under the keys of the index. */
export type EndedByKey = ReadonlyMap<string, readonly EndedIncident[]>;

/** The key of each relation in the index; an incident without a place has none for it. */
export function relationKeys(
  { fingerprint, dialect, title }: Pick<Incident, "fingerprint" | "dialect" | "title">,
  place: string,
): Readonly<Partial<Record<Relation, string>>> {
  return {
    alert: `a-${fingerprint}`,
    name: `n-${sha256Hex(`${dialect}\n${title}`, 16)}`,
    ...place === "" ? {} : { place: `p-${sha256Hex(place, 16)}` },
  };
}

/** Earlier incidents in one sentence. */
export interface Recurrence {
  /** The number of incidents before this one. */
  readonly earlier: number;
  /** Set when there are more than were counted. */
  readonly more?: true;
  /** The end of the last of them. */
  readonly lastEndedAt: number;
  /** Their median duration in milliseconds; only of {@linkcode MIN_USUAL} incidents or more. */
  readonly usualMs?: number;
}

/** The least number of incidents with a usual duration. */
export const MIN_USUAL = 3;

/** Sum up earlier incidents; `undefined` when there are none. `self`: the id of the present incident. */
export function recurrenceOf(
  ended: readonly EndedIncident[],
  { self, more = false }: { self: string; more?: boolean },
): Recurrence | undefined {
  const others = ended.filter(({ id }) => id !== self);
  if (others.length === 0) return undefined;
  const lasted = others.map(({ openedAt, endedAt }) => endedAt - openedAt).sort((a, b) => a - b);
  return {
    earlier: others.length,
    ...more ? { more } : {},
    lastEndedAt: Math.max(...others.map(({ endedAt }) => endedAt)),
    ...others.length < MIN_USUAL ? {} : { usualMs: lasted[Math.floor((lasted.length - 1) / 2)]! },
  };
}
