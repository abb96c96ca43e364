/**
 * The floor of a start: bare Hono, zod and an open database, one set before the answer.
 *
 * @module
 */
import { Hono } from "hono";
import { z } from "zod";
import { announce } from "./_announce.ts";

const payload = z.object({ alerts: z.array(z.object({ labels: z.record(z.string(), z.string()) })) });
const kv = await Deno.openKv("./floor.db");
const app = new Hono();
app.post("/webhook", async (c) => {
  const { alerts } = payload.parse(await c.req.json());
  await kv.set(["log", Date.now()], alerts);
  return c.json({ accepted: alerts.length });
});

Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: announce }, app.fetch);
