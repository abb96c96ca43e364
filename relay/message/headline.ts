import { cut, mentions } from "../base/text.ts";
import { isChat } from "./alert_data.ts";
import type { AlertGroup } from "./groups.ts";
import { type Alike, commonStart } from "./alike.ts";
import type { Locale } from "../base/locale.ts";
import type { Translate } from "./locale.ts";
import { placeOf, textOfParts, type WherePart } from "../domain/where.ts";

/** The options of {@linkcode titleOf} and {@linkcode subjectOf}. */
export interface HeadlineParts {
  readonly groups: readonly AlertGroup[];
  /** The same groups before their conversion to template data, in the same order. */
  readonly alike: readonly Alike[];
  readonly t: Translate;
  readonly locale: Locale;
}

/** The most characters of a `where` in a subject. */
const WHERE_CHARS = 60;

/**
 * The title, for a phone that shows twenty characters of it: `🔴checkout KubePodCrashLooping`, of several
 * `🔴prod KubePodCrashLooping ×3` or `🔴prod KubePodCrashLooping 等 5 类`.
 */
export function titleOf(parts: HeadlineParts): string {
  const { groups, t } = parts;
  const { group, kinds, count, shared } = subjectMatterOf(parts);
  const { name, mark, items } = group;
  if (items[0] && isChat(items[0].alert, items[0].alert.where)) {
    return kinds === 1 && count > 1 ? `${name} ×${count}` : manyOf(name, kinds, parts);
  }
  const first = items[0]?.alert.place ?? "";
  const place = count === 1 || kinds > 1 && placeOf(shared) === ""
    ? first
    : placeOf(shared) || first && t("title.places", { place: first, count: howMany(count, parts) });
  const over = group.kind === "resolved" ? 0 : groups.filter(({ kind }) => kind === "resolved")
    .reduce((sum, { count }) => sum + count, 0);
  const title = [
    // A name that contains the place needs no place next to it.
    `${mark}${place !== "" && !mentions(name, place) ? `${place} ` : ""}${manyOf(name, kinds, parts)}`,
    kinds === 1 && count > 1 && (placeOf(shared) !== "" || first === "") ? `×${count}` : "",
    over > 0 ? `✅${over}` : "",
  ].filter(Boolean).join(" ");
  return group.kind === "still" ? t("title.still", { title }) : title;
}

/**
 * The subject of a mail. It is the same when the alerts fire and when they are resolved, so that mail clients thread them:
 * `[严重] KubePersistentVolumeFillingUp 等 3 · prod-hz/monitoring`.
 */
export function subjectOf(parts: HeadlineParts): string {
  const { group, kinds, count, shared } = subjectMatterOf(parts);
  const { name, level, items } = group;
  const where = count === 1 ? items[0]?.alert.where ?? "" : inCommon(shared);
  const names = kinds > 1
    ? manyOf(name, kinds, parts)
    : count > 1
    ? parts.t("subject.several", { name, count: howMany(count, parts) })
    : name;
  const place = where === "" || mentions(name, where) ? "" : cut(where, { chars: WHERE_CHARS });
  const words = [names, place].filter(Boolean).join(" · ");
  return level === "" ? words : `[${level}] ${words}`;
}

/** The place; empty for a mount point alone, which identifies no machine. */
function inCommon(shared: readonly WherePart[]): string {
  return placeOf(shared) === "" ? "" : textOfParts(shared);
}

function manyOf(name: string, kinds: number, parts: HeadlineParts): string {
  return kinds === 1 ? name : parts.t("title.kinds", { name, count: howMany(kinds, parts) });
}

/** 等 3 counts the first, +2 does not. */
function howMany(count: number, { locale }: HeadlineParts): number {
  return locale === "zh" ? count : count - 1;
}

/** The alerts that a headline names. */
interface SubjectMatter {
  /** The worst of them. */
  readonly group: AlertGroup;
  /** The number of names. */
  readonly kinds: number;
  /** The number of alerts; of several names, those of the first. */
  readonly count: number;
  /** The shared parts of their `where`. */
  readonly shared: readonly WherePart[];
}

function subjectMatterOf({ groups, alike }: HeadlineParts): SubjectMatter {
  const main = mainOf(groups);
  const [group, ...others] = main as readonly [AlertGroup, ...AlertGroup[]];
  const kinds = new Set(main.map(({ name }) => name)).size;
  // The same name in several severities is one subject, of which some alerts are worse.
  if (kinds > 1 || others.length === 0) {
    return { group, kinds, count: group.count, shared: alike[groups.indexOf(group)]!.shared };
  }
  const items = main.flatMap(({ items }) => items);
  const shared = commonStart(items.map(({ alert }) => alert.object?.parts ?? []));
  return { group, kinds, count: items.length, shared };
}

/** The groups that a headline names: those that began or became worse; else those that ended; else those that go on. */
function mainOf(groups: readonly AlertGroup[]): readonly AlertGroup[] {
  const begun = groups.filter(({ kind }) => kind === "new" || kind === "risen");
  if (begun.length > 0) return begun;
  const over = groups.filter(({ kind }) => kind === "resolved");
  return over.length > 0 ? over : groups;
}
