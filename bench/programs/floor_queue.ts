/**
 * The floor of the path from door to vendor: a queue in memory behind one group commit, sixteen concurrent sends. The
 * queue is lost with the process.
 *
 * @module
 */
import { Hono } from "hono";
import { announce } from "./_announce.ts";
import { GroupCommit } from "./_group_commit.ts";

const [sink] = Deno.args;
const SENDERS = 16;
const kv = await Deno.openKv("./floor.db");
const log = new GroupCommit(kv);
const decoder = new TextDecoder();
const queue: string[] = [];
let sending = 0;

async function send(): Promise<void> {
  sending++;
  for (let body = queue.shift(); body !== undefined; body = queue.shift()) {
    const response = await fetch(sink!, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    await response.text();
  }
  sending--;
}

const app = new Hono();
app.post("/webhook", async (c) => {
  const bytes = new Uint8Array(await c.req.arrayBuffer());
  const { alerts } = JSON.parse(decoder.decode(bytes));
  await log.write(bytes);
  queue.push(JSON.stringify(alerts));
  if (sending < SENDERS) void send();
  return c.json({ accepted: alerts.length });
});

Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: announce }, app.fetch);
