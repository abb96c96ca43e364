import type { LabelledLink, MessageAlert } from "../channel.ts";
import type { Group } from "../group.ts";
import { translator } from "./locale.ts";
import { shortTime } from "./time.ts";
import { type AlertData, type MessageContext, type MessageData, messageData } from "./template_data.ts";

/** What the template of a digest gets as `it`. `alerts` has the newest alert of each incident, also of those not shown. */
export interface DigestData extends MessageData {
  /** `合并了 100 条告警，涉及 92 个事件` */
  readonly about: string;
  /** Those that there is room for, the most urgent first. */
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

/** The data of a digest's template. `shown`: how many incidents have a line · `alerts`: how many alerts they stand for. */
export function digestData(
  folded: readonly Folded[],
  group: Group,
  { shown, alerts, list, pageOf, ...context }: MessageContext & {
    shown: number;
    alerts: number;
    list?: string | undefined;
    pageOf?: (alertId: string) => string | undefined;
  },
): DigestData {
  const t = translator(group.locale);
  const data = messageData(folded.map(({ alert }) => alert), group, context);
  const rest = folded.length - shown;
  const lines = data.alerts.slice(0, shown).map((alert, index): DigestLine => {
    const { count } = folded[index]!;
    const page = pageOf?.(alert.id);
    return {
      ...alert,
      level: t(`severity.${alert.severity}`),
      since: alert.startsAt === null
        ? alert.start
        : shortTime(alert.startsAt, { now: context.now ?? Infinity, timezone: group.timezone }),
      times: count > 1 ? `×${count}` : "",
      link: page === undefined ? alert.links[0] : { title: t("link.relay"), url: page },
    };
  });
  return {
    ...data,
    summary: data.summary || t("message.messages", { count: folded.length }),
    about: t("digest.about", { alerts, incidents: folded.length }),
    lines,
    unlisted: rest > 0 ? t("message.unlisted", { count: rest }) : "",
    more: rest > 0 ? t("digest.more", { count: rest }) : "",
    moreLink: list === undefined ? undefined : { title: t("digest.list"), url: list },
  };
}
