import { oneLine } from "../base/text.ts";
import type { LinkedAct } from "../domain/action_link.ts";
import type { LinkedRefusal } from "../domain/linked_act.ts";
import type { TextKey, Translate } from "./locale.ts";

/** The result of a link or a button for one of its incidents. */
export interface LinkedResult {
  /** The incident's title. */
  readonly title: string;
  /**
   * The reason why nothing changed; `gone`: its records are no longer stored · `invalid`, `expired`: the state of the
   * button.
   */
  readonly refused?: LinkedRefusal | "gone" | "invalid" | "expired" | undefined;
  /** The holder's name. */
  readonly holder?: string | undefined;
}

const DONE: Readonly<Record<LinkedAct | "other", TextKey>> = {
  acknowledge: "linked.acknowledged",
  take: "linked.taken",
  snooze: "linked.snoozed",
  other: "linked.updated",
};

/** The sentence that tells the person the result. */
export function actSentence(
  act: LinkedAct | "other",
  results: readonly LinkedResult[],
  t: Translate,
): string {
  const [first] = results;
  if (first === undefined) return t("linked.gone");
  const done = results.filter(({ refused }) => refused === undefined);
  if (results.length === 1) {
    const { refused, holder = t("incidents.somebody") } = first;
    const title = oneLine(first.title);
    return refused === undefined ? t(DONE[act], { title }) : t(`linked.${refused}`, { title, name: holder });
  }
  const rest = results.length - done.length;
  if (done.length === 0) return t("linked.noneOf", { count: rest });
  const whole = t(DONE[act], { title: t("linked.several", { count: done.length }) });
  return rest === 0 ? whole : t("linked.someOf", { done: whole, rest });
}
