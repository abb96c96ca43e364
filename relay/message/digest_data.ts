import type { LabelledLink, MessageAlert } from "../channel.ts";
import type { Group } from "../domain/group.ts";
import { translator } from "./locale.ts";
import { withItems } from "./groups.ts";
import { type AlertData, type MessageContext, type MessageData, messageData } from "./template_data.ts";

/**
 * The data of a digest's template, as `it`. `alerts` has the newest alert of each incident, also of those not shown;
 * `groups` those that are shown.
 */
export interface DigestData extends MessageData {
  /** `合并了 100 条告警，涉及 92 个事件` */
  readonly about: string;
  /** `KubePodCrashLooping 等 92 个`, `KubePodCrashLooping +91`: with the number of incidents, for vendors that show no body. */
  readonly name: string;
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
  /** The start time: `11:32`; `2026-11-19 23:58` if it is a day or more ago. */
  readonly since: string;
  /** The link to its details. */
  readonly link: LabelledLink | undefined;
}

/** An incident of a digest: its newest alert, and the number of alerts that it represents. */
export interface DigestIncident {
  readonly alert: MessageAlert;
  /** The number of alerts that it represents, duplicates included. */
  readonly count: number;
}

/** The most lines that people read on a phone. */
const MOST_LINES = 200;

/** The options of {@linkcode digestData}. */
export interface DigestContext extends MessageContext {
  /** The number of alerts that the incidents represent. */
  readonly alerts: number;
  /** The address of the list of all incidents. */
  readonly list?: string | undefined;
}

/** Makes the data of a digest's template for a number of shown incidents. */
export function digestData(
  incidents: readonly DigestIncident[],
  group: Group,
  { alerts, list, ...context }: DigestContext,
): (shown: number) => DigestData {
  const t = translator(group.locale);
  const data = messageData(incidents.map(({ alert }) => alert), group, context);
  const lines = data.alerts.slice(0, MOST_LINES).map((alert, index): DigestLine => {
    const { count } = incidents[index]!;
    return {
      ...alert,
      level: t(`severity.${alert.severity}`),
      times: count > 1 ? `×${count}` : "",
      link: alert.links.find(({ kind }) => kind === "relay") ?? alert.links[0],
    };
  });
  return (shown) => {
    const rest = incidents.length - shown;
    const rooms = roomsFor(shown, data.groups.map(({ count }) => count));
    return {
      ...data,
      name: incidents.length > 1
        ? t("digest.name", {
          name: data.alerts[0]!.title,
          count: incidents.length - (data.locale === "zh" ? 0 : 1),
        })
        : data.name,
      summary: data.summary || t("message.messages", { count: incidents.length }),
      about: alerts === incidents.length
        ? t("digest.alerts", { count: alerts })
        : t("digest.about", { alerts, incidents: incidents.length }),
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

/** Divides `places` among groups of these sizes: each group gets one before any gets two, and so on. */
export function roomsFor(places: number, sizes: readonly number[]): number[] {
  const rooms = sizes.map(() => 0);
  let left = places;
  for (let open = sizes.map((_, index) => index); left > 0 && open.length > 0;) {
    open = open.filter((index) => rooms[index]! < sizes[index]!);
    // Rounds in which no group fills up are done at once.
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
