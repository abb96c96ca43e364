import { type Context, Hono } from "hono";
import type { Channel } from "../../relay/channel.ts";
import { sizeLimits } from "../../relay/channel/limits.ts";
import { formOf, limitsOf, limitsOrDefault, markupOf } from "../../relay/channel/options.ts";
import { byTitle, titleOfChannel } from "../../relay/message/dictionary.ts";
import { PageError } from "../http/errors.ts";
import { Editor, type FormDraft, statusOf, type Subject } from "./forms/edit.ts";
import { fieldOf } from "./forms/field.ts";
import { removeItem } from "./forms/remove.ts";
import { type DestinationHealth, healthOf, rateText } from "./groups/health.ts";
import { groupPath } from "./groups/subject.ts";
import type { Shell, View } from "./shell.ts";

/** The most destinations of a channel that the page lists; the others are counted. */
const SHOWN = 50;

/**
 * `/channels`: every channel, its limits, the groups that use it, and the reasons why one cannot be loaded ·
 * `/channels/:name/defaults`: the common settings of its destinations.
 */
export function channelPages(shell: Shell): Hono {
  const { relay } = shell;
  const { channels, configuration } = relay.query;
  const app = new Hono();

  app.get("/channels", async (c) => {
    const view = await shell.open(c);
    const destinations = Map.groupBy(
      [...relay.query.config.groups.values()].flatMap((group) => group.destinations),
      ({ channel }) => channel,
    );
    const shown = [...destinations.values()].flatMap((own) => own.slice(0, SHOWN));
    const health = Map.groupBy(
      await healthOf(shown, { relay, locale: view.locale }),
      ({ channel }) => channel,
    );
    const usedBy = (name: string): { usedBy: (DestinationHealth & { path: string })[]; more: number } => ({
      usedBy: (health.get(name) ?? []).map((one) => {
        const [owner = "", level = ""] = one.id.split("/");
        return { ...one, path: groupPath(owner, level) };
      }),
      more: Math.max(0, (destinations.get(name)?.length ?? 0) - SHOWN),
    });
    return await view.html("console/channels", {
      title: view.t("channels.title"),
      channels: byTitle(channels, view.locale).map(({ channel, title }) => ({
        ...aboutOf(channel, view),
        title,
        shared: configuration.item(`defaults/${channel.name}`) !== undefined,
        ...usedBy(channel.name),
      })),
      faults: channels.faults.list(),
      broken: [...channels.broken].map(([name, because]) => ({ name, because, ...usedBy(name) })),
    });
  });

  app.get("/channels/:name/defaults", async (c) => {
    const view = await shell.open(c, "admin");
    const { name, editor } = editorOf(c);
    return await page(view, { name, editor, draft: editor.start(configuration.item(`defaults/${name}`)) });
  });
  app.post("/channels/:name/defaults", async (c) => {
    const view = await shell.submit(c, "admin");
    const { name, editor } = editorOf(c);
    const draft = await editor.read(view);
    const unsaved = draft.isUnfinished
      ? draft
      : await editor.save({ ...draft, value: draft.value ?? {} }, view);
    if (unsaved) return await page(view, { name, editor, draft: unsaved });
    return view.done("/channels", "config.saved");
  });
  app.post("/channels/:name/defaults/remove", async (c) => {
    const view = await shell.submit(c, "admin");
    const { name } = editorOf(c);
    await removeItem(relay, { what: `defaults/${name}`, view });
    return view.done("/channels", "config.removed", { what: `defaults/${name}` });
  });
  return app;

  function editorOf(c: Context): { name: string; editor: Editor } {
    const name = c.req.param("name") ?? "";
    const channel = channels.get(name);
    if (!channel) throw new PageError(404, "destinations.noChannel");
    return { name, editor: new Editor(relay, defaultsSubject(channel)) };
  }

  async function page(
    view: View,
    { name, editor, draft }: { name: string; editor: Editor; draft: FormDraft },
  ): Promise<Response> {
    const { t } = view;
    const item = configuration.item(`defaults/${name}`);
    const channel = titleOfChannel(name, { channels, locale: view.locale });
    return await view.html("console/config_form", {
      title: t("channels.sharedOf", { channel }),
      about: t("channels.sharedHelp"),
      back: { href: "/channels", label: t("channels.title") },
      form: await editor.show(draft, view),
      readOnly: item?.managedBy === "file",
      remove: item && {
        href: `/channels/${name}/defaults/remove`,
        label: t("channels.sharedRemove"),
        help: t("channels.sharedRemoveHelp"),
      },
      status: statusOf(draft),
    });
  }
}

/** The common settings are all optional. */
function defaultsSubject(channel: Channel): Subject {
  const field = fieldOf(channel.config);
  return {
    field: field.kind === "group"
      ? { ...field, fields: field.fields.map((inner) => ({ ...inner, required: false })) }
      : field,
    what: () => `defaults/${channel.name}`,
    offers: { words: channel.words?.zh ?? {} },
  };
}

/** The limits of a channel, for the config of its sample if they depend on one. */
function aboutOf(channel: Channel, view: View): Record<string, unknown> {
  const { name, docs, digest = true } = channel;
  const sample = channel.config.parse(channel.sample);
  const limits = limitsOf(channel, sample);
  return {
    name,
    docs,
    digest,
    form: markupOf(channel, sample) ? "markup" : formOf(channel, sample),
    sizes: sizeLimits(limits),
    alerts: limitsOrDefault(limits).alerts,
    recipients: limits.recipients,
    rates: (limits.rates ?? []).map((rate) => rateText(rate, view)),
    fields: fieldsOf(channel),
  };
}

function fieldsOf({ config }: Channel): number {
  const field = fieldOf(config);
  return field.kind === "group" ? field.fields.length : 1;
}
