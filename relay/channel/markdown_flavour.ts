/** A markdown feature that a vendor's client renders. */
export type MarkdownFeature =
  | "heading"
  | "bold"
  | "italic"
  | "strike"
  | "code"
  | "fence"
  | "link"
  | "image"
  | "quote"
  | "list"
  | "rule"
  /** `<font color="…">` */
  | "colour";

/** A vendor's own flavour of markdown. */
export interface MarkdownFlavour {
  /** The features that its client renders; everything else is shown literally. */
  readonly draws: readonly MarkdownFeature[];
  /** Whether a single line end breaks a line. Default: only a blank line does. */
  readonly breaks?: boolean;
  /** Whether the client shows the message's title separately from the body, such as in the head of a card. Default: yes. */
  readonly titled?: boolean;
  /**
   * Converts the common markdown of the templates: paragraphs, bold text, list items, quotes and links. The limits apply
   * to the result. Default: unchanged.
   */
  readonly write?: (markdown: string) => string;
}
