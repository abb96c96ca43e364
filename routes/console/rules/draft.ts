import { pathOf } from "../../../relay/config/path.ts";
import type { Problem } from "../../../relay/config/mod.ts";

/** A rule in the form: its matchers as text, one per line, and `owner/level`. */
export interface DraftRule {
  readonly match: string;
  readonly group: string;
}

/** The errors of a draft's rules: rule → field → error. */
export type DraftErrors = ReadonlyMap<number, Readonly<Record<string, string>>>;

/** The item `rules` of the configuration in the form's format. */
export function draftOf(value: unknown): DraftRule[] {
  return (Array.isArray(value) ? value : []).map((rule) => ({
    match: [rule?.match ?? []].flat().join("\n"),
    group: String(rule?.group ?? ""),
  }));
}

/** A submitted draft. */
export function draftIn(form: URLSearchParams): DraftRule[] {
  const groups = form.getAll("group");
  return form.getAll("match").map((match, index) => ({
    match: match.replaceAll("\r\n", "\n"),
    group: groups[index] ?? "",
  }));
}

/** A draft as the item `rules`. */
export function itemOf(draft: readonly DraftRule[]): { match: string[]; group: string }[] {
  return draft.map(({ match, group }) => ({
    match: match.split("\n").map((line) => line.trim()).filter(Boolean),
    group,
  }));
}

/**
 * The draft after a button: `up-1`, `down-1`, `move-1`, `remove-1`, `add`; and the rule that it moved. `places`: the
 * position in each rule's field, from 1.
 */
export function afterButton(
  draft: readonly DraftRule[],
  button: string,
  places: readonly string[] = [],
): { rules: DraftRule[]; at: number | undefined } {
  const [, action, place] = /^(up|down|move|remove|add)(?:-(\d+))?$/.exec(button) ?? [];
  const rules = [...draft];
  if (action === "add") return { rules: [...rules, { match: "", group: "" }], at: rules.length };
  const from = Number(place);
  const moved = rules[from];
  if (!moved) return { rules, at: undefined };
  rules.splice(from, 1);
  if (action === "remove") return { rules, at: undefined };
  const to = action === "up" ? from - 1 : action === "down" ? from + 1 : positionIn(places[from], from);
  const at = Math.max(0, Math.min(rules.length, to));
  rules.splice(at, 0, moved);
  return { rules, at };
}

/**
 * The problems of the item, by rule and field; `rest` belongs to no rule.
 *
 * @param numbers The indexes in the form of the rules in the problems.
 */
export function errorsOf(
  problems: readonly Problem[],
  numbers: readonly number[],
): { errors: DraftErrors; rest: string[] } {
  const errors = new Map<number, Record<string, string>>();
  const rest: string[] = [];
  for (const { what, path, message } of problems) {
    const [place, field] = pathOf(path);
    const index = numbers[Number(place)];
    if (what !== "rules" || index === undefined) {
      rest.push(`${what}${path && `.${path}`}: ${message}`);
      continue;
    }
    const own = errors.get(index) ?? {};
    own[field === "group" ? "group" : "match"] ??= message;
    errors.set(index, own);
  }
  return { errors, rest };
}

/** The index of a position; without a position, the rule is not moved. */
function positionIn(text: string | undefined, from: number): number {
  const position = Number(text);
  return Number.isSafeInteger(position) && position >= 1 ? position - 1 : from;
}
