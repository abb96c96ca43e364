import type { LabelledLink, MessageAlert } from "../channel.ts";
import { cut, oneLine, utf8Bytes } from "../base/text.ts";
import type { Body, BodyFormat } from "./body_format.ts";
import { largestFit } from "./fit.ts";
import type { RenderOptions } from "./render_options.ts";
import {
  byImportance,
  type Detail,
  type MessageContext,
  type MessageData,
  messageData,
} from "./template_data.ts";
import { type Templates, writeWith } from "./templates.ts";

/** The texts of a message whose size is not checked yet. */
export interface MessageDraft {
  /** The alerts in the order of importance. */
  readonly alerts: readonly MessageAlert[];
  readonly links: readonly LabelledLink[];
  readonly title: string;
  readonly subject: string;
  readonly name: string;
  readonly body: Body;
  readonly buttons?: readonly LabelledLink[] | undefined;
  readonly problem?: string | undefined;
}

/** The options of a draft. */
export interface DraftOptions extends RenderOptions {
  readonly format: BodyFormat;
  readonly detail?: Detail | undefined;
}

/** The share of the limits that a draft takes. */
export function draftFill({ fillOf }: BodyFormat): (draft: MessageDraft) => number {
  return ({ body }) => fillOf(body);
}

/** Writes the texts about alerts, in the order of their importance. */
export function draft(unsorted: readonly MessageAlert[], options: DraftOptions): MessageDraft {
  const { group, templates, format, hasButtons = false } = options;
  const alerts = unsorted.toSorted(byImportance);
  const context = contextOf(options);
  const all = messageData(alerts, group, context);
  const buttons = hasButtons ? buttonsOf(all) : undefined;
  const data = buttons ? messageData(alerts.map((alert) => ({ ...alert, links: [] })), group, context) : all;
  const problems: string[] = [];
  const written = (
    name: "title" | BodyFormat["kind"],
    path: string,
    fallback: (data: MessageData) => string,
  ): string => {
    const result = writeWith(`message/${path}`, () => templates[name](data));
    if ("text" in result) return result.text;
    problems.push(result.problem);
    return fallback(data);
  };
  const title = oneLine(written("title", "title", ({ title }) => title));
  const { kind, path, escape, finish } = format;
  const body = finish(written(kind, path, (data) => escape(builtInBody(data))), title);
  const problem = problems.length > 0 ? problems.join("; ") : undefined;
  const { links } = all.groups[0]!;
  const subject = subjectOf(data, title, templates);
  return { alerts, title, subject, name: nameOf(data), links, body, buttons, problem };
}

/** Our choice: the most buttons, and the most bytes of their addresses. */
const BUTTONS = 6;
const BUTTONS_BYTES = 3_000;

/** The links of the only group of a message, if buttons can hold them. */
function buttonsOf({ groups: [group, ...others] }: MessageData): readonly LabelledLink[] | undefined {
  const links = group!.links.map(({ title, url }) => ({ title, url }));
  const { verbatim, authored } = group!.items[0]!.alert;
  const areShown = others.length === 0 && links.length > 0 && (!verbatim || authored);
  const fit = links.length <= BUTTONS && utf8Bytes(links.map(({ url }) => url).join()) <= BUTTONS_BYTES;
  return areShown && fit ? links : undefined;
}

/** The subject of a mail: an operator's own title template also writes it. */
export function subjectOf({ subject }: MessageData, title: string, { overrides }: Templates): string {
  return overrides.has("message/title") ? title : subject;
}

/** The context of a message's data. */
export function contextOf(
  { now, labelRules, format, detail, publicUrl, group, others }: RenderOptions & Partial<DraftOptions>,
): MessageContext {
  return {
    now,
    labelRules,
    syntax: format?.syntax,
    isShort: format?.isShort,
    detail,
    others,
    list: publicUrl && `${publicUrl}/incidents?${new URLSearchParams({ group: group.id })}`,
  };
}

/** A message's name, which has no instance: the sender's group may hold other alerts tomorrow. */
export function nameOf({ alerts, t }: MessageData): string {
  const { title } = alerts[0]!;
  return alerts.every((alert) => alert.title === title) ? title : t("message.others", { title });
}

/** The built-in text of a message, without a template. */
export function builtInBody({ title, summary, alerts, groups }: MessageData): string {
  const [alert] = alerts as readonly [MessageData["alerts"][number]];
  const isOne = groups.length === 1;
  const lines = (...texts: readonly string[]): string => texts.filter(Boolean).join("\n");
  const dotted = (...texts: readonly string[]): string => texts.filter(Boolean).join(" · ");
  const blocks = groups.map(({ mark, head, state, items, isList, run, summary }) =>
    lines(
      dotted(...isOne ? [title, state] : [mark + head, state]),
      ...isList ? items.map(({ text, says }) => dotted(text, says)) : [run],
      summary,
    )
  );
  return alerts.length === 1 && alert.verbatim
    ? lines(alert.text, alert.note, ...linesOfLinks(alert))
    : [...isOne ? [] : [dotted(title, summary)], ...blocks].join("\n\n");
}

function linesOfLinks({ authored, links }: MessageAlert): string[] {
  return authored ? links.map(({ title, url }) => `${title}: ${url}`) : [];
}

/** A body with as much of a plain text as fits. */
export function cutToFit(text: string, { title, format }: { title: string; format: BodyFormat }): Body {
  const make = (chars: number): Body => format.finish(format.escape(cut(text, { chars })), title);
  const whole = make(text.length);
  const fill = format.fillOf(whole);
  if (fill <= 1) return whole;
  return largestFit(text.length, { make, fillOf: format.fillOf, fill })?.made ?? { text: "" };
}
