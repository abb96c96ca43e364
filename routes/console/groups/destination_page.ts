import { type Context, Hono } from "hono";
import type { TrialResult } from "../../../relay/delivery/trial.ts";
import { findDestination } from "../../../relay/domain/group.ts";
import type { ItemState } from "../../../relay/config/mod.ts";
import { byTitle, inWordsOf, titleOfChannel } from "../../../relay/message/dictionary.ts";
import { PageError } from "../../http/errors.ts";
import { Editor, type FormDraft, statusOf, type Subject } from "../forms/edit.ts";
import { removeItem } from "../forms/remove.ts";
import type { Shell, View } from "../shell.ts";
import { sendUnsaved } from "./send_unsaved.ts";
import {
  builtInGroup,
  destinationsIn,
  destinationSubject,
  groupItem,
  groupPath,
  type Item,
  nameOf,
} from "./subject.ts";

/** The destination of a request. */
interface DestinationAddress {
  readonly owner: string;
  readonly level: string;
  /** Missing for a new one. */
  readonly name?: string;
  readonly channel: string;
  readonly what: string;
  readonly item: ItemState | undefined;
}

/**
 * `/groups/:owner/:level/destinations`: the choice of a channel, then its form · `…/destinations/:name`: change, test
 * and removal of one.
 */
export function destinationRoutes(shell: Shell): Hono {
  const { relay } = shell;
  const { channels, configuration } = relay.query;
  const app = new Hono();
  const list = "/groups/:owner/:level/destinations";

  app.get(list, async (c) => {
    const view = await shell.open(c, "admin");
    const place = newPlace(c, c.req.query("channel"));
    if (place.channel !== "") {
      const { editor } = editorOf(place);
      return await page(view, { place, editor, draft: editor.start(place.item, undefined) });
    }
    const used = new Set(
      [...relay.query.config.groups.values()].flatMap(({ destinations }) =>
        destinations.map(({ channel }) => channel)
      ),
    );
    return await view.html("console/groups/choose", {
      title: view.t("destinations.choose"),
      group: { id: `${place.owner}/${place.level}`, path: groupPath(place.owner, place.level) },
      channels: byTitle(channels, view.locale).map(({ channel: { name }, title }) => ({
        name,
        title,
        used: used.has(name),
      })),
      readOnly: place.item?.managedBy === "file",
    });
  });
  app.post(list, async (c) => {
    const view = await shell.submit(c, "admin");
    return await act(view, newPlace(c, view.form.get("channel") ?? undefined));
  });

  app.get(`${list}/:name`, async (c) => {
    const view = await shell.open(c, "admin");
    const place = placeOf(c);
    const { editor, subject } = editorOf(place);
    const draft = editor.start(place.item, subject.of!(valueOf(place)));
    return await page(view, { place, editor, draft });
  });
  app.post(`${list}/:name`, async (c) => {
    const view = await shell.submit(c, "admin");
    return await act(view, placeOf(c, view.form.get("channel") ?? undefined));
  });
  app.post(`${list}/:name/remove`, async (c) => {
    const view = await shell.submit(c, "admin");
    const place = placeOf(c);
    const { what, name } = place;
    const value = valueOf(place) as Item;
    const destinations = destinationsIn(value).filter((one) => nameOf(one) !== name);
    await removeItem(relay, { what, view, value: { ...value, destinations } });
    return view.done(groupPath(place.owner, place.level), "config.removed", { what: name! });
  });
  return app;

  async function act(view: View & { form: URLSearchParams }, place: DestinationAddress): Promise<Response> {
    const { editor, subject } = editorOf(place);
    const draft = await editor.read(view);
    if (draft.isUnfinished) return await page(view, { place, editor, draft });
    if (view.form.get("act") === "test") {
      const tried = await sendUnsaved(relay, { ...place, draft, editor, subject, by: view.who!.name });
      return await page(view, { place, editor, ...tried });
    }
    const unsaved = await editor.save(draft, view);
    if (unsaved) return await page(view, { place, editor, draft: unsaved });
    return view.done(groupPath(place.owner, place.level), "config.saved");
  }

  async function page(
    view: View,
    { place, editor, draft, outcome }: {
      place: DestinationAddress;
      editor: Editor;
      draft: FormDraft;
      outcome?: readonly TrialResult[];
    },
  ): Promise<Response> {
    const { t } = view;
    const { owner, level, name, channel, item } = place;
    const path = groupPath(owner, level);
    const title = titleOfChannel(channel, { channels, locale: view.locale });
    const here = name === undefined
      ? `${path}/destinations`
      : `${path}/destinations/${encodeURIComponent(name)}`;
    return await view.html("console/config_form", {
      title: name === undefined ? t("destinations.new", { channel: title }) : `${owner}/${level}/${name}`,
      heading: name === undefined ? t("destinations.new", { channel: title }) : `${name} · ${title}`,
      docs: channels.get(channel)?.docs,
      back: { href: path, label: `${owner}/${level}` },
      action: here,
      hidden: { channel },
      form: await editor.show(draft, view),
      readOnly: item?.managedBy === "file",
      test: channels.get(channel) !== undefined,
      callback: callbackOf(place, view),
      outcome,
      remove: name !== undefined && item && {
        href: `${here}/remove`,
        label: t("destinations.remove", { name }),
        help: t("destinations.removeHelp"),
      },
      status: statusOf(draft),
    });
  }

  /** The callback address of a destination whose channel has callbacks. */
  function callbackOf(
    { owner, level, name, channel }: DestinationAddress,
    { locale }: View,
  ): { address: string | undefined; help: string; isEnabled: boolean } | undefined {
    const { callback, words } = channels.get(channel) ?? {};
    if (!callback || name === undefined) return undefined;
    const { config, groups } = relay.query;
    const saved = findDestination(`${owner}/${level}/${name}`, groups)?.destination;
    const path = ["callbacks", owner, level, name].map(encodeURIComponent).join("/");
    return {
      address: config.publicUrl && `${config.publicUrl}/${path}`,
      help: inWordsOf(locale, callback.help, words?.zh),
      isEnabled: saved !== undefined && saved.broken === undefined &&
        (callback.enabled?.(saved.config) ?? true),
    };
  }

  function editorOf(place: DestinationAddress): { editor: Editor; subject: Subject } {
    const subject = destinationSubject(relay, place);
    return { subject, editor: new Editor(relay, subject) };
  }

  function newPlace(c: Context, channel = ""): DestinationAddress {
    const { owner = "", level = "" } = c.req.param() as Record<string, string>;
    const what = groupItem(owner, level);
    const item = configuration.item(what);
    if (!item && !builtInGroup(owner, level)) throw new PageError(404, "groups.gone");
    if (channel !== "" && !channels.get(channel)) throw new PageError(404, "destinations.noChannel");
    return { owner, level, channel, what, item };
  }

  /** @param channel The channel in the form: the destination may have been removed since, which the editor reports. */
  function placeOf(c: Context, channel?: string): DestinationAddress {
    const { name = "" } = c.req.param() as Record<string, string>;
    const place = newPlace(c);
    const found = destinationsIn(valueOf(place)).find((one) => nameOf(one) === name);
    if (!found && channel === undefined) throw new PageError(404, "destinations.gone");
    return { ...place, name, channel: String(found?.channel ?? channel) };
  }

  function valueOf({ owner, level, item }: DestinationAddress): unknown {
    return item?.value ?? builtInGroup(owner, level);
  }
}
