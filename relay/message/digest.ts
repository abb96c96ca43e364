import type { Message, MessageAlert } from "../channel.ts";
import { limitsOrDefault } from "../channel/options.ts";
import { cut, oneLine } from "../base/text.ts";
import { type Body, type BodyFormat, bodyFormat } from "./body_format.ts";
import { type Entry, messageAlert } from "./entry.ts";
import { largestFit } from "./fit.ts";
import { mailOf } from "./mail.ts";
import { contextOf, cutToFit, subjectOf } from "./draft.ts";
import { plainly } from "./plain.ts";
import { recipientsOf, urgencyOf } from "./render.ts";
import type { Rendered, RenderOptions } from "./render_options.ts";
import { type DigestData, digestData, type DigestIncident } from "./digest_data.ts";
import { SHORTER } from "./groups.ts";
import { byImportance, type Detail } from "./template_data.ts";
import { isEvent, type Reason } from "../domain/outcome.ts";
import { once } from "../base/once.ts";
import { writeWith } from "./templates.ts";
import { languageOf } from "./words.ts";

/** A digest, which covers all of the entries. */
export type RenderedDigest = Rendered & Required<Pick<Rendered, "digest">>;

/** The most names that people read on a phone. */
const MOST_NAMES = 500;

/** The size of the body that replaces a refused one. */
const PLAIN_BYTES = 2_000;

/**
 * Writes one message about many alerts of one destination: alike incidents together, firing before resolved, the most
 * severe first, as many by name as fit. It covers all entries: the unnamed ones are counted.
 */
export function renderDigest(entries: readonly Entry[], options: RenderOptions): RenderedDigest {
  const { group, form, templates, plain = false, publicUrl } = options;
  const id = options.messageId(entries.map(({ id }) => id));
  const { titleChars, alerts: mostRows } = limitsOrDefault(options.limits);
  const format = bodyFormat(plain ? plainly(options, PLAIN_BYTES) : options);
  const incidents = byIncident(entries, options);
  const messageAlerts = incidents.map(({ alert }) => alert);
  const list = publicUrl === undefined ? undefined : `${publicUrl}/d/${encodeURIComponent(id)}`;
  const dataWith = (detail: Detail): (shown: number) => DigestData =>
    digestData(incidents, group, {
      ...contextOf({ ...options, format, detail }),
      alerts: entries.length,
      list,
    });
  const data = SHORTER.map((detail) => once(() => dataWith(detail)));
  const brief = data[0]!();

  const most = Math.min(messageAlerts.length, MOST_NAMES);
  const title = cut(oneLine(titleOf(brief(most), options)), { chars: titleChars });
  let problem: string | undefined;
  const writeText = (data: DigestData): string => {
    if (plain) return format.escape(builtIn(data));
    const result = writeWith(`message/digest_${format.path}`, () => templates.digest[format.kind](data));
    if ("text" in result) return result.text;
    problem = result.problem;
    return format.escape(builtIn(data));
  };
  const write = (data: DigestData): Body => format.finish(writeText(data), title);
  const { shown, body = cutToFit(title, { title, format }) } = fit(most, { data, write, format });
  const whole = brief(shown);
  const page = form === "html" && !plain
    ? mailOf(
      messageAlerts.slice(0, mostRows),
      { ...options, context: contextOf({ ...options, format }) },
      brief,
    )
    : {};
  const problems = [problem, page.problem].filter((text) => text !== undefined);
  const urgency = urgencyOf(messageAlerts);
  const message: Message = {
    id,
    group: group.id,
    reason: reasonOf(messageAlerts),
    ...urgency,
    title,
    subject: cut(oneLine(subjectOf(whole, title, templates)), { chars: titleChars }),
    name: cut(oneLine(whole.name), { chars: titleChars }),
    thread: id,
    body: body.text,
    ...page.html === undefined ? {} : { html: page.html },
    alerts: listed(whole, messageAlerts),
    recipients: recipientsOf(options),
    links: whole.moreLink ? [whole.moreLink] : [],
    ...languageOf(urgency, group, {}),
    plain,
    digest: { alerts: entries.length, incidents: messageAlerts.length },
  };
  return {
    message,
    count: entries.length,
    ...problems.length === 0 ? {} : { problem: problems.join("; ") },
    ...body.commonmark === undefined ? {} : { commonmark: body.commonmark },
    digest: { shown, incidents: messageAlerts.length },
  };
}

/**
 * The newest alert of each incident and the number of alerts that it represents: firing first, the worst first, then
 * in order of arrival.
 */
function byIncident(entries: readonly Entry[], options: RenderOptions): DigestIncident[] {
  const incidents = new Map<string, { entry: Entry; count: number }>();
  for (const entry of entries) {
    const earlier = incidents.get(entry.fingerprint);
    incidents.set(entry.fingerprint, { entry, count: (earlier?.count ?? 0) + 1 + entry.folded });
  }
  return [...incidents.values()]
    .map(({ entry, count }): DigestIncident => ({ alert: messageAlert(entry, options), count }))
    .toSorted((a, b) => byImportance(a.alert, b.alert));
}

/** The reason of the worst unacknowledged firing alert; only the edit of a digest has acknowledged ones. */
function reasonOf(messageAlerts: readonly MessageAlert[]): Reason {
  const isOpen = ({ status, reason }: MessageAlert): boolean => status === "firing" && !isEvent(reason);
  return (messageAlerts.find(isOpen) ?? messageAlerts[0]!).reason;
}

/** The input of {@linkcode fit}. */
interface DigestWriting {
  /** The data of each detail, from more to less. */
  readonly data: readonly (() => (shown: number) => DigestData)[];
  readonly write: (data: DigestData) => Body;
  readonly format: BodyFormat;
}

/** As many names as fit, at most `most`: with equal details of each, or else alone. */
function fit(
  most: number,
  { data, write, format: { fillOf } }: DigestWriting,
): { shown: number; body?: Body } {
  let fill = 0;
  for (const detail of data) {
    const body = write(detail()(most));
    fill = fillOf(body);
    if (fill <= 1) return { shown: most, body };
  }
  const names = data.at(-1)!();
  const some = largestFit(most, { make: (shown) => write(names(shown)), fillOf, fill });
  if (some !== undefined) return { shown: some.count, body: some.made };
  const none = write(names(0));
  return fillOf(none) <= 1 ? { shown: 0, body: none } : { shown: 0 };
}

function titleOf(data: DigestData, { templates }: RenderOptions): string {
  try {
    return templates.title(data) || data.summary;
  } catch {
    return data.summary; // the template's fault is reported by each message that uses it
  }
}

/** The built-in text of a digest, without template and links. */
function builtIn({ title, summary, about, unlisted, groups }: DigestData): string {
  const rows = groups.flatMap(({ mark, head, items, isList, run, note }) => [
    [mark + head, isList ? "" : run, note].filter(Boolean)
      .join(" · "),
    ...isList ? items.map(({ text, says }) => [text, says].filter(Boolean).join(" · ")) : [],
  ]);
  return [`${title} · ${summary}`, about, unlisted, ...rows].filter(Boolean).map(oneLine).join("\n");
}

/** The alerts that the body names; at least one. */
function listed({ groups }: DigestData, messageAlerts: readonly MessageAlert[]): readonly MessageAlert[] {
  const ids = new Set(groups.flatMap(({ items }) => items.map(({ alert }) => alert.id)));
  return ids.size === 0 ? messageAlerts.slice(0, 1) : messageAlerts.filter(({ id }) => ids.has(id));
}
