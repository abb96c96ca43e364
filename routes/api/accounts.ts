import { Hono } from "hono";
import { accountChange, newAccount } from "../../relay/access/input.ts";
import type { Relay } from "../../relay/relay.ts";
import type { Account } from "../../relay/store/accounts.ts";
import { RequestError } from "../errors.ts";
import { readInput } from "./input.ts";
import { whoIs } from "./who.ts";

/**
 * `GET`, `POST /api/accounts` and `PATCH`, `DELETE /api/accounts/:name`: who may sign in. No answer has anything of a
 * password.
 */
export function accountRoutes({ access, clock }: Relay): Hono {
  const app = new Hono();
  app.get("/api/accounts", async (c) => c.json({ accounts: (await access.accounts()).map(shown) }));
  app.post("/api/accounts", async (c) => {
    const account = await readInput(c, newAccount);
    if (!await access.addAccount(account, { by: whoIs(c), now: clock.now() })) {
      throw new RequestError(409, `name: there is an account "${account.name}" already`);
    }
    return c.json({ name: account.name, role: account.role }, 201);
  });
  app.patch("/api/accounts/:name", async (c) => {
    const change = await readInput(c, accountChange);
    if (!await access.changeAccount(c.req.param("name"), { ...change, by: whoIs(c), now: clock.now() })) {
      throw nobody();
    }
    return c.body(null, 204);
  });
  app.delete("/api/accounts/:name", async (c) => {
    if (!await access.removeAccount(c.req.param("name"), { by: whoIs(c) })) throw nobody();
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
