/**
 * Sends urgent notifications of a card to members, apart from the message itself.
 *
 * @module
 */
import type { Member, Message, Severity } from "../../relay/channel.ts";
import { fieldsOf } from "../_answers/json.ts";
import { type FeishuApp, idTypeOf, URGENT_WAYS, type UrgentWay, type UserIdType } from "./app.ts";
import { URGENT_QUOTA } from "./app_answer.ts";
import { isLoud } from "../_chat/follow.ts";

/** The config of urgent notifications. */
export interface RingOptions {
  readonly urgent: "none" | UrgentWay;
  readonly urgentFrom: Severity;
}

/** The result of an urgent notification. */
export interface Rung {
  readonly words: string;
  /** Ids of members who cannot get an urgent notification. */
  readonly failed: readonly string[];
  /** It may succeed later. */
  readonly again: boolean;
  readonly waitMs?: number | undefined;
}

const SEVERITIES: readonly Severity[] = ["critical", "error", "warning", "info"];

/** The members who get an urgent notification of the message. */
export function ringing({ urgent, urgentFrom }: RingOptions, message: Message): readonly Member[] {
  const { recipients, severity } = message;
  const rings = urgent !== "none" && isLoud(message) &&
    SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(urgentFrom);
  return rings ? recipients : [];
}

/** Sends an urgent notification of a card, in the next quieter way if the company's quota is used up. */
export async function ring(
  feishu: FeishuApp,
  card: string,
  { way, people }: { way: UrgentWay; people: readonly Member[] },
): Promise<Rung> {
  const failed: string[] = [];
  const words: string[] = [];
  for (
    const [type, group = []] of Object.entries(Object.groupBy(people, ({ feishu }) => idTypeOf(feishu!)))
  ) {
    const users = group.map(({ feishu }) => feishu!);
    for (const one of URGENT_WAYS.slice(URGENT_WAYS.indexOf(way))) {
      const result = await feishu.urge(card, { way: one, type: type as UserIdType, users });
      if (result.ok) {
        const { invalid_user_id_list: invalid } = fieldsOf(result.json.data);
        const isInvalid = ({ feishu }: Member): boolean => Array.isArray(invalid) && invalid.includes(feishu);
        failed.push(...group.filter(isInvalid).map(({ id }) => id));
        words.push(`urgent_${one}`);
        break;
      }
      const { verdict } = result;
      const because = `urgent_${one}: ${verdict.because}`;
      if (verdict.kind === "retry" || verdict.kind === "throttled") {
        return { words: because, failed, again: true, waitMs: verdict.waitMs };
      }
      words.push(because);
      if (!verdict.because.startsWith(URGENT_QUOTA)) break;
    }
  }
  return { words: words.join(", "), failed, again: false };
}
