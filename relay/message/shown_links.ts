import { type Alert, labelOf, type Link } from "../domain/alert.ts";
import type { LabelledLink } from "../channel.ts";
import type { Group } from "../domain/group.ts";
import { oneLine } from "../base/text.ts";
import { webAddressOf } from "./chat_markup.ts";
import { translator } from "./locale.ts";
import type { Where } from "../domain/where.ts";

/** The options of {@linkcode shownLinks}. */
export interface ShownLinksOptions {
  readonly group: Group;
  /** The displayed form of a link; `undefined` for one that must not be shown. */
  readonly rewrite: (url: string) => string | undefined;
  /** The console's address, without a trailing slash. */
  readonly publicUrl?: string | undefined;
  readonly alertId: string;
  readonly object: Where;
}

/** The last check: `rewrite` has parsed the address already. */
const WEB = /^https?:\/\/\S+$/i;

type ShownLink = Link & LabelledLink;

/** The links of an alert that can be shown, each address once; before them those to our own pages about it. */
export function shownLinks(alert: Alert, options: ShownLinksOptions): ShownLink[] {
  const { group, rewrite, publicUrl, alertId } = options;
  const t = translator(group.locale);
  const byUrl = new Map<string, ShownLink>();
  // A text in its sender's own words is unchanged.
  const ours = publicUrl === undefined || alert.verbatim || alert.authored
    ? []
    : ownLinks(`${publicUrl}/a/${encodeURIComponent(alertId)}`, alert);
  for (const { kind, url } of ours) byUrl.set(url, { kind, url, title: t(`link.${kind}`) });
  for (const { kind, url, title } of alert.links) {
    if ((kind === "silence" || kind === "relay") && ours.length > 0) continue;
    const address = rewrite(webAddressOf(url));
    if (address === undefined || !WEB.test(address)) continue;
    const shown = kind === "silence" && alert.dialect === "alertmanager"
      ? newSilence(address, alert, options.object.parts.map(({ name }) => name))
      : address;
    if (byUrl.has(shown)) continue;
    byUrl.set(shown, { kind, url: shown, title: oneLine(title ?? "") || t(`link.${kind}`) });
  }
  return [...byUrl.values()];
}

function ownLinks(page: string, { status }: Alert): Link[] {
  const details = { kind: "relay", url: page } as const;
  return status === "firing" ? [details, { kind: "silence", url: `${page}/silence` }] : [details];
}

/** The path of Alertmanager's form for a new silence. */
const NEW_SILENCE = "/#/silences/new?filter=";

/** At most this many characters of a filter: a longer one would fill the message, so the form then opens empty. */
const FILTER_CHARS = 1_000;

/**
 * Alertmanager's form for a new silence, filled in with the alert's name and these of its labels.
 *
 * Source: https://github.com/prometheus/alertmanager/blob/main/ui/app/src/Views/SilenceForm/Parsing.elm
 */
function newSilence(base: string, { labels }: Pick<Alert, "labels">, by: readonly string[]): string {
  if (base.includes("#") || base.includes("?")) return base;
  // Whole values: the values in a message may be truncated.
  const pairs = ["alertname", ...by].flatMap((name) => {
    const value = labelOf(labels, name);
    return value ? [`${name}=${JSON.stringify(value)}`] : [];
  });
  const filter = encoded(`{${pairs.join(",")}}`);
  if (pairs.length === 0 || filter.length > FILTER_CHARS) return base;
  return `${base.replace(/\/+$/, "")}${NEW_SILENCE}${filter}`;
}

/** A link to a silence, widened to all alerts of this name that share these labels; any other link unchanged. */
export function silenceBy<L extends Link>(link: L, alert: Pick<Alert, "labels">, by: readonly string[]): L {
  if (link.kind !== "silence") return link;
  const [base, filter] = link.url.split(NEW_SILENCE, 2) as [string, string?];
  if (filter !== undefined) return { ...link, url: newSilence(base, alert, by) };
  const isOurs = /\/a\/[^/]+\/silence$/.test(link.url);
  return isOurs ? { ...link, url: `${link.url}?${new URLSearchParams({ by: by.join() })}` } : link;
}

/** Percent-encoded, with the characters that chats read as markup. */
function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed())
    .replace(/[!'()*~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
