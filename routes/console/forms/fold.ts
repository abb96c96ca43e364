import { cut, oneLine } from "../../../relay/base/text.ts";
import type { Fold, ShownField, ShowOptions } from "./shown_field.ts";

/** More than fits on the line of a fold. */
const SUMMARY_CHARS = 120;

/** The form with its folds behind the other fields. A fold is open if it contains an error. */
export function folded(shown: ShownField, { folds = [], t }: Pick<ShowOptions, "folds" | "t">): ShownField {
  return folds.reduce((form, fold) => {
    if (fold.in === undefined) return foldIn(form, fold, t);
    const name = `${form.name}.${fold.in}`;
    return {
      ...form,
      fields: (form.fields ?? []).map((one) => one.name === name ? foldIn(one, fold, t) : one),
    };
  }, shown);
}

function foldIn(shown: ShownField, fold: Fold, t: ShowOptions["t"]): ShownField {
  const names = new Set(fold.keys.map((key) => `${shown.name}.${key}`));
  const { fields = [] } = shown;
  const inside = fields.filter(({ name }) => names.has(name));
  if (inside.length === 0) return shown;
  const summary = fold.summary?.(inside) ?? summaryOf(inside);
  const last: ShownField = {
    kind: "fold",
    name: "",
    id: `${shown.id}-${fold.title.replace(/\W+/g, "-")}`,
    title: t(fold.title),
    help: fold.help === undefined ? "" : t(fold.help),
    required: false,
    fields: inside,
    open: inside.some(isWrong),
    summary: summary === "" ? t("form.asUsual") : summary,
  };
  return { ...shown, fields: [...fields.filter((field) => !inside.includes(field)), last] };
}

/** The fields that are filled in: `Form text · Mention all`. */
function summaryOf(fields: readonly ShownField[]): string {
  const said = fields.flatMap((field): string[] => {
    const words = wordsOf(field);
    return words === "" ? [] : [[field.title, words].filter(Boolean).join(" ")];
  });
  return cut(said.join(" · "), { chars: SUMMARY_CHARS });
}

/** The value of a field, in words; empty if it is empty. A secret is not shown. */
export function wordsOf(
  { kind, text = "", kept = [], options = [], fields = [], items = [] }: ShownField,
): string {
  if (kind === "secret") return kept.length > 0 ? "✓" : "";
  if (kind === "switch") return "";
  const chosen = options.filter(({ value, on }) => value !== "" && on === true);
  if (chosen.length > 0) return chosen.map(({ label }) => label.split(" · ").at(-1)).join(", ");
  const inner = [...fields, ...items.flat()].map(wordsOf).filter(Boolean);
  return inner.length > 0 ? inner.join(" ") : cut(oneLine(text), { chars: 40 });
}

function isWrong({ error, fields = [], items = [] }: ShownField): boolean {
  return error !== undefined || [...fields, ...items.flat()].some(isWrong);
}
