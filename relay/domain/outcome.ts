/**
 * Why a group is notified of an alert. `flapping`: it comes and goes, and the group is not notified again until it is
 * `settled` · `reminder`: it is critical, and nobody has acknowledged it.
 */
export type Reason = "first" | "repeat" | "changed" | "resolved" | "reminder" | "flapping" | "settled";

/** Whether a notification of this reason only comes back to what was told: no alert was accepted for it. */
export function isRetelling(reason: Reason): boolean {
  return reason === "reminder" || reason === "settled";
}

/** Why a group is not told, other than that the alert was folded into an open window. */
export type Suppression =
  | "nothing_open"
  | "no_destination"
  | "silence"
  | "acknowledged"
  | "flapping"
  /** A late peer of a high-availability pair sent it: a firing is held, a resolved belongs to an earlier occurrence. */
  | "late_peer"
  /** It always fires: only its absence is told. */
  | "heartbeat";

/** What one alert came to for one group. */
export type Outcome =
  | {
    readonly kind: "told";
    readonly reason: Reason;
    /** With `repeat`: it is no new occurrence. Its sender says that it still fires. */
    readonly still?: true;
    /** How many occurrences were folded since the group was last told. */
    readonly folded: number;
    /** The end of the quiet hours that it waits for. */
    readonly held?: number;
  }
  | {
    readonly kind: "folded";
    /** It is no new occurrence, but one that its sender sent again. */
    readonly still?: true;
  }
  | {
    readonly kind: "suppressed";
    readonly by: Suppression;
    /** With `by: "silence"`: the id of the silence. */
    readonly silence?: string;
  };

/** Whether a group is not told because it, or somebody, knows already: to the sender this is a success. */
export function isHushed(outcome: Outcome): boolean {
  if (outcome.kind === "folded") return true;
  return outcome.kind === "suppressed" &&
    ["silence", "acknowledged", "flapping", "heartbeat"].includes(outcome.by);
}
