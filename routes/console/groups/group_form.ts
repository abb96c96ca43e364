import { type Context, Hono } from "hono";
import { PageError } from "../../http/errors.ts";
import { Editor, type FormDraft, statusOf } from "../forms/edit.ts";
import { removeItem } from "../forms/remove.ts";
import type { Shell, View } from "../shell.ts";
import { builtInGroup, groupItem, groupPath, groupSubject, type Item } from "./subject.ts";

/** `/groups/new`, `/groups/:owner/:level/edit`, and the removal of a group. */
export function groupFormRoutes(shell: Shell): Hono {
  const { relay } = shell;
  const { configuration } = relay.query;
  const app = new Hono();

  app.get("/groups/new", async (c) => {
    const view = await shell.open(c, "admin");
    const editor = new Editor(relay, groupSubject(relay, view));
    return await page(view, { editor, draft: editor.start(undefined) });
  });
  app.post("/groups/new", async (c) => {
    const view = await shell.submit(c, "admin");
    const editor = new Editor(relay, groupSubject(relay, view));
    const draft = await editor.read(view);
    if (draft.isUnfinished) return await page(view, { editor, draft });
    const { owner = "", level = "" } = draft.value as Item;
    const unsaved = await editor.save(draft, view);
    if (unsaved) return await page(view, { editor, draft: unsaved });
    // A group without a destination notifies nobody: its form comes next.
    return view.done(`${groupPath(String(owner), String(level))}/destinations`, "groups.made");
  });

  app.get("/groups/:owner/:level/edit", async (c) => {
    const view = await shell.open(c, "admin");
    const { place, editor, item, value } = subjectOf(c, view);
    if (value === undefined) throw new PageError(404, "groups.gone");
    return await page(view, { editor, draft: editor.start(item, value), place, item });
  });
  app.post("/groups/:owner/:level/edit", async (c) => {
    const view = await shell.submit(c, "admin");
    const { place, editor, item } = subjectOf(c, view);
    const draft = await editor.read(view);
    const unsaved = draft.isUnfinished ? draft : await editor.save(draft, view);
    if (unsaved) return await page(view, { editor, draft: unsaved, place, item });
    return view.done(groupPath(place.owner, place.level), "config.saved");
  });
  app.post("/groups/:owner/:level/remove", async (c) => {
    const view = await shell.submit(c, "admin");
    const { owner, level } = c.req.param();
    await removeItem(relay, { what: groupItem(owner, level), view });
    return view.done("/groups", "config.removed", { what: `${owner}/${level}` });
  });
  return app;

  function subjectOf(c: Context, { t, locale }: View): {
    place: GroupAddress;
    editor: Editor;
    item: ReturnType<typeof configuration.item>;
    value: unknown;
  } {
    const { owner = "", level = "" } = c.req.param() as Record<string, string>;
    const place = { owner, level };
    const subject = groupSubject(relay, { t, locale, place });
    const item = configuration.item(groupItem(owner, level));
    const whole = item?.value ?? builtInGroup(owner, level);
    return {
      place,
      item,
      editor: new Editor(relay, subject),
      value: whole === undefined ? undefined : subject.of!(whole),
    };
  }

  async function page(
    view: View,
    { editor, draft, place, item }: {
      editor: Editor;
      draft: FormDraft;
      place?: GroupAddress;
      item?: ReturnType<typeof configuration.item>;
    },
  ): Promise<Response> {
    const { t } = view;
    const path = place ? groupPath(place.owner, place.level) : "/groups";
    const name = place ? `${place.owner}/${place.level}` : "";
    return await view.html("console/config_form", {
      title: place ? t("groups.edit", { group: name }) : t("groups.new"),
      about: place ? "" : t("groups.newHelp"),
      back: { href: path, label: place ? name : t("groups.title") },
      form: await editor.show(draft, view),
      readOnly: item?.managedBy === "file",
      remove: item && {
        href: `${path}/remove`,
        label: t("groups.remove", { group: name }),
        help: t("groups.removeHelp"),
      },
      status: statusOf(draft),
    });
  }
}

interface GroupAddress {
  readonly owner: string;
  readonly level: string;
}
