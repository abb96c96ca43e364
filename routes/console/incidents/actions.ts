/**
 * The actions on incidents that the console's forms offer.
 *
 * @module
 */
import { z } from "zod";
import { type Action, ACTION_KINDS } from "../../../relay/domain/action.ts";
import type { TextKey } from "../../../relay/message/locale.ts";
import type { Relay } from "../../../relay/relay.ts";
import { endOfPreset, PRESETS } from "../silences/times.ts";
import type { View } from "../shell.ts";
import { briefTime } from "../time_element.ts";

/** The durations of an acknowledgement or a snooze that forms offer. */
export const LASTS = ["none", ...PRESETS] as const;

/** The fields of a form. */
export const actionFields = {
  act: z.enum(ACTION_KINDS),
  text: z.string().trim().max(500).default(""),
  lasts: z.enum(LASTS).default("none"),
  /** The assignee. */
  who: z.string().trim().max(100).default(""),
};

const fields = z.object(actionFields);

/** The parameters of the notice. */
type Params = Readonly<Record<string, string | number>>;

/** The action with the parameters of its notice, or the text with the reason why there is none. */
export type ReadAction =
  | { readonly action: Action; readonly params: Params }
  | { readonly wrong: TextKey; readonly params: Params };

/** The action of a form. @throws StoreError */
export async function readAction(
  { act: kind, text: typed, lasts, who }: z.output<typeof fields>,
  { relay: { query }, view: { now } }: { relay: Relay; view: Pick<View, "now"> },
): Promise<ReadAction> {
  const { timezone } = query.config;
  const text = typed || undefined;
  const until = lasts === "none" ? undefined : endOfPreset(lasts, { from: now, timezone });
  switch (kind) {
    case "note":
      return text === undefined ? wrong("act.noText") : { action: { kind, text }, params: {} };
    case "snooze":
      return until === undefined ? wrong("act.noTime") : {
        action: { kind, until, text },
        params: { until: briefTime(until, { now, timezone }).slice(0, -3) },
      };
    case "assign": {
      if (who === "") return wrong("act.noWho");
      const person = await query.person(who);
      if ("name" in person) return { action: { kind, to: person.name, text }, params: { who: person.name } };
      return wrong(person.wrong === "unknown" ? "act.unknownWho" : "act.ambiguousWho", { who });
    }
    case "unacknowledge":
      return { action: { kind }, params: {} };
    case "close":
    case "reopen":
      return { action: { kind, text }, params: {} };
    default:
      return { action: { kind, until, text }, params: {} };
  }
}

function wrong(key: TextKey, params: Params = {}): ReadAction {
  return { wrong: key, params };
}
