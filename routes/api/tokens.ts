import { Hono } from "hono";
import { z } from "zod";
import { newToken } from "../../relay/access/input.ts";
import type { Relay } from "../../relay/relay.ts";
import type { Token } from "../../relay/domain/account.ts";
import { DOORS } from "../dialects/doors.ts";
import { RequestError } from "../http/errors.ts";
import { endpoint } from "./endpoint.ts";
import { whoIs } from "./who.ts";

/**
 * `GET`, `POST /api/tokens` and `DELETE /api/tokens/:id`: the API tokens. Only the answer to the `POST`
 * contains the token itself.
 */
export function tokenRoutes({ commands: { access }, query }: Relay): Hono {
  const app = new Hono();

  const list = endpoint({
    summary: "The API tokens, the newest first",
    answer: ({ token }) => z.object({ tokens: z.array(token) }),
  });
  app.get("/api/tokens", list, async (c) => c.json({ tokens: (await query.tokens()).map(shown) }));

  const add = endpoint({
    summary: "Make a token",
    details: "Only this answer contains the token itself. `doors` is for the scope `intake`; none means all.",
    body: newToken(DOORS),
    example: { name: "grafana", scope: "read", days: 90 },
    status: 201,
    answer: ({ token }) =>
      token.extend({ token: z.string().meta({ examples: ["fenghuo_4f1c2d3e5a6b7980_…"] }) }),
  });
  app.post("/api/tokens", add, async (c) => {
    const { token, text } = await access.issueToken(c.req.valid("json"), {
      by: whoIs(c),
      now: query.clock.now(),
    });
    return c.json({ ...shown(token), token: text }, 201);
  });

  const revoke = endpoint({
    summary: "Revoke a token",
    details: "It stays in the list.",
    status: 204,
    refusals: { 404: "There is no such token" },
  });
  app.delete("/api/tokens/:id", revoke, async (c) => {
    if (!await access.revokeToken(c.req.param("id"), { by: whoIs(c), now: query.clock.now() })) {
      throw new RequestError(404, "There is no such token");
    }
    return c.body(null, 204);
  });
  return app;
}

function shown({ hash: _, ...token }: Token): Omit<Token, "hash"> {
  return token;
}
