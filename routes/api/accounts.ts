import { Hono } from "hono";
import { z } from "zod";
import { accountChange, newAccount } from "../../relay/access/input.ts";
import type { Relay } from "../../relay/relay.ts";
import type { Account } from "../../relay/domain/account.ts";
import { RequestError } from "../http/errors.ts";
import { endpoint } from "./endpoint.ts";
import { whoIs } from "./who.ts";

/**
 * `GET`, `POST /api/accounts` and `PATCH`, `DELETE /api/accounts/:name`: the accounts of the console. No answer
 * contains a password. `GET /api/identities` and `DELETE /api/identities/:id`: the people who signed in at the
 * identity provider.
 */
export function accountRoutes({ commands: { access }, query }: Relay): Hono {
  const app = new Hono();

  const list = endpoint({
    summary: "Who may sign in",
    answer: ({ account }) => z.object({ accounts: z.array(account) }),
  });
  app.get("/api/accounts", list, async (c) => c.json({ accounts: (await query.accounts()).map(shown) }));

  const add = endpoint({
    summary: "Add an account",
    body: newAccount,
    example: { name: "li.lei", role: "operator", password: "correct horse battery" },
    status: 201,
    answer: ({ account }) => account.pick({ name: true, role: true }),
    refusals: { 409: "There is an account of this name already" },
  });
  app.post("/api/accounts", add, async (c) => {
    const account = c.req.valid("json");
    if (!await access.addAccount(account, { by: whoIs(c), now: query.clock.now() })) {
      throw new RequestError(409, `name: there is an account "${account.name}" already`);
    }
    return c.json({ name: account.name, role: account.role }, 201);
  });

  const change = endpoint({
    summary: "Change an account's role or password",
    body: accountChange,
    example: { role: "admin" },
    status: 204,
    refusals: { 404: "There is no such account" },
  });
  app.patch("/api/accounts/:name", change, async (c) => {
    const wanted = c.req.valid("json");
    if (
      !await access.changeAccount(c.req.param("name"), { ...wanted, by: whoIs(c), now: query.clock.now() })
    ) {
      throw nobody();
    }
    return c.body(null, 204);
  });

  const remove = endpoint({
    summary: "Remove an account, and end its sessions",
    status: 204,
    refusals: { 404: "There is no such account" },
  });
  app.delete("/api/accounts/:name", remove, async (c) => {
    if (!await access.removeAccount(c.req.param("name"), { by: whoIs(c) })) throw nobody();
    return c.body(null, 204);
  });

  const people = endpoint({
    summary: "Who signed in at the identity provider, with the role of the last sign-in",
    answer: ({ identity }) => z.object({ identities: z.array(identity) }),
  });
  app.get("/api/identities", people, async (c) => c.json({ identities: await query.identities() }));

  const forget = endpoint({
    summary: "End the sessions of somebody who signed in at the identity provider",
    details: "They may sign in again as long as the provider lets them.",
    status: 204,
    refusals: { 404: "There is no such person" },
  });
  app.delete("/api/identities/:id", forget, async (c) => {
    if (!await access.removeIdentity(c.req.param("id"), { by: whoIs(c) })) {
      throw new RequestError(404, "There is no such person");
    }
    return c.body(null, 204);
  });
  return app;
}

function shown({ name, role, createdAt, changedAt }: Account): Omit<Account, "password"> {
  return { name, role, createdAt, changedAt };
}

function nobody(): RequestError {
  return new RequestError(
    404,
    "There is no such account; the built-in one's password is FENGHUO_ADMIN_PASSWORD",
  );
}
