import type { SEVERITIES } from "../../domain/severity.ts";

/** What the frame of every page of the console shows. */
export interface Pulse {
  /** Active incidents, and those that nobody has acknowledged. */
  readonly incidents: {
    readonly open: number;
    readonly unacknowledged: number;
    /** There are more than were counted. */
    readonly more: boolean;
    /** The worst severity among those that nobody has acknowledged; if all are acknowledged, among the active ones. */
    readonly worst?: typeof SEVERITIES[number] | undefined;
  };
  /** Active silences. */
  readonly silences: number;
  /** Destinations that cannot deliver now, out of all. */
  readonly destinations: { readonly failing: number; readonly total: number };
  /** The names of the people who are on call now, by group. */
  readonly onCall: readonly { readonly group: string; readonly names: readonly string[] }[];
}
