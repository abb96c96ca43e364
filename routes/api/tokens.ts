import { Hono } from "hono";
import { newToken } from "../../relay/access/input.ts";
import type { Relay } from "../../relay/relay.ts";
import type { Token } from "../../relay/store/tokens.ts";
import { DOORS } from "../doors.ts";
import { RequestError } from "../errors.ts";
import { readInput } from "./input.ts";
import { whoIs } from "./who.ts";

/**
 * `GET`, `POST /api/tokens` and `DELETE /api/tokens/:id`: what lets programs in. The answer to the `POST` has the token
 * itself, this one time.
 */
export function tokenRoutes({ access, clock }: Relay): Hono {
  const app = new Hono();
  app.get("/api/tokens", async (c) => c.json({ tokens: (await access.tokens()).map(shown) }));
  app.post("/api/tokens", async (c) => {
    const wanted = await readInput(c, newToken(DOORS));
    const { token, text } = await access.issueToken(wanted, { by: whoIs(c), now: clock.now() });
    return c.json({ ...shown(token), token: text }, 201);
  });
  app.delete("/api/tokens/:id", async (c) => {
    if (!await access.revokeToken(c.req.param("id"), { by: whoIs(c), now: clock.now() })) {
      throw new RequestError(404, "There is no such token");
    }
    return c.body(null, 204);
  });
  return app;
}

function shown({ hash: _, ...token }: Token): Omit<Token, "hash"> {
  return token;
}
