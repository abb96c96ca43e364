import { Hono } from "hono";
import type { ConsolePage } from "./page.ts";
import type { Shell } from "./shell.ts";

/** `GET /members`: whom each channel could not reach when it last tried, and the groups that count on them. */
export const membersPage: ConsolePage = { path: "/members", title: "members.title", role: "viewer", routes };

function routes(shell: Shell): Hono {
  const { relay } = shell;
  const app = new Hono();
  app.get("/members", async (c) => {
    const view = await shell.open(c);
    const { config, store } = relay;
    const failing = (await store.recipients.list()).map((one) => ({
      ...one,
      name: config.members.get(one.member)?.name ?? one.member,
      groups: [...config.groups.values()].filter(({ members }) => members.some(({ id }) => id === one.member))
        .map(({ id }) => id),
      // Who was taken out of every group is nobody's trouble any more; an address may stand in a destination's `to`.
    })).filter(({ groups, member }) => groups.length > 0 || member.includes("@"));
    return await view.html("console/members", {
      title: view.t("members.title"),
      channels: Map.groupBy(failing, ({ channel }) => channel),
    });
  });
  return app;
}
