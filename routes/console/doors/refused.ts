import { Hono } from "hono";
import { allows } from "../../../relay/domain/role.ts";
import type { Shell } from "../shell.ts";
import { payloadId } from "./try.ts";

/** `GET /doors`: the requests that the doors refused, by door; for admins with the beginnings of their payloads. */
export function refusedPages(shell: Shell): Hono {
  const { query } = shell.relay;
  const app = new Hono();

  app.get("/doors", async (c) => {
    const view = await shell.open(c);
    const { t } = view;
    const all = await query.refusals.all(view.now);
    const mayRead = allows(view.who!.role, "admin");
    const byDoor = Map.groupBy(all, ({ door }) => door);
    return await view.html("console/doors/refused", {
      title: t("doors.refused"),
      doors: [...byDoor].map(([door, kinds]) => ({
        door,
        count: kinds.reduce((sum, { count }) => sum + count, 0),
        kinds: kinds.map(({ payloads, ...kind }) => ({
          ...kind,
          payloads: mayRead ? payloads.map((payload) => ({ ...payload, id: payloadId(kind, payload) })) : [],
        })),
      })),
      keeps: query.config.retention.refused > 0,
    });
  });
  return app;
}
