import { Hono } from "hono";
import { z } from "zod";
import { parseDuration } from "../../../relay/base/duration.ts";
import { formatDuration } from "../../../relay/base/time.ts";
import { PageError } from "../../http/errors.ts";
import { Editor } from "../forms/edit.ts";
import { parseForm } from "../form.ts";
import { builtInGroup, groupItem, groupSubject, type Item } from "../groups/subject.ts";
import type { Shell } from "../shell.ts";

const form = z.object({
  group: z.string().max(300),
  window: z.string().max(20),
  /** The window that the page showed, in milliseconds. */
  seen: z.coerce.number().catch(-1),
  period: z.string().max(10).default(""),
});

/** `POST /noise/window`: gives a group another window, as its form does. */
export function applyRoutes(shell: Shell): Hono {
  const { relay } = shell;
  const { config, configuration } = relay.query;
  const app = new Hono();
  app.post("/noise/window", async (c) => {
    const view = await shell.submit(c, "admin");
    const { t, locale } = view;
    const read = parseForm(view.form, form, view);
    if (!read.ok) throw new PageError(422, "error.noForm");
    const { group: id, window, seen, period } = read.data;
    const group = config.groups.get(id);
    if (!group) throw new PageError(404, "groups.gone");
    if (parseDuration(window) === undefined) {
      throw new PageError(422, "noise.windowWrong", { params: { window } });
    }
    const page = `/noise?${new URLSearchParams({ ...period ? { period } : {}, group: id })}#window`;
    const now = formatDuration(group.window, locale);
    if (group.window !== seen) return view.done(page, "noise.changedMeanwhile", { window: now });
    const place = { owner: group.owner, level: group.level };
    const subject = groupSubject(relay, { t, locale, place });
    const item = configuration.item(groupItem(group.owner, group.level));
    const value = subject.of!(item?.value ?? builtInGroup(group.owner, group.level)) as Item;
    const unsaved = await new Editor(relay, subject).save(
      { value: { ...value, window }, base: value, version: item?.version ?? "", complaints: [] },
      view,
    );
    if (unsaved) return view.done(page, "noise.notApplied", { group: id });
    return view.done(page, "noise.applied", {
      group: id,
      window: formatDuration(parseDuration(window)!, locale),
    });
  });
  return app;
}
