import type { Alert, Labels } from "../domain/alert.ts";
import type { MessageAlert, TimelineLine } from "../channel.ts";
import type { Group } from "../domain/group.ts";
import type { Handling } from "../domain/handling.ts";
import type { Recurrence } from "../domain/related.ts";
import type { Instead } from "../domain/record.ts";
import { cut, oneLine, printable } from "../base/text.ts";
import type { Reason } from "../domain/outcome.ts";
import { wordsOf } from "./authored.ts";
import { handlingWords } from "./handling_words.ts";
import { DEFAULT_LABEL_RULES, type LabelRules } from "./labels.ts";
import { translator } from "./locale.ts";
import type { MarkdownSyntax } from "./markdown.ts";
import { shownLinks } from "./shown_links.ts";
import { alertWords } from "./words.ts";
import { recurrenceWords } from "./recurrence_words.ts";
import { endedBy, type Resent, resentWords } from "./resent.ts";
import { formatTime } from "../base/time.ts";
import { whereOf } from "../domain/where.ts";

/** A delivery with its alert, before it is written into a message. */
export interface Entry {
  /** The delivery's id. */
  readonly id: string;
  readonly alertId: string;
  readonly fingerprint: string;
  readonly alert: Alert;
  readonly reason: Reason;
  /** The number of duplicates since the group was last notified. */
  readonly folded: number;
  /** With the reason `repeat`: the sender repeats an alert that has not stopped firing. */
  readonly still?: true;
  /** For the last reminder: the time at which the sender last sent the alert. */
  readonly stoppedAt?: number;
  /** The id of the delivery that this one replaces, as a fallback. */
  readonly instead?: Instead;
  /** The name of the person who acted; with the reason `escalated`, of the person it was escalated to. */
  readonly by?: string;
  /** The time of the person's action, or of the escalation. */
  readonly at?: number;
  /** The person's text. */
  readonly remark?: string;
  /** The handling of the incident, at present or until it was resolved. */
  readonly handling?: Handling;
  /** The alert's recent frequency; only if the message is about this alert alone. */
  readonly recurrence?: Recurrence & { readonly days: number };
  /**
   * The newest lines of the incident's timeline, if the channel uses them; only if the message is about this alert
   * alone.
   */
  readonly timeline?: readonly TimelineLine[];
  /** Set when a person sent the failed delivery again. */
  readonly resent?: Resent;
}

/** The options of {@linkcode messageAlert}. */
export interface EntryOptions {
  readonly group: Group;
  /** Epoch milliseconds. */
  readonly now: number;
  /** The displayed form of a link; `undefined` for one that must not be shown. */
  readonly rewrite: (url: string) => string | undefined;
  /** The display name of a destination. Default: its id. */
  readonly nameOf?: (destinationId: string) => string;
  /** The rules for reading labels. Default: the built-in lists. */
  readonly labelRules?: LabelRules | undefined;
  /** The syntax for values in the markdown of an alert. Default: with look-alikes. */
  readonly syntax?: MarkdownSyntax | undefined;
  /** The console's address, without a trailing slash. */
  readonly publicUrl?: string | undefined;
}

/** The alert of an entry for a message: printable, with the links that can be shown. */
export function messageAlert(
  entry: Entry,
  options: EntryOptions,
): MessageAlert {
  const {
    alert: logged,
    alertId,
    fingerprint,
    reason,
    folded,
    still,
    stoppedAt,
    instead,
    resent,
    recurrence,
  } = entry;
  const { group, now, nameOf = (id) => id, labelRules = DEFAULT_LABEL_RULES } = options;
  const alert = resent ? endedBy(logged, resent.ending) : logged;
  const { status, severity, severityText, startsAt, endsAt } = alert;
  const object = whereOf(alert.labels, labelRules.where);
  return {
    id: alertId,
    fingerprint,
    reason,
    folded,
    ...(still ? { still } : {}),
    ...(stoppedAt === undefined ? {} : { stopped: formatTime(stoppedAt, group).slice(0, -3) }),
    status,
    severity,
    ...(severityText === undefined ? {} : { severityText: oneLine(severityText) }),
    ...(alert.verbatim ? { verbatim: true } : {}),
    ...(alert.statusAssumed ? { statusAssumed: true } : {}),
    ...(alert.origin?.truncated ? { truncated: alert.origin.truncated } : {}),
    ...(alert.origin?.notice ? { notice: oneLine(alert.origin.notice) } : {}),
    ...(instead ? { instead: insteadOf(instead, group, nameOf) } : {}),
    ...handlingWords(entry, { group, now }),
    ...(recurrence ? { recurrence: recurrenceWords(recurrence, group) } : {}),
    ...(resent ? { resent: resentWords(alert, resent, { group, now }) } : {}),
    title: oneLine(alert.title),
    ...wordsOf(alert, group, options.syntax),
    labels: printableLabels(alert.labels),
    object,
    annotations: printableLabels(alert.annotations),
    startsAt,
    endsAt,
    words: alertWords(alert, options),
    links: shownLinks(alert, { ...options, alertId, object }),
  };
}

function insteadOf(
  { destination, because, at }: Instead,
  group: Group,
  nameOf: (destinationId: string) => string,
): string {
  return translator(group.locale)("message.instead", {
    destination: oneLine(nameOf(destination)),
    time: formatTime(at, group).slice(0, -3),
    because: cut(oneLine(because), { chars: 200 }),
  });
}

function printableLabels(labels: Labels): Labels {
  if (arePrintable(labels)) return labels;
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [oneLine(name), printable(value)]));
}

/** Nearly all labels are printable and need no copy. One check of all costs less than a check of each. */
function arePrintable(labels: Labels): boolean {
  let names = "";
  let values = "";
  for (const name in labels) {
    names += name;
    values += `${labels[name]} `; // half a character at an end stays half of one
  }
  return /^[\w.:/-]*$/.test(names) && printable(values) === values;
}
