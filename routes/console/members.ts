import { Hono } from "hono";
import { memberSchema } from "../../relay/config/mod.ts";
import { problemsIn } from "../../relay/message/dictionary.ts";
import { PageError } from "../http/errors.ts";
import { type Draft, Editor, statusOf, type Subject } from "./forms/edit.ts";
import { type FieldOf, fieldOf } from "./forms/field.ts";
import { removeItem } from "./forms/remove.ts";
import { groupPath } from "./groups/subject.ts";
import type { ConsolePage } from "./page.ts";
import { addressesOf, unreached } from "./people.ts";
import type { Shell, View } from "./shell.ts";

/** `/members`: who there is, in which groups, and whom channels could not reach · `/members/new`, `/members/:id`: the forms. */
export const membersPage: ConsolePage = { path: "/members", title: "members.title", role: "viewer", routes };

function routes(shell: Shell): Hono {
  const { relay } = shell;
  const { configuration } = relay.query;
  const app = new Hono();

  app.get("/members", async (c) => {
    const view = await shell.open(c);
    const { config } = relay.query;
    const groups = [...config.groups.values()];
    const groupsOf = (member: string): { id: string; path: string }[] =>
      groups.filter(({ members }) => members.some(({ id }) => id === member))
        .map(({ id, owner, level }) => ({ id, path: groupPath(owner, level) }));
    const members = [...config.members.values()].map((member) => ({
      id: member.id,
      name: member.name ?? member.id,
      addresses: addressesOf(member),
      groups: groupsOf(member.id),
      managed: configuration.item(`members/${member.id}`)?.managedBy ?? "console",
    }));
    return await view.html("console/members", {
      title: view.t("members.title"),
      members,
      titleOf: (name: string) => relay.query.channels.get(name)?.title ?? name,
      problems: problemsIn(
        view.locale,
        configuration.problems.filter(({ what }) => what.startsWith("members/")),
      ),
      channels: Map.groupBy(
        (await unreached(relay)).map((one) => ({
          ...one,
          name: config.members.get(one.member)?.name ?? one.member,
          groups: groupsOf(one.member).map(({ id }) => id),
        })),
        ({ channel }) => channel,
      ),
    });
  });

  app.get("/members/new", async (c) => {
    const view = await shell.open(c, "admin");
    const editor = new Editor(relay, subjectOf());
    return await page(view, { editor, draft: editor.start(undefined) });
  });
  app.post("/members/new", async (c) => await save(await shell.submit(c, "admin")));
  app.get("/members/:id", async (c) => {
    const view = await shell.open(c, "admin");
    const { id } = c.req.param();
    const item = configuration.item(`members/${id}`);
    if (!item) throw new PageError(404, "members.gone");
    const editor = new Editor(relay, subjectOf(id));
    return await page(view, { editor, draft: editor.start(item), id });
  });
  app.post("/members/:id", async (c) => await save(await shell.submit(c, "admin"), c.req.param("id")));
  app.post("/members/:id/remove", async (c) => {
    const view = await shell.submit(c, "admin");
    const { id } = c.req.param();
    await removeItem(relay, { what: `members/${id}`, view });
    return view.done("/members", "config.removed", { what: id });
  });
  return app;

  async function save(view: View & { form: URLSearchParams }, id?: string): Promise<Response> {
    const editor = new Editor(relay, subjectOf(id));
    const unsaved = await editor.save(await editor.read(view), view);
    if (unsaved) return await page(view, { editor, draft: unsaved, ...id === undefined ? {} : { id } });
    return view.done("/members", "config.saved");
  }

  async function page(
    view: View,
    { editor, draft, id }: { editor: Editor; draft: Draft; id?: string },
  ): Promise<Response> {
    const { t } = view;
    const item = id === undefined ? undefined : configuration.item(`members/${id}`);
    const path = `/members/${encodeURIComponent(id ?? "")}`;
    return await view.html("console/config_form", {
      title: id === undefined ? t("members.new") : t("members.edit", { member: id }),
      back: { href: "/members", label: t("members.title") },
      form: await editor.show(draft, view),
      readOnly: item?.managedBy === "file",
      remove: item && {
        href: `${path}/remove`,
        label: t("members.remove", { member: id! }),
        help: t("members.removeHelp"),
      },
      status: statusOf(draft),
    });
  }
}

function subjectOf(id?: string): Subject {
  const field = fieldOf(memberSchema) as FieldOf<"group">;
  return {
    field: id === undefined ? field : { ...field, fields: field.fields.filter(({ key }) => key !== "id") },
    what: (value) => `members/${id ?? (value as { id?: unknown } | undefined)?.id ?? ""}`,
    isNew: id === undefined,
    ...id === undefined ? { schema: memberSchema } : {},
    of: (item) => {
      const { id: _, ...part } = item as Record<string, unknown>;
      return part;
    },
  };
}
