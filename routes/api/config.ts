import { type Context, Hono } from "hono";
import { z } from "zod";
import { type ConfigRefusal, itemSchema, memberSchemaWith } from "../../relay/config/mod.ts";
import type { Relay } from "../../relay/relay.ts";
import { parseJson, readBody } from "../http/body.ts";
import { described, type Shapes } from "../http/described.ts";
import { RequestError } from "../http/errors.ts";
import { decodePart } from "../http/path.ts";
import { endpoint } from "./endpoint.ts";
import { whoIs } from "./who.ts";

const ITEM = {
  params: {
    "*":
      "An item: groups/chenmin/3, members/li.lei, departments/du-srv, defaults/email, or a whole section " +
      "such as rules, retention, ocp, links",
  },
  headers: { "If-Match": "The version that the change is based on; also as ?version=" },
};

const CHANGES = {
  409: "It is declared in the relay's own file, or has changed since: `current` is how it is now",
  413: "The configuration or the change is too large",
  428: "It is there already, and no version is named",
};

/**
 * The configuration, item by item: `GET /api/config`: all of it · `GET`, `PUT`, `DELETE /api/config/<item>`: one, such as
 * `groups/chenmin/3`, `members/li.lei`, `departments/du-srv`, `defaults/email`, `rules`, `retention`.
 *
 * Secrets are marks that begin with `••••`; a mark that is sent back keeps the stored secret. A change names the version
 * that it is based on, as `If-Match` or `?version=`.
 */
export function configRoutes({ commands, query: { channels, configuration } }: Relay): Hono {
  const app = new Hono();
  const addressOf = (c: Context): string =>
    new URL(c.req.url).pathname.slice("/api/config/".length).split("/").map(decodePart).join("/");

  const all = endpoint({
    summary: "The configuration: all items, and their problems",
    details: "Secrets are marks that begin with ••••. `revision` grows with each stored change.",
    answer: ({ item, problem }) =>
      z.object({
        revision: z.int(),
        sealed: z.boolean().meta({ description: "The stored configuration was sealed with another key" }),
        items: z.array(item),
        shadowed: z.array(z.string()),
        problems: z.array(problem),
      }),
  });
  app.get("/api/config", all, (c) => {
    const { revision, isSealed, shadowed, problems } = configuration;
    return c.json({ revision, sealed: isSealed, items: configuration.items(), shadowed, problems });
  });

  const one = endpoint({
    summary: "One item, with its version",
    params: ITEM.params,
    answer: ({ item }) => item,
    refusals: { 404: "There is no such item" },
  });
  app.get("/api/config/*", one, (c) => {
    const item = configuration.item(addressOf(c));
    if (!item) throw refusalError({ refused: "unknown" });
    return c.json(item, 200, { etag: `"${item.version}"` });
  });

  const change = {
    ...ITEM,
    summary: "Add an item, or change it",
    details: "A mark that is sent back keeps the stored secret. What the file may say of an item, " +
      "the body may: a group, a member, a department, a list of rules …",
    body: z.lazy(() => itemSchema(memberSchemaWith(channels))),
    example: {
      window: "5m",
      members: ["li.lei"],
      destinations: [{ name: "inbox", channel: "inbox" }],
    },
    answer: ({ item }: Shapes) => item,
    refusals: { ...CHANGES, 404: "There is no such section, or the address has too few or too many parts" },
  };
  app.put(
    "/api/config/*",
    described(change, async (c: Context) => {
      const { text } = await readBody(c.req.raw);
      const value = parseJson(text);
      if (value === null) throw new RequestError(422, "The body: must not be null; DELETE removes an item");
      const changed = await commands.configuration.change({
        what: addressOf(c),
        value,
        version: versionIn(c),
        by: whoIs(c),
      });
      if ("refused" in changed) throw refusalError(changed);
      return c.json(changed.item, 200, { etag: `"${changed.item!.version}"` });
    }),
  );

  const remove = endpoint({
    ...ITEM,
    summary: "Remove an item",
    details: "The answer is the item's value now: the one that the file declares, or `null`.",
    answer: ({ item }) => z.object({ item: item.nullable() }),
    refusals: { ...CHANGES, 404: "There is no such item" },
  });
  app.delete("/api/config/*", remove, async (c) => {
    const changed = await commands.configuration.change({
      what: addressOf(c),
      value: undefined,
      version: versionIn(c),
      by: whoIs(c),
    });
    if ("refused" in changed) throw refusalError(changed);
    // The item's current value: nothing, or the one that the file declares.
    return c.json({ item: changed.item ?? null });
  });
  return app;
}

/** The answer to a refused change. */
export function refusalError(refusal: ConfigRefusal): RequestError {
  switch (refusal.refused) {
    case "unknown":
      return new RequestError(404, "There is no such item in the configuration");
    case "managed":
      return new RequestError(
        409,
        "It is declared in the relay's own file: change it there, then send the process SIGHUP",
      );
    case "stale":
      return new RequestError(409, "It has changed since: look at it again, then change it", {}, {
        current: refusal.current ?? null,
      });
    case "unversioned":
      return new RequestError(428, "It is there already: name the version that you change, as If-Match", {}, {
        current: refusal.current,
      });
    case "invalid":
      return new RequestError(422, "The configuration would be wrong", {}, { complaints: refusal.problems });
    case "sealed":
      return new RequestError(
        409,
        "What is stored was sealed with another FENGHUO_KEY: start with that key, or replace all of it",
      );
    case "too_large":
      return new RequestError(413, "The configuration or the change is too large: change less at once");
    case "replanned":
      return new RequestError(409, "The plan is no longer what would happen: look at the new one", {}, {
        plan: refusal.plan,
      });
    case "busy":
      return new RequestError(503, "Others change the configuration at this moment: try again", {
        "retry-after": "1",
      });
  }
}

function versionIn(c: Context): string | undefined {
  const header = c.req.header("if-match")?.trim().replace(/^(?:W\/)?"(.*)"$/, "$1");
  return header || c.req.query("version") || undefined;
}
