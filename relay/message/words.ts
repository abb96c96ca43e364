import { defined } from "../base/defined.ts";
import type { AlertWords, Message, MessageAlert, MessageWords } from "../channel.ts";
import { formatDuration, formatTime } from "../base/time.ts";
import type { Group } from "../domain/group.ts";
import { translator } from "./locale.ts";

/** The facts of an alert as words, in the group's language and time zone. */
export function alertWords(
  { status, severity, startsAt, endsAt }: Pick<MessageAlert, "status" | "severity" | "startsAt" | "endsAt">,
  { group, now }: { group: Group; now: number },
): AlertWords {
  const t = translator(group.locale);
  const until = status === "firing" ? now : endsAt;
  return {
    status: t(`status.${status}`),
    severity: t(`severity.${severity}`),
    ...startsAt === null ? {} : { began: formatTime(startsAt, group) },
    ...endsAt === null ? {} : { ended: formatTime(endsAt, group) },
    ...startsAt === null || until === null || until < startsAt
      ? {}
      : { lasted: formatDuration(until - startsAt, group.locale) },
  };
}

/** The language of a message, and its facts as words. `event` and `handled`: of its first alert. */
export function languageOf(
  { status, severity }: Pick<Message, "status" | "severity">,
  { locale, timezone }: Pick<Group, "locale" | "timezone">,
  { event, handled }: Pick<MessageAlert, "event" | "handled">,
): { readonly locale: Group["locale"]; readonly timezone: string; readonly words: MessageWords } {
  const t = translator(locale);
  const words = {
    status: t(`status.${status}`),
    severity: t(`severity.${severity}`),
    open: t("message.open"),
    acknowledge: t("message.acknowledge"),
    take: t("message.take"),
    snooze: t("message.snooze"),
    ...defined({ event, handled }),
  };
  return { locale, timezone, words };
}
