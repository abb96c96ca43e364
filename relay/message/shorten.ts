import type { Labels } from "../domain/alert.ts";
import type { MessageAlert } from "../channel.ts";
import { cut } from "../base/text.ts";
import { cutMarkup } from "./chat_markup.ts";
import {
  builtInBody,
  contextOf,
  cutToFit,
  draft,
  draftFill,
  type DraftOptions,
  type MessageDraft,
} from "./draft.ts";
import { largestFit } from "./fit.ts";
import { messageData } from "./template_data.ts";

/** The parts that may be removed from an alert to make room for its text, the least important first. */
const SACRIFICES: readonly ((alert: MessageAlert) => MessageAlert)[] = [
  (alert) => alert,
  (alert) => ({ ...alert, labels: cutLabels(alert.labels, { labels: 10, chars: 60 }) }),
  (alert) => ({
    ...alert,
    labels: whereOnly(alert),
    annotations: {},
    links: alert.links.slice(0, 1),
  }),
  (alert) => ({ ...bareOf(alert), title: cut(alert.title, { chars: 80 }) }),
];

/** An alert keeps at least this many characters of its text: other parts are removed first. */
const LEAST_TEXT = 200;

/** A draft of the one alert that fits. */
export function shorten({ alerts }: MessageDraft, options: DraftOptions): MessageDraft {
  const [alert] = alerts as readonly [MessageAlert];
  const { format } = options;
  const fillOf = draftFill(format);
  const most = Math.max(alert.text.length, alert.markdown?.length ?? 0);
  const writer = (rest: MessageAlert) => (chars: number): MessageDraft =>
    draft([withText(rest, alert, chars)], options);
  for (const sacrifice of SACRIFICES) {
    const make = writer(sacrifice(alert));
    const whole = make(most);
    const fill = fillOf(whole);
    if (fill <= 1) return whole;
    if (fillOf(make(Math.min(LEAST_TEXT, most))) > 1) continue;
    const longest = largestFit(most, { make, fillOf, fill, tolerance: 0.02 });
    if (longest !== undefined) return longest.made;
  }
  const make = writer(SACRIFICES.at(-1)!(alert));
  const bare = make(0);
  if (fillOf(bare) <= 1) return largestFit(Math.min(LEAST_TEXT, most), { make, fillOf })?.made ?? bare;

  const { title } = bare;
  const builtIn = builtInBody(messageData(alerts, options.group, contextOf(options)));
  const body = cutToFit(builtIn, { title, format });
  // If the built-in text of a bare alert does not fit either, the template is not at fault.
  const least = builtInBody(messageData(bare.alerts, options.group, contextOf(options)));
  if (format.fillOf(format.finish(format.escape(least), title)) > 1) return { ...bare, body };
  const problem = `Template "message/${format.path}" does not fit into the limits, even with one short alert`;
  return { ...bare, body, problem };
}

/** An alert with the start of another's text. */
function withText(rest: MessageAlert, { text, markdown }: MessageAlert, chars: number): MessageAlert {
  const short = { chars };
  return {
    ...rest,
    text: cut(text, short),
    ...markdown === undefined ? {} : { markdown: cutMarkup(markdown, short) },
  };
}

function cutLabels(labels: Labels, { labels: count, chars }: { labels: number; chars: number }): Labels {
  return Object.fromEntries(
    Object.entries(labels).slice(0, count).map(([name, value]) => [name, cut(value, { chars })]),
  );
}

/** An alert reduced to its title, its text and the labels that identify its object. */
export function bareOf(alert: MessageAlert): MessageAlert {
  return { ...alert, labels: whereOnly(alert), annotations: {}, links: [] };
}

function whereOnly({ labels, object }: MessageAlert): Labels {
  const names = new Set(object?.parts.map(({ name }) => name));
  const identifying = Object.entries(labels).filter(([name]) => names.has(name));
  return cutLabels(Object.fromEntries(identifying), { labels: identifying.length, chars: 100 });
}
