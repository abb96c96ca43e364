import type { Locale } from "../../../relay/base/locale.ts";
import type { ChannelWords } from "../../../relay/message/dictionary.ts";
import type { TextKey, Translate } from "../../../relay/message/locale.ts";

/** An error at a path of the form's value. */
export interface PlacedComplaint {
  readonly path: string;
  /** The error in English. */
  readonly message: string;
}

/** A choice, and whether it is selected. */
export interface Choice {
  readonly value: string;
  readonly label: string;
  readonly on?: boolean;
}

/** The data of a field for `templates/console/parts/form_field.eta`. */
export interface ShownField {
  readonly kind: "text" | "area" | "choice" | "switch" | "checks" | "secret" | "group" | "rows" | "fold";
  readonly name: string;
  readonly id: string;
  readonly title: string;
  readonly help: string;
  readonly required: boolean;
  readonly error?: string;
  readonly text?: string;
  readonly rows?: number;
  readonly numeric?: boolean;
  readonly options?: readonly Choice[];
  /**
   * The id of the list of suggestions for free text; `suggestions`: the list itself, at the first field that has it.
   */
  readonly list?: string;
  readonly suggestions?: readonly string[];
  /** The kind of text input, if the browser can help. */
  readonly input?: InputKind;
  /** The existing secrets: each one's value in the form, and its visible mark. */
  readonly kept?: readonly Choice[];
  readonly multiline?: boolean;
  readonly fields?: readonly ShownField[];
  /** Of a list: the fields of each row; the last rows are empty. */
  readonly items?: readonly (readonly ShownField[])[];
  /** For a fold: whether its fields are visible at first, and their values in words. */
  readonly open?: boolean;
  readonly summary?: string;
}

/** Fields of a form that few people need: they are collapsed under a line with their values. */
export interface Fold {
  readonly title: TextKey;
  readonly help?: TextKey;
  /** The keys of its fields. */
  readonly keys: readonly string[];
  /** The key of the group of fields that contains them. Default: the form itself. */
  readonly in?: string;
  /** The values of the fields in words. Default: the filled fields. */
  readonly summary?: (fields: readonly ShownField[]) => string;
}

/** A text that the browser can help to enter: a number and a unit, or a time of the day. */
export type InputKind = "duration" | "time";

/** The choices or suggestions, by the path of the field: `members`, `config.owner`. */
export interface Offers {
  readonly choices?: Readonly<Record<string, readonly Choice[]>>;
  readonly suggestions?: Readonly<Record<string, readonly string[]>>;
  readonly inputs?: Readonly<Record<string, InputKind>>;
  /** The words of the form's channel. */
  readonly words?: ChannelWords;
  readonly folds?: readonly Fold[];
}

/** The options of showing a form. */
export interface ShowOptions extends Offers {
  readonly locale: Locale;
  readonly t: Translate;
  readonly complaints: readonly PlacedComplaint[];
  /** Seals typed secrets: see {@linkcode keptValue}. */
  readonly key: string;
  readonly who: string;
  /** Empty rows at the end of the list of this name. */
  readonly more?: { readonly name: string; readonly rows: number } | undefined;
}
