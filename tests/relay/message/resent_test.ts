import { match, ok } from "node:assert/strict";
import { discover } from "../../kit/channels.ts";
import type { Channel, Form } from "../../../relay/channel.ts";
import { textOfRequest } from "../../kit/request_text.ts";
import { formOf, limitsOf } from "../../../relay/channel/options.ts";
import type { Locale } from "../../../relay/base/locale.ts";
import { renderDigest } from "../../../relay/message/digest.ts";
import type { Entry } from "../../../relay/message/entry.ts";
import { render } from "../../../relay/message/render.ts";
import type { RenderOptions } from "../../../relay/message/render_options.ts";
import { entry as sampleEntry, sampleEntries } from "../../../relay/message/sample_entries.ts";
import { group } from "../../kit/domain.ts";
import { templates } from "../../kit/templates.ts";

const at = (time: string): number => Date.parse(`2026-11-20T${time}:00+08:00`);
const NOW = at("12:30");

const SENTENCES: Readonly<Record<Locale, { ended: string; firing: string; title: RegExp }>> = {
  zh: {
    ended: "补发：11:06 的告警，已于 12:06 结束",
    firing: "补发：11:06 的告警，仍未恢复",
    title: /已恢复 · 补发/,
  },
  en: {
    ended: "Sent again: an alert of 11:06 that ended at 12:06",
    firing: "Sent again: an alert of 11:06, not resolved yet",
    title: /Resolved · Sent again/,
  },
};

/** An alert of 11:06 that a person sent again; over at 12:06, or still there. */
function resent(
  { ended, verbatim, number = 1 }: { ended: boolean; verbatim?: boolean; number?: number },
): Entry {
  const [{ alert }] = sampleEntries(verbatim ? "verbatim" : "firing", NOW) as [Entry];
  const link = { kind: "source", url: "https://prom.example.com/graph" } as const;
  const labels = { ...alert.labels, instance: `db-${number}` };
  const ending = ended ? { endedAt: at("12:06") } : undefined;
  return {
    ...sampleEntry({ ...alert, labels, links: [link], startsAt: at("11:06") }, {
      reason: "repeat",
      folded: 3,
    }),
    resent: { at: at("11:07"), ending },
  };
}

function options(locale: Locale, form: Form, more: Partial<RenderOptions> = {}): RenderOptions {
  return {
    group: group({ locale }),
    now: NOW,
    form,
    limits: {},
    templates,
    rewrite: (url) => url,
    messageId: () => "id",
    ...more,
  };
}

/** The words of a message, whatever markup they are in. */
const plainly = (text: string): string => text.replace(/<[^>]*>|&#\d+;/g, "").replace(/\\/g, "");

for (const locale of ["zh", "en"] as const) {
  const { ended, firing, title } = SENTENCES[locale];
  for (const form of ["text", "markdown", "html"] as const) {
    Deno.test(`a message that is sent again says so, of when its alert is, and when that ended: ${locale}, ${form}`, () => {
      const said = (entries: Entry[], more: Partial<RenderOptions> = {}): string => {
        const { message } = render(entries, options(locale, form, more));
        const texts = [message.body, ...form === "html" && !message.plain ? [message.html ?? ""] : []];
        for (const text of texts) {
          ok(plainly(text).includes(entries[0]!.resent!.ending ? ended : firing), text);
        }
        return `${message.title}\n${texts.join("\n")}`;
      };
      match(said([resent({ ended: true })]), title);
      const still = said([resent({ ended: false })]);
      ok(!/3 次|3×/.test(still), "what the reason said was true then");
      said([resent({ ended: true, verbatim: true })]);
      said([resent({ ended: true }), resent({ ended: true, number: 2 })]);
      said([resent({ ended: true })], { plain: true });
      said([resent({ ended: true, verbatim: true })], { plain: true });
      const broken = { ...templates, text: fails, markdown: fails, title: fails };
      said([resent({ ended: true })], { templates: broken });
    });

    Deno.test(`a digest says of each line that is sent again when it was: ${locale}, ${form}`, () => {
      const entries = [resent({ ended: true }), resent({ ended: false, number: 2 })];
      for (const more of [{}, { plain: true }]) {
        const { message } = renderDigest(entries, options(locale, form, more));
        for (const text of [ended, firing]) ok(plainly(message.body).includes(text), message.body);
      }
    });
  }
}

function fails(): never {
  throw new Error("broken");
}

/** The variants of a channel's config: each of its forms. */
function configsOf(channel: Channel): unknown[] {
  const forms = ["markdown", "text", "link", "actionCard", "feedCard", "card", "textcard"];
  return forms.flatMap((form) => {
    const parsed = channel.config.safeParse({ ...channel.sample as object, form });
    return parsed.success ? [parsed.data] : [];
  });
}

const channels = await discover();
for (const name of channels.names()) {
  const channel = channels.get(name)!;
  if (!channel.request) continue; // what holds a conversation sends the title and the body
  if (channel.digest === false) continue; // a program gets the alerts, and nobody reads it
  Deno.test(`every form of ${name} says that a message is sent again`, async () => {
    for (const config of configsOf(channel)) {
      for (const number of [1, 2]) {
        const entries = [resent({ ended: true }), resent({ ended: true, number: 2 })].slice(0, number);
        const { message } = render(
          entries,
          options("en", formOf(channel, config), { limits: limitsOf(channel, config) }),
        );
        const request = await channel.request!(config, message, { now: NOW, id: "id" });
        if ("kind" in request) continue;
        const body = textOfRequest(request);
        ok(body.includes(SENTENCES.en.ended), `${JSON.stringify(config)}: ${body}`);
      }
    }
  });
}
