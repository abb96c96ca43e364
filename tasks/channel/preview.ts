import type { Locale } from "../../relay/channel.ts";
import { cardOf } from "../../relay/channel/options.ts";
import { channelTitle, inWordsOf } from "../../relay/message/dictionary.ts";
import { translator } from "../../relay/message/locale.ts";
import { loadTemplates, type Templates } from "../../relay/message/templates.ts";
import { stylesheet } from "../../routes/console/assets.ts";
import { fieldOf, type FormField } from "../../routes/console/forms/field.ts";
import { escaped } from "../../routes/console/vendor_markdown.ts";
import { drawn } from "../../routes/console/vendor_view.ts";
import type { Configured } from "../../simulator/channel/attempt.ts";
import { type Compose, composer, type Kind, kindsFor } from "../../simulator/channel/compose.ts";
import { measureAll } from "../../simulator/channel/measure.ts";
import { print, type Task, UsageError } from "../_task.ts";
import { loadPlugin, withConfig } from "./_plugin.ts";

const HELP = `deno task channel preview FILE [--config c.yaml] [--out preview.html]

Writes a page that shows a plugin as people will see it, in both languages: the fields of its form, and a message of each
kind as the vendor's client draws it, with its size against each limit. Nothing is sent.

  --config  the config of a destination; default: the plugin's sample
  --out     where the page goes; default: preview.html`;

const OPTIONS = {
  config: { type: "string" },
  out: { type: "string", default: "preview.html" },
} as const;

const LOCALES = ["zh", "en"] as const;

const task: Task<typeof OPTIONS> = {
  name: "deno task channel preview",
  action: "preview the channel",
  help: HELP,
  options: OPTIONS,
  words: 1,
  async run({ values: { config, out }, positionals: [file] }): Promise<number> {
    if (file === undefined) throw new UsageError("no file is named");
    const to = await withConfig(await loadPlugin(file), config);
    await Deno.writeTextFile(out, await page(to));
    print(`${out} shows ${to.channel.title}: open it in a browser`);
    return 0;
  },
};
export default task;

const TEMPLATES = new URL("../../templates/", import.meta.url);

/** The whole page, self-contained. */
export async function page(to: Configured): Promise<string> {
  const templates = await loadTemplates({ builtIn: TEMPLATES });
  const compose = await composer();
  const css = await stylesheet();
  const { channel } = to;
  const columns = async (part: (locale: Locale) => string | Promise<string>): Promise<string> =>
    `<div class="columns">${
      (await Promise.all(LOCALES.map(part))).map((html) => `<div>${html}</div>`).join("")
    }</div>`;
  const messages = await Promise.all(
    kindsFor(channel).map(async (kind) =>
      `<section><h2>${kind}</h2>${await columns((locale) =>
        messageHtml(to, { kind, locale, compose, templates })
      )}</section>`
    ),
  );
  const form = await columns((locale) => {
    const rows = fieldsIn(fieldOf(channel.config)).map((field) => fieldRow(field, locale, channel.words?.zh));
    return `<h1>${escaped(channelTitle(locale, channel))}</h1><table>${rows.join("")}</table>`;
  });
  return `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escaped(channel.title)}</title>
<style>${css}
body { padding: 1rem; } th { text-align: left; vertical-align: top; white-space: nowrap; padding-right: 1rem; } .columns { display: flex; flex-wrap: wrap; gap: 1rem; } .columns > div { flex: 1 1 24rem; min-width: 0; }
</style></head><body>
${form}
${messages.join("\n")}
</body></html>
`;
}

function fieldsIn(field: FormField): readonly FormField[] {
  return field.kind === "group" ? field.fields : [field];
}

function fieldRow(
  field: FormField,
  locale: Locale,
  words: Readonly<Record<string, string>> | undefined,
): string {
  const say = (english: string): string => escaped(inWordsOf(locale, english, words));
  const { kind, key, title, help, required, standard } = field;
  const facts = [
    key,
    kind === "choice" || kind === "checks" ? field.options.map(say).join(" | ") : kind,
    ...required ? ["*"] : [],
    ...standard === undefined ? [] : [`= ${escaped(JSON.stringify(standard))}`],
  ];
  return `<tr><th>${say(title)}</th><td>${facts.join(" · ")}<p class="help">${say(help)}</p></td></tr>`;
}

async function messageHtml(
  to: Configured,
  { kind, locale, compose, templates }: {
    kind: Kind;
    locale: Locale;
    compose: Compose;
    templates: Templates;
  },
): Promise<string> {
  const { channel, config } = to;
  const rendered = await compose(to, kind, { locale });
  const { message, commonmark, digest, problem } = rendered;
  const shown = {
    message,
    digest,
    ...await drawn({ channel, channelConfig: config }, message.body, { commonmark }),
    card: cardOf(channel, config, message),
  };
  const mail = `data:text/html;charset=utf-8,${encodeURIComponent(message.html ?? "")}`;
  const sizes = measureAll(rendered, undefined, to).map(({ limit, used, most }) =>
    `${limit}: ${used.toLocaleString("en")} / ${most.toLocaleString("en")}`
  );
  return templates.html("console/parts/vendor", { t: translator(locale), shown, mail }) +
    `<p class="help">${escaped([...problem === undefined ? [] : [problem], ...sizes].join(" · "))}</p>`;
}
