import type { z } from "zod";
import {
  type FieldChange,
  fieldChanges,
  issuesOf,
  type Path,
  pathOf,
  pathText,
} from "../../../relay/config/mod.ts";
import type { ItemState, Problem } from "../../../relay/config/mod.ts";
import { inWordsOf } from "../../../relay/message/dictionary.ts";
import type { Relay } from "../../../relay/relay.ts";
import { refusalError } from "../../api/config.ts";
import { isTooCostly } from "../../http/body.ts";
import { PageError } from "../../http/errors.ts";
import type { View } from "../shell.ts";
import type { FormField } from "./field.ts";
import { keptIn } from "./kept.ts";
import { isSame, merged, partOf } from "./merge.ts";
import { readValue } from "./read.ts";
import { showForm } from "./show.ts";
import type { Offers, PlacedComplaint, ShownField } from "./shown_field.ts";

/** The subject of a form: an item of the configuration, or a part of one. */
export interface Subject {
  readonly field: FormField;
  /** The item's address; the ids of a new one come from the form. */
  readonly what: (value: unknown) => string;
  /** The item must not exist yet. */
  readonly isNew?: boolean;
  /** For a new item: checks its ids, without which there is no address. */
  readonly schema?: z.ZodType;
  /** The part of the item that the form shows. Default: all of it. */
  readonly of?: (item: unknown) => unknown;
  /** The item with its part replaced. Default: the part is the whole item. */
  readonly into?: (item: unknown, part: unknown) => unknown;
  /** The path in the form of a path in the item; `undefined` when the form does not show it. Default: the same path. */
  readonly placeOf?: (path: Path, item: unknown) => Path | undefined;
  readonly offers?: Offers;
}

/** Another person's change while a form was open. */
export interface Conflict {
  readonly gone: boolean;
  readonly by: string | undefined;
  readonly at: number | undefined;
  readonly changes: readonly FieldChange[];
}

/** A submitted form: its value, the value that it showed at first, and the version of the item at that time. */
export interface FormDraft {
  readonly value: unknown;
  readonly base: unknown;
  readonly version: string;
  readonly complaints: readonly PlacedComplaint[];
  readonly conflict?: Conflict;
  readonly more?: { readonly name: string; readonly rows: number } | undefined;
  /** Whether to save nothing yet: the page requested more rows, or the errors so far. */
  readonly isUnfinished?: boolean;
}

/** The data of a form's template. */
export interface ShownForm {
  readonly root: ShownField;
  /** The errors that belong to no field. */
  readonly wrong: readonly string[];
  readonly hasErrors: boolean;
  readonly base: string;
  readonly version: string;
  readonly more: string;
  readonly conflict: Conflict | undefined;
}

/** The button that a page presses while a person types. */
const CHECK = "check";

/** At most this many empty rows at once. */
const MAX_ROWS = 50;

/** The form of a subject: shows, reads, checks and saves it without losing another person's change. */
export class Editor {
  readonly #relay: Relay;
  readonly #subject: Subject;

  constructor(relay: Relay, subject: Subject) {
    this.#relay = relay;
    this.#subject = subject;
  }

  /** A new form. */
  start(item: ItemState | undefined, value: unknown = this.#of(item?.value)): FormDraft {
    return { value, base: value ?? null, version: item?.version ?? "", complaints: [] };
  }

  /** A submitted form. */
  async read(view: View & { form: URLSearchParams }): Promise<FormDraft> {
    const { form } = view;
    const base = parsed(form.get("base"));
    const kept = await keptIn(form, this.#sealedFor(view));
    const { value, problems } = readValue(this.#subject.field, { form, kept }, { base: base ?? undefined });
    const name = form.get("more") ?? "";
    const rows = Number(form.get("rows") ?? 1);
    const isCheck = form.get("act") === CHECK;
    return {
      value,
      base,
      version: form.get("version") ?? "",
      complaints: isCheck ? [...problems, ...this.#complaintsSoFar(value)] : problems,
      isUnfinished: isCheck || name !== "",
      more: name === ""
        ? undefined
        : { name, rows: Math.min(MAX_ROWS, Number.isSafeInteger(rows) ? rows + 1 : 2) },
    };
  }

  /**
   * Save a draft. @returns the draft with its errors or conflict; nothing when it is saved. @throws PageError ·
   * StoreError
   */
  async save(draft: FormDraft, view: View): Promise<FormDraft | undefined> {
    if (draft.complaints.length > 0) return draft;
    const { commands, query: { configuration } } = this.#relay;
    const { what: whatOf, schema, isNew = false, into = (_, part) => part } = this.#subject;
    const what = whatOf(draft.value);
    for (let tries = 0; tries < 3; tries++) {
      const item = configuration.item(what);
      if (item?.managedBy === "file") throw new PageError(409, "config.managed");
      if (isNew && item) {
        return { ...draft, complaints: [{ path: "", message: "there is one of this name already" }] };
      }
      if ((item?.version ?? "") !== draft.version) {
        const theirs = this.#of(item?.value) ?? null;
        // A change to another part of the item is no conflict.
        if (item === undefined || !isSame(theirs, draft.base)) return this.#conflicting(draft, item, theirs);
      }
      const changed = await commands.configuration.change({
        what,
        value: into(item?.value, draft.value),
        version: item?.version,
        by: view.who!.name,
      });
      if (!("refused" in changed)) return undefined;
      if (changed.refused === "stale" || changed.refused === "unversioned") continue;
      if (changed.refused === "invalid") {
        return { ...draft, complaints: this.placed(changed.problems, what, into(item?.value, draft.value)) };
      }
      if (changed.refused === "unknown" && schema) {
        return { ...draft, complaints: issuesOf(schema, draft.value, []) };
      }
      if (changed.refused === "sealed") throw new PageError(409, "config.sealed");
      throw refusalError(changed);
    }
    throw new PageError(503, "error.busy");
  }

  /** The problems of the configuration as errors of the form. */
  placed(problems: readonly Problem[], what: string, item: unknown): PlacedComplaint[] {
    const { placeOf = (path: Path) => path } = this.#subject;
    return problems.map(({ what: where, path, message }) => {
      const place = where === what ? placeOf(pathOf(path), item) : undefined;
      if (place !== undefined) return { path: pathText(place), message };
      return { path: "\0", message: `${where}${path === "" ? "" : ` ${path}`}: ${message}` };
    });
  }

  /** A draft as its page shows it. */
  async show(draft: FormDraft, view: View): Promise<ShownForm> {
    const { locale, t } = view;
    const { value, base, version, conflict, complaints, more } = draft;
    const { shown, rest } = await showForm(this.#subject.field, value ?? undefined, {
      locale,
      t,
      complaints,
      more,
      ...this.#sealedFor(view),
      ...this.#subject.offers,
    });
    return {
      root: shown,
      wrong: rest.map(({ path, message }) => {
        const words = inWordsOf(locale, message);
        return path === "" || path === "\0" ? words : `${path}: ${words}`;
      }),
      hasErrors: complaints.length > 0,
      base: JSON.stringify(base),
      version,
      more: more === undefined ? "1" : String(more.rows),
      conflict,
    };
  }

  /** The errors of the filled fields: an empty field is valid while a person types. */
  #complaintsSoFar(value: unknown): PlacedComplaint[] {
    const { what: whatOf, schema, into = (_, part) => part } = this.#subject;
    const { configuration } = this.#relay.query;
    const isFilled = ({ path }: PlacedComplaint): boolean =>
      pathOf(path).reduce<unknown>((part, key) => partOf(part, key as string | number), value) !== undefined;
    const own = schema ? issuesOf(schema, value, []).filter(isFilled) : [];
    if (own.length > 0) return own;
    const what = whatOf(value);
    const whole = into(configuration.item(what)?.value, value);
    const tried = configuration.trial(what, whole);
    return "refused" in tried && tried.refused === "invalid"
      ? this.placed(tried.problems, what, whole).filter(isFilled)
      : [];
  }

  #conflicting(draft: FormDraft, item: ItemState | undefined, theirs: unknown): FormDraft {
    const gone = item === undefined || theirs === null;
    return {
      ...draft,
      value: gone ? draft.value : merged(draft.base, draft.value, theirs),
      base: theirs,
      version: item?.version ?? "",
      conflict: {
        gone,
        by: item?.by,
        at: item?.at,
        changes: gone ? [] : fieldChanges(draft.base ?? undefined, theirs),
      },
    };
  }

  #of(item: unknown): unknown {
    const { of = (item: unknown) => item } = this.#subject;
    return item === undefined ? undefined : of(item);
  }

  #sealedFor({ who }: View): { key: string; who: string } {
    return { key: this.#relay.query.config.key, who: who!.name };
  }
}

/** The status of a page with a draft. */
export function statusOf({ complaints, conflict, isUnfinished }: FormDraft): 200 | 409 | 422 {
  if (isUnfinished) return 200;
  return conflict ? 409 : complaints.length > 0 ? 422 : 200;
}

function parsed(text: string | null): unknown {
  if (isTooCostly(text ?? "")) return null;
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return null;
  }
}
