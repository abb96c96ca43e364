import { Hono } from "hono";
import { memberSchema } from "../../relay/config/mod.ts";
import { problemsIn } from "../../relay/message/dictionary.ts";
import type { Subject } from "./forms/edit.ts";
import { type FieldOf, fieldOf } from "./forms/field.ts";
import { itemPages } from "./forms/item_pages.ts";
import { groupPath } from "./groups/subject.ts";
import { addressesOf, unreached } from "./people.ts";
import type { Shell } from "./shell.ts";

/**
 * `/members`: the members, their groups, and those that channels could not reach · `/members/new`, `/members/:id`: the
 * forms.
 */
export function memberPages(shell: Shell): Hono {
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

  app.route("/", itemPages(shell, { name: "members", path: "/members", subjectOf }));
  return app;
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
