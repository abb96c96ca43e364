import type { Matcher } from "../../domain/matcher.ts";
import type { Severity } from "../../domain/severity.ts";

/** The filter of a search for incidents; an `undefined` field matches everything. */
export interface WantedIncidents {
  readonly state: "open" | "closed" | "all";
  readonly severity?: Severity | undefined;
  /** The id of a group that was notified. */
  readonly group?: string | undefined;
  /** Acknowledged or closed. */
  readonly known?: boolean | undefined;
  /** Acknowledged by a person. */
  readonly acknowledged?: boolean | undefined;
  /** The id or the name of the person who has it. */
  readonly holder?: string | undefined;
  readonly dialect?: string | undefined;
  /** The title, or its {@linkcode titleKey}. */
  readonly title?: string | undefined;
  /** Conditions on the labels of the first alert. */
  readonly matchers?: readonly Matcher[] | undefined;
  /** Terms, each in the title, the note or a label of the first alert; or the start of the fingerprint. Not case-sensitive. */
  readonly text?: string | undefined;
}

/** The part of a title by which incidents are grouped and found again: an address has to hold it. */
const TITLE_CHARS = 200;

/** The beginning of a title, which is all of nearly every one. */
export function titleKey(title: string): string {
  return title.length <= TITLE_CHARS ? title : title.slice(0, TITLE_CHARS).toWellFormed();
}
