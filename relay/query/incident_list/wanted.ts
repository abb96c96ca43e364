import type { Matcher } from "../../domain/matcher.ts";
import type { Severity } from "../../domain/severity.ts";

/** The filter of a search for incidents; an `undefined` field matches everything. */
export interface WantedIncidents {
  readonly state: "open" | "closed" | "all";
  readonly severity?: Severity | undefined;
  /** The id of a group that was notified. */
  readonly group?: string | undefined;
  /** Whether it is acknowledged or closed. */
  readonly known?: boolean | undefined;
  /** Whether a person acknowledged it. */
  readonly acknowledged?: boolean | undefined;
  /** The holder: the id of a member, or any other name. */
  readonly holder?: string | undefined;
  readonly dialect?: string | undefined;
  /** The title, or its {@linkcode titleKey}. */
  readonly title?: string | undefined;
  /** Conditions on the labels of the first alert. */
  readonly matchers?: readonly Matcher[] | undefined;
  /**
   * Terms, each of which is in the title, the note or a label of the first alert; or the start of the fingerprint. Not
   * case-sensitive.
   */
  readonly text?: string | undefined;
}

/** The maximum length of a title in the address of a page. */
const TITLE_CHARS = 200;

/** The title up to its maximum length: incidents with an equal beginning are grouped together. */
export function titleKey(title: string): string {
  return title.length <= TITLE_CHARS ? title : title.slice(0, TITLE_CHARS).toWellFormed();
}
