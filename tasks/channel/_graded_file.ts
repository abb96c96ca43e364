import type { Finding } from "../../simulator/channel/finding.ts";

/** A file after it was graded. */
export interface GradedFile {
  /** Its `file:` URL. */
  readonly file: string;
  /** The display name of the channel, if it could be loaded. */
  readonly title?: string;
  readonly findings: readonly Finding[];
}

/** Begins each line of the grading process (RFC 7464): a plugin's own output does not have it. */
export const LINE = "\x1e";

/** A line of the grading process's output, one JSON text. `running` names the next call. */
export type GradingLine = { readonly running: string } | GradedFile;
