/** A part of markdown that a vendor's client draws. */
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
  /** What its client draws; it shows everything else as it is written. */
  readonly draws: readonly MarkdownFeature[];
  /** Whether one line end ends a line. Default: only a blank line does. */
  readonly breaks?: boolean;
  /** Whether the client shows the message's title beside the body, such as in the head of a card. Default: it does. */
  readonly titled?: boolean;
  /**
   * Whether the links of a message about one thing are buttons: the body then leaves them out, and they stand in
   * `message.buttons`.
   */
  readonly buttons?: boolean;
  /**
   * Write the common markdown of the templates in it: paragraphs, bold text, list items, quotes and links. The result is
   * what `limits.bodyBytes` measures. Default: as it is.
   */
  readonly write?: (markdown: string, message: { readonly title: string }) => string;
}
