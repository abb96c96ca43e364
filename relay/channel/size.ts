/** The largest size of a text, in one or several units; all of them apply. */
export interface Size {
  /** Bytes of UTF-8. */
  readonly bytes?: number;
  /** Bytes of UTF-8 of the text as a JSON string, without its quotes. */
  readonly jsonBytes?: number;
  /** Unicode characters (code points). */
  readonly characters?: number;
  /** UTF-16 code units, as Telegram and Java count. */
  readonly utf16?: number;
}
