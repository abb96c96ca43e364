import { defined } from "../../../relay/base/defined.ts";
import { MASK, type Path, pathOf, pathText } from "../../../relay/config/mod.ts";
import type { FieldOf, FormField } from "./field.ts";
import { choicesIn, helpIn, textOf, titleIn, wordsIn } from "./field_words.ts";
import { folded } from "./fold.ts";
import { keptValue } from "./kept.ts";
import { isTree, partOf } from "./merge.ts";
import { linesOf } from "./read.ts";
import type { Choice, PlacedComplaint, ShownField, ShowOptions } from "./shown_field.ts";

/** A form for a value, and the errors that belong to no field. */
export async function showForm(
  field: FormField,
  value: unknown,
  options: ShowOptions,
): Promise<{ shown: ShownField; rest: readonly PlacedComplaint[] }> {
  const painter = new Painter(options);
  const shown = await painter.show(field, { value, name: "value", path: [] });
  return { shown: folded(shown, options), rest: painter.rest };
}

interface ShownPlace {
  readonly value: unknown;
  readonly name: string;
  readonly path: Path;
}

class Painter {
  readonly #options: ShowOptions;
  readonly #shown = new Set<PlacedComplaint>();
  /** The ids of the lists of suggestions: a page of all time zones twice would be too large. */
  readonly #lists = new Map<readonly string[], string>();

  constructor(options: ShowOptions) {
    this.#options = options;
  }

  /** The errors that belong to no field. */
  get rest(): PlacedComplaint[] {
    return this.#options.complaints.filter((complaint) => !this.#shown.has(complaint));
  }

  async show(field: FormField, place: ShownPlace): Promise<ShownField> {
    const { value, name, path } = place;
    const isParent = field.kind === "group" || field.kind === "rows" || field.kind === "pairs";
    const parts = isParent ? await this.#parts(field, place) : {};
    const error = this.#errorAt(path, { exactly: isParent });
    return {
      kind: "text",
      name,
      id: name.replace(/[^\w-]+/g, "-").replace(/-+$/, ""),
      title: titleIn(field, this.#options),
      help: helpIn(field, this.#options, {
        isChosen: this.#options.choices?.[offeredAt(path)] !== undefined,
      }),
      required: field.required,
      ...defined({ error }),
      ...isParent ? parts : await this.#leaf(field, { value, name, path }),
    };
  }

  async #leaf(field: FormField, { value, name, path }: ShownPlace): Promise<Partial<ShownField>> {
    const at = offeredAt(path);
    const choices = this.#options.choices?.[at];
    const suggestions = this.#options.suggestions?.[at];
    switch (field.kind) {
      case "text": {
        const text = textOf(value);
        if (choices) return { kind: "choice", options: this.#choices(choices, field, [text]) };
        if (field.multiline || LINE_BREAK.test(text)) return { kind: "area", rows: 6, text };
        const input = this.#options.inputs?.[at];
        return {
          kind: "text",
          text,
          numeric: field.number,
          ...this.#suggested(suggestions, name),
          ...defined({ input }),
        };
      }
      case "choice":
        return {
          kind: "choice",
          options: this.#choices(choicesIn(field.options, this.#options), field, [textOf(value)]),
        };
      case "switch":
        return {
          kind: "switch",
          options: [{ value: "on", label: "", on: (value ?? field.standard) === true }],
        };
      case "lines": {
        if (choices) return { kind: "checks", options: taken(choices, [value].flat().map(textOf)) };
        const text = linesOf(value, field);
        return { kind: "area", rows: Math.min(10, Math.max(2, text.split("\n").length + 1)), text };
      }
      case "checks":
        return {
          kind: "checks",
          options: taken(choices ?? choicesIn(field.options, this.#options), [value].flat().map(textOf)),
        };
      case "secret":
        return { kind: "secret", multiline: field.multiline, kept: await this.#kept(field, value) };
      default: {
        const text = typeof value === "string" ? value : value === undefined ? "" : JSON.stringify(value);
        return { kind: "area", rows: 3, text };
      }
    }
  }

  #suggested(suggestions: readonly string[] | undefined, name: string): Partial<ShownField> {
    if (suggestions === undefined) return {};
    const list = this.#lists.get(suggestions);
    if (list !== undefined) return { list };
    const own = `${name.replace(/[^\w-]+/g, "-")}-list`;
    this.#lists.set(suggestions, own);
    return { list: own, suggestions };
  }

  async #parts(
    field: FieldOf<"group"> | FieldOf<"rows"> | FieldOf<"pairs">,
    { value, name, path }: ShownPlace,
  ): Promise<Partial<ShownField>> {
    if (field.kind === "group") {
      const fields = field.fields.map((inner) =>
        this.show(inner, {
          value: partOf(value, inner.key),
          name: `${name}.${inner.key}`,
          path: [...path, inner.key],
        })
      );
      return { kind: "group", fields: await Promise.all(fields) };
    }
    // A single item without a list has no index: its errors belong to the field itself.
    const isSingle = field.kind === "rows" && field.single && isTree(value);
    const entries: [PropertyKey, unknown][] = isSingle
      ? [[0, value]]
      : field.kind === "rows"
      ? Array.isArray(value) ? value.map((item, index) => [index, item]) : []
      : isTree(value)
      ? Object.entries(value)
      : [];
    const { more } = this.#options;
    const blank = Array.from({ length: more?.name === name ? more.rows : 1 }, (): [PropertyKey, unknown] => [
      field.kind === "rows" ? -1 : "",
      undefined,
    ]);
    const items = [...entries, ...blank].map(async ([key, item], index): Promise<ShownField[]> => {
      const at = isSingle && index === 0 ? path : [...path, key];
      const here = { value: item, name: `${name}[${index}]`, path: at };
      if (field.kind === "rows") return rowOf(await this.show(field.item, here));
      return await this.#pair(
        field,
        { ...here, path: item === undefined ? [...path, NOWHERE] : here.path },
        key,
      );
    });
    return { kind: "rows", items: await Promise.all(items) };
  }

  async #pair(
    field: FieldOf<"pairs">,
    { value, name, path }: ShownPlace,
    key: PropertyKey,
  ): Promise<ShownField[]> {
    const { t } = this.#options;
    const inner = rowOf(await this.show(field.item, { value, name: `${name}.value`, path }));
    const text = String(key);
    const first: ShownField = {
      ...LINE_BREAK.test(text) ? { kind: "area", rows: 2 } : { kind: "text" },
      name: `${name}.key`,
      id: `${name}-key`.replace(/[^\w-]+/g, "-"),
      title: t("form.key"),
      help: "",
      required: true,
      text,
    };
    return [
      first,
      ...inner.map((field) => field.title === "" ? { ...field, title: t("form.value") } : field),
    ];
  }

  async #kept({ json }: FieldOf<"secret">, value: unknown): Promise<Choice[]> {
    const { key, who, t } = this.#options;
    const all = value === undefined || value === ""
      ? []
      : json
      ? [JSON.stringify(value)]
      : [value].flat().map(textOf);
    return await Promise.all(all.map(async (secret) => ({
      value: await keptValue(secret, { key, who }),
      label: secret.startsWith(MASK) ? secret : t("form.typed"),
    })));
  }

  /** The choices, preceded by the empty choice. */
  #choices(
    choices: readonly Choice[],
    { required, standard }: FormField,
    values: readonly string[],
  ): Choice[] {
    const { t } = this.#options;
    const usual = textOf(standard);
    const label = choices.find(({ value }) => value === usual)?.label ?? usual;
    const none = standard === undefined ? t("form.none") : t("form.usual", { value: label });
    return [
      ...required && values[0] !== "" ? [] : [{ value: "", label: required ? t("form.choose") : none }],
      ...taken(choices, values),
    ];
  }

  #errorAt(path: Path, { exactly }: { exactly: boolean }): string | undefined {
    const { complaints, t } = this.#options;
    const found = complaints.filter((complaint) => {
      const at = pathOf(complaint.path);
      const isHere = path.every((key, index) => String(at[index]) === String(key));
      return isHere && (exactly ? at.length === path.length && path.length > 0 : !this.#shown.has(complaint));
    });
    for (const complaint of found) this.#shown.add(complaint);
    const words = found.map(({ path: text, message }) => {
      const index = pathOf(text)[path.length];
      const translated = wordsIn(message, this.#options);
      return typeof index === "number"
        ? t("form.line", { line: index + 1, message: translated })
        : translated;
    });
    return words.length === 0 ? undefined : [...new Set(words)].join("; ");
  }
}

/** The path of a field without the indexes of rows. */
function offeredAt(path: Path): string {
  return pathText(path.filter((key) => typeof key !== "number"));
}

/** Browsers remove line breaks in a one-line input. */
const LINE_BREAK = /[\n\r]/;

/** A path that no error has, for rows that do not exist yet. */
const NOWHERE = "\0";

/** A row's fields: the fields of a group are shown side by side. */
function rowOf(shown: ShownField): ShownField[] {
  if (shown.kind !== "group") return [shown];
  const [first, ...others] = shown.fields ?? [];
  if (!first || shown.error === undefined) return [...shown.fields ?? []];
  return [{ ...first, error: [first.error, shown.error].filter(Boolean).join("; ") }, ...others];
}

/** The choices with the selected ones marked, including selected ones that are no longer offered. */
function taken(choices: readonly Choice[], values: readonly string[]): Choice[] {
  const missing = values.filter((value) => value !== "" && !choices.some((choice) => choice.value === value));
  const all = [...choices, ...missing.map((value) => ({ value, label: value }))];
  return all.map((choice) => ({ ...choice, on: values.includes(choice.value) }));
}
