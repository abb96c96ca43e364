/**
 * The floor of delivering: a bare Hono handler that parses and awaits one `fetch`. Nothing is stored: requests in
 * progress are lost with the process.
 *
 * @module
 */
import { Hono } from "hono";
import { announce } from "./_announce.ts";

const [sink] = Deno.args;
const app = new Hono();
app.post("/webhook", async (c) => {
  const { alerts } = JSON.parse(await c.req.text());
  const response = await fetch(sink!, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(alerts),
  });
  await response.text();
  return c.json({ accepted: alerts.length });
});

Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: announce }, app.fetch);
