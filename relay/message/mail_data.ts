import { labelOf } from "../alert.ts";
import { type AlertData, statusWord } from "./alert_data.ts";
import type { MessageData } from "./template_data.ts";
import { cut, oneLine } from "../text.ts";

/** What the template of a mail gets as `it`. */
export interface MailData extends MessageData {
  /** A row an alert, in the order of `alerts`. */
  readonly rows: readonly MailRow[];
}

/** An alert as a row of the mail's table. A text that does not apply is empty. */
export interface MailRow extends AlertData {
  /** `告警中` or `已恢复`; empty when the sender gave no status. */
  readonly statusWord: string;
  /** `严重 · 上次通知后又发生 12 次` */
  readonly level: string;
  readonly summary: string;
  /** What the summary does not say; may have several lines. */
  readonly details: string;
}

/** How much of the details is shown of one of several alerts: a mail over 100 KB is cut by some readers. */
const DETAILS_CHARS = 300;

/** A message as the rows of a table. */
export function mailData(data: MessageData): MailData {
  const { alerts, t } = data;
  const rows = alerts.map((alert): MailRow => {
    const status = statusWord(alert, t);
    const summary = cut(oneLine(labelOf(alert.annotations, "summary") ?? ""), { chars: 200 });
    const details = detailsOf(alert, summary);
    return {
      ...alert,
      statusWord: status,
      level: alert.state.slice(status.length).replace(/^ · /, ""),
      summary,
      details: alerts.length === 1 ? details : cut(details, { chars: DETAILS_CHARS }),
    };
  });
  return { ...data, rows };
}

/** The alert's text and its description, each said once. */
function detailsOf({ text, annotations }: AlertData, summary: string): string {
  const texts = [text, (labelOf(annotations, "description") ?? "").trim()];
  return [...new Set(texts)].filter((text) => text !== "" && oneLine(text) !== summary).join("\n");
}
