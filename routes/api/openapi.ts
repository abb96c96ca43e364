import { Hono } from "hono";
import { z } from "zod";
import type { Relay } from "../../relay/relay.ts";
import type { OpenApi } from "./openapi/document.ts";
import { endpoint } from "./endpoint.ts";

/** Makes the document of all mounted handlers, once; the caller adds the server's address. */
export type Manual = () => Promise<Omit<OpenApi, "servers">>;

/** `GET /api/openapi.json`: the description of all addresses, as OpenAPI 3.1. */
export function openApiRoutes({ query: { config } }: Relay, manual: Manual): Hono {
  const app = new Hono();

  const document = endpoint({
    summary: "This document",
    answer: () => z.looseObject({ openapi: z.string(), info: z.looseObject({}), paths: z.looseObject({}) }),
  });
  app.get("/api/openapi.json", document, async (c) => {
    const url = config.publicUrl ?? new URL(c.req.url).origin;
    return c.json({ ...await manual(), servers: [{ url }] });
  });
  return app;
}
