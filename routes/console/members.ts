import { Hono } from "hono";
import { broughtAddresses } from "../../relay/channel/brought_addresses.ts";
import { memberSchemaWith, shownMember } from "../../relay/config/mod.ts";
import { problemsIn } from "../../relay/message/dictionary.ts";
import type { Relay } from "../../relay/relay.ts";
import type { Subject } from "./forms/edit.ts";
import { type FieldOf, fieldOf } from "./forms/field.ts";
import { itemPages } from "./forms/item_pages.ts";
import { groupPath } from "./groups/subject.ts";
import { listPage } from "./list_page.ts";
import { addressesOf, shownAddresses, unreached, unusedAddresses } from "./people.ts";
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
    const groups = new Map<string, { id: string; path: string }[]>();
    for (const { id, owner, level, members } of config.groups.values()) {
      for (const member of members) {
        const own = groups.get(member.id);
        if (own) own.push({ id, path: groupPath(owner, level) });
        else groups.set(member.id, [{ id, path: groupPath(owner, level) }]);
      }
    }
    const groupsOf = (member: string): { id: string; path: string }[] => groups.get(member) ?? [];
    const list = listPage([...config.members.values()], {
      url: c.req.url,
      wordsOf: (member) => [
        member.id,
        member.name ?? "",
        ...addressesOf(shownMember(member, relay.query.channels)).map(({ value }) => value),
        ...groupsOf(member.id).map(({ id }) => id),
      ],
    });
    const shown = shownAddresses(relay, view);
    const members = list.items.map((member) => ({
      id: member.id,
      name: member.name ?? member.id,
      addresses: shown(member),
      groups: groupsOf(member.id),
      managed: configuration.item(`members/${member.id}`)?.managedBy ?? "console",
    }));
    return await view.html("console/members", {
      title: view.t("members.title"),
      list,
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

  app.route(
    "/",
    itemPages(shell, { name: "members", path: "/members", subjectOf: (id) => subjectOf(relay, id) }),
  );
  return app;
}

function subjectOf(relay: Relay, id?: string): Subject {
  const { channels } = relay.query;
  const schema = memberSchemaWith(channels);
  const field = fieldOf(schema) as FieldOf<"group">;
  return {
    field: id === undefined ? field : { ...field, fields: field.fields.filter(({ key }) => key !== "id") },
    what: (value) => `members/${id ?? (value as { id?: unknown } | undefined)?.id ?? ""}`,
    isNew: id === undefined,
    ...id === undefined ? { schema } : {},
    offers: {
      words: broughtAddresses(channels).words,
      folds: [{
        title: "members.otherAddresses",
        help: "members.otherHelp",
        keys: unusedAddresses(relay, id),
      }],
    },
    of: (item) => {
      const { id: _, ...part } = item as Record<string, unknown>;
      return part;
    },
  };
}
