import type { Severity } from "../../domain/severity.ts";
import type { Quiet } from "../quiet.ts";
import type { OnCallNames } from "../oncall.ts";

/** The state of the relay in the frame of every page of the console. */
export interface Pulse {
  /** Active incidents, and those that nobody has acknowledged and that are neither silenced nor inhibited. */
  readonly incidents: {
    readonly open: number;
    readonly unacknowledged: number;
    /** The silenced and the inhibited ones of those that nobody has acknowledged; they are not counted among these. */
    readonly quiet: Readonly<Record<Quiet, number>>;
    /** Whether there are more than were counted. */
    readonly more: boolean;
    /** The worst severity among those that nobody has acknowledged; if all are acknowledged, among the active ones. */
    readonly worst?: Severity | undefined;
  };
  /** Active silences. */
  readonly silences: number;
  /** Destinations that cannot deliver now, out of all. */
  readonly destinations: { readonly failing: number; readonly total: number };
  readonly onCall: readonly OnCallNames[];
}
