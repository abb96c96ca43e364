import { Hono } from "hono";
import { z } from "zod";
import { LOCALES } from "../../relay/base/locale.ts";
import { DEFAULT_DIM, DIM, type WallLink } from "../../relay/domain/wall_link.ts";
import type { Relay } from "../../relay/relay.ts";
import { RequestError } from "../http/errors.ts";
import { endpoint } from "./endpoint.ts";
import { whoIs } from "./who.ts";

const newWallLink = z.object({
  name: z.string().trim().min(1).max(80),
  groups: z.array(z.string()).default([]).meta({ description: "The ids of its groups; none means all" }),
  names: z.boolean().default(true).meta({ description: "Whether it shows the names of people" }),
  dim: z.string().regex(DIM, 'must be two hours such as "22-7", or "off"').default(DEFAULT_DIM)
    .meta({ description: "The hours between which it is dimmed, or `off`" }),
  locale: z.enum(LOCALES).optional().meta({ description: "Its language; default: the browser's" }),
});

/**
 * `GET`, `POST /api/walls` and `DELETE /api/walls/:id`: the links to the wall. Only the answer to the `POST` contains
 * the link itself.
 */
export function wallRoutes({ commands: { walls }, query }: Relay): Hono {
  const app = new Hono();

  const list = endpoint({
    summary: "The links to the wall, the newest first",
    answer: ({ wallLink }) => z.object({ walls: z.array(wallLink) }),
  });
  app.get("/api/walls", list, async (c) => c.json({ walls: (await query.wallLinks()).map(shown) }));

  const add = endpoint({
    summary: "Make a link to the wall",
    details:
      "Only this answer contains the link itself. A browser with it can read the wall and nothing else.",
    body: newWallLink,
    example: { name: "Operations room", groups: ["default/default"], dim: "22-7" },
    status: 201,
    answer: ({ wallLink }) =>
      wallLink.extend({
        url: z.string().meta({ examples: ["https://relay.example.com/wall/open/wall_4f1c…"] }),
      }),
    refusals: { 422: "A field is wrong, or there is no such group" },
  });
  app.post("/api/walls", add, async (c) => {
    const { locale, ...wanted } = c.req.valid("json");
    const unknown = wanted.groups.find((id) => !query.config.groups.has(id));
    if (unknown !== undefined) throw new RequestError(422, `groups: there is no group ${unknown}`);
    const { link, secret } = await walls.issue({ ...wanted, ...locale ? { locale } : {} }, {
      by: whoIs(c),
      now: query.clock.now(),
    });
    const origin = query.config.publicUrl ?? new URL(c.req.url).origin;
    return c.json({ ...shown(link), url: `${origin}/wall/open/${secret}` }, 201);
  });

  const revoke = endpoint({
    summary: "Revoke a link to the wall",
    details: "Screens that use it stop within 10 seconds.",
    status: 204,
    refusals: { 404: "There is no such link" },
  });
  app.delete("/api/walls/:id", revoke, async (c) => {
    if (!await walls.revoke(c.req.param("id"), { by: whoIs(c) })) {
      throw new RequestError(404, "There is no such link");
    }
    return c.body(null, 204);
  });
  return app;
}

function shown({ hash: _, ...link }: WallLink): Omit<WallLink, "hash"> {
  return link;
}
