/**
 * The floor of accepting: bare Hono + `JSON.parse` + one set per post, group-committed. It has no tokens,
 * fingerprints, groups, windows or notifications. Its argument is its database; default a local file.
 *
 * @module
 */
import { Hono } from "hono";
import { announce } from "./_announce.ts";
import { GroupCommit } from "./_group_commit.ts";

const kv = await Deno.openKv(Deno.args[0] ?? "./floor.db");
const log = new GroupCommit(kv);
const decoder = new TextDecoder();
const app = new Hono();
app.post("/webhook", async (c) => {
  const bytes = new Uint8Array(await c.req.arrayBuffer());
  const { alerts } = JSON.parse(decoder.decode(bytes));
  await log.write(bytes);
  return c.json({ accepted: alerts.length });
});

Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: announce }, app.fetch);
