import type { ShownField, ShowOptions } from "./shown_field.ts";

/** The form with a fold at its end, which is open if something in it is set or wrong. */
export function folded(shown: ShownField, { fold, t }: ShowOptions): ShownField {
  if (fold === undefined) return shown;
  const names = new Set(fold.keys.map((key) => `${shown.name}.${key}`));
  const { fields = [] } = shown;
  const inside = fields.filter(({ name }) => names.has(name));
  if (inside.length === 0) return shown;
  const last: ShownField = {
    kind: "fold",
    name: "",
    id: `${shown.id}-fold`,
    title: t(fold.title),
    help: fold.help === undefined ? "" : t(fold.help),
    required: false,
    fields: inside,
    open: inside.some(isFilled),
  };
  return { ...shown, fields: [...fields.filter((field) => !inside.includes(field)), last] };
}

function isFilled(
  { error, text = "", kept = [], options = [], fields = [], items = [] }: ShownField,
): boolean {
  return error !== undefined || text !== "" || kept.length > 0 ||
    options.some(({ value, on }) => value !== "" && on === true) ||
    [...fields, ...items.flat()].some(isFilled);
}
