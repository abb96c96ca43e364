/**
 * The floor of alarm_v2's round trip: one commit and one `fetch`, then the answer.
 *
 * @module
 */
import { Hono } from "hono";
import { announce } from "./_announce.ts";

const [sink] = Deno.args;
const kv = await Deno.openKv("./floor.db");
const app = new Hono();
let number = 0;
app.post("/alarm_v2", async (c) => {
  const text = await c.req.text();
  JSON.parse(text);
  await kv.atomic().set(["log", Date.now(), number++], text).commit();
  const response = await fetch(sink!, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: text,
  });
  await response.text();
  return c.json({ code: 0 });
});

Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: announce }, app.fetch);
