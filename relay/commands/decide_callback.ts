import type { CallbackAction, CallbackOutcome, CallbackPress } from "../channel.ts";
import { MINUTE } from "../base/duration.ts";
import { oneLine } from "../base/text.ts";
import type { Action } from "../domain/action.ts";
import { type ActionCode, type LinkedAct, readCode } from "../domain/action_link.ts";
import { notifiedGroups } from "../domain/incident.ts";
import { actSentence, type LinkedResult } from "../message/act_sentence.ts";
import { translator } from "../message/locale.ts";
import { StoreError } from "../store/errors.ts";
import type { Store } from "../store/store.ts";
import type { Config } from "../config/mod.ts";
import type { Clock } from "../base/clock.ts";
import { type ActingPerson, actOnAlerts, type ActOnAlertsTools, resultOf } from "./act_on_alerts.ts";
import type { CallbackTarget } from "./callback_target.ts";
import { personBehind } from "./callback_user.ts";

/** The dependencies of {@linkcode decideCallback}. */
export interface DecideCallbackTools extends ActOnAlertsTools {
  readonly store: Pick<Store, "records" | "incidents" | "callbacks">;
  readonly config: Pick<Config, "key" | "members">;
  readonly clock: Pick<Clock, "now">;
  /** The other destinations of the channel. */
  readonly siblings: () => readonly CallbackTarget[];
  /** Whether another destination verifies the same call. */
  readonly accepts: (sibling: CallbackTarget) => Promise<boolean>;
}

/** Our choice: the largest difference between the clocks of a vendor and of the relay. */
const CLOCK_SKEW = MINUTE;

/** The result of one action. */
interface Handled {
  readonly act: LinkedAct | "other";
  readonly results: readonly LinkedResult[];
}

/**
 * Acts for the person who pressed. A repeated call changes nothing. If the database does not answer, nothing is done, and the
 * vendor or the person may try again.
 */
export async function decideCallback(
  { target, press }: { target: CallbackTarget; press: CallbackPress },
  tools: DecideCallbackTools,
): Promise<CallbackOutcome> {
  const t = translator(target.group.locale);
  const now = tools.clock.now();
  try {
    const claim = await tools.store.callbacks.claim(target.destination.id, press.once, now);
    if (claim === "done") return { kind: "repeated", text: t("callback.repeated") };
    if (claim === "busy") return { kind: "pending", text: t("callback.pending") };
    const person = { ...personBehind(press.user, { target, members: tools.config.members }), now };
    const handled: Handled[] = [];
    try {
      for (const action of press.actions) handled.push(await handle(action, { target, person, tools }));
    } catch (error) {
      await claim.release().catch(() => {});
      throw error;
    }
    await claim.done().catch(() => {}); // a repeat finds nothing to change
    const changed = handled.some(({ results }) => results.some(({ refused }) => refused === undefined));
    const text = handled.map(({ act, results }) => actSentence(act, results, t)).join("\n");
    return { kind: changed ? "done" : "refused", text };
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return { kind: "failed", text: t("callback.failed") };
  }
}

/** The call to which an action belongs. */
interface CallbackContext {
  readonly target: CallbackTarget;
  readonly person: ActingPerson;
  readonly tools: DecideCallbackTools;
}

async function handle(action: CallbackAction, context: CallbackContext): Promise<Handled> {
  if ("code" in action) return await handleCode(action.code, context);
  const { target: { group }, person, tools } = context;
  const { incidents } = tools.store;
  const { fingerprint, at = Infinity } = action;
  const incident = (await incidents.latest(new Set([fingerprint]))).get(fingerprint);
  // A vendor acts only on the incidents that it was notified of.
  if (!incident || !notifiedGroups(incident).includes(group.id)) return { act: "other", results: [] };
  // A vendor retries for hours: a person's action on an earlier incident must not close the current one.
  if (at + CLOCK_SKEW < incident.openedAt) {
    return { act: "other", results: [resultOf(incident, "superseded", tools)] };
  }
  const result = await tools.act(incident.id, printable(action.action), person);
  return { act: "other", results: result ? [resultOf(result.incident, result.refused, tools)] : [] };
}

/** A vendor's name may contain anything. */
function printable(action: Action): Action {
  return action.kind === "assign" ? { ...action, to: oneLine(action.to) } : action;
}

async function handleCode(text: string, { target, person, tools }: CallbackContext): Promise<Handled> {
  const code = await codeOf(text, { target, person, tools });
  if (typeof code !== "object") {
    return { act: "other", results: [{ title: "", refused: code ?? "invalid" }] };
  }
  return { act: code.act, results: await actOnAlerts(code, person, tools) };
}

/** The code of a pressed button, which may belong to another destination of the same vendor's app. */
async function codeOf(
  text: string,
  { target, person: { now }, tools: { config: { key }, siblings, accepts } }: CallbackContext,
): Promise<ActionCode | "expired" | undefined> {
  const readAt = ({ destination: { id } }: CallbackTarget): ReturnType<typeof readCode> =>
    readCode(text, { destination: id, key, now });
  const own = readAt(target);
  if (own !== undefined) return own;
  const sibling = siblings().find((one) => readAt(one) !== undefined);
  return sibling && await accepts(sibling) ? readAt(sibling) : undefined;
}
