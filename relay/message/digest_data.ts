import type { LabelledLink, MessageAlert } from "../channel.ts";
import type { Group } from "../domain/group.ts";
import { translator } from "./locale.ts";
import { withItems } from "./groups.ts";
import { type AlertData, type MessageContext, type MessageData, messageData } from "./template_data.ts";

/**
 * What the template of a digest gets as `it`. `alerts` has the newest alert of each incident, also of those not shown;
 * `groups` those that are shown.
 */
export interface DigestData extends MessageData {
  /** `合并了 100 条告警，涉及 92 个事件` */
  readonly about: string;
  /** As many incidents as fit, the most urgent first. */
  readonly lines: readonly DigestLine[];
  /** `另有 12 个事件未列出`; empty when all are shown. */
  readonly more: string;
}

/** An incident in a digest. */
export interface DigestLine extends AlertData {
  /** `严重` */
  readonly level: string;
  /** `×3`; empty for one. */
  readonly times: string;
  /** When it began: `11:32` of a day, `2026-11-19 23:58` where that is longer ago. */
  readonly since: string;
  /** Where to read on. */
  readonly link: LabelledLink | undefined;
}

/** An incident, as far as the digest folds it. */
export interface Folded {
  readonly alert: MessageAlert;
  /** How many alerts it stands for, with those that were folded before. */
  readonly count: number;
}

/** Nobody reads more lines on a phone. */
const MOST_LINES = 200;

/** What {@linkcode digestData} works with. */
export interface DigestContext extends MessageContext {
  /** How many alerts the incidents stand for. */
  readonly alerts: number;
  /** The address of the list of all of them. */
  readonly list?: string | undefined;
}

/** The data of a digest's template, by how many incidents are shown. */
export function digestData(
  folded: readonly Folded[],
  group: Group,
  { alerts, list, ...context }: DigestContext,
): (shown: number) => DigestData {
  const t = translator(group.locale);
  const data = messageData(folded.map(({ alert }) => alert), group, context);
  const lines = data.alerts.slice(0, MOST_LINES).map((alert, index): DigestLine => {
    const { count } = folded[index]!;
    return {
      ...alert,
      level: t(`severity.${alert.severity}`),
      times: count > 1 ? `×${count}` : "",
      link: alert.links.find(({ kind }) => kind === "relay") ?? alert.links[0],
    };
  });
  return (shown) => {
    const rest = folded.length - shown;
    const rooms = roomsFor(shown, data.groups.map(({ count }) => count));
    return {
      ...data,
      summary: data.summary || t("message.messages", { count: folded.length }),
      about: alerts === folded.length
        ? t("digest.alerts", { count: alerts })
        : t("digest.about", { alerts, incidents: folded.length }),
      lines: lines.slice(0, shown),
      groups: data.groups.flatMap((group, index) =>
        rooms[index] === 0 ? [] : [withItems(group, rooms[index]!, t)]
      ),
      unlisted: rest > 0 ? t("message.unlisted", { count: rest }) : "",
      more: rest > 0 ? t("digest.more", { count: rest }) : "",
      moreLink: list === undefined ? undefined : { title: t("digest.list"), url: list },
    };
  };
}

/** So many places for the members of groups of these sizes: each group has one before any has two, and so on. */
export function roomsFor(places: number, sizes: readonly number[]): number[] {
  const rooms = sizes.map(() => 0);
  let left = places;
  for (let open = sizes.map((_, index) => index); left > 0 && open.length > 0;) {
    open = open.filter((index) => rooms[index]! < sizes[index]!);
    // As many rounds at once as no group is full before.
    const rounds = Math.max(
      1,
      Math.min(Math.floor(left / open.length), ...open.map((index) => sizes[index]! - rooms[index]!)),
    );
    for (const index of open) {
      const given = Math.min(rounds, left);
      rooms[index]! += given;
      left -= given;
    }
  }
  return rooms;
}
