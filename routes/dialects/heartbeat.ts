import { type Context, Hono } from "hono";
import { z } from "zod";
import { didYouMean } from "../../relay/base/nearest.ts";
import type { Relay } from "../../relay/relay.ts";
import { requireIntakeToken } from "../http/auth.ts";
import { described } from "../http/described.ts";
import { RequestError } from "../http/errors.ts";
import { answerFailure, failureOf } from "../http/failure.ts";
import { noteAccepted, noteRefusal } from "../http/refused.ts";

/** The fields of the answer that other programs read. */
const called = z.object({
  heartbeat: z.string().meta({ examples: ["nightly-backup"] }),
  every: z.int().meta({ description: "Milliseconds", examples: [86_400_000] }),
  grace: z.int().meta({ description: "Milliseconds", examples: [300_000] }),
});

/**
 * `GET` or `POST /heartbeat/:name`: a cron job or another monitor is alive. People are notified when the calls stop. A body
 * is not read, so that any webhook can be pointed here, such as Alertmanager's Watchdog.
 */
export function heartbeatRoutes(relay: Relay, { report }: { report: (words: string) => void }): Hono {
  const { commands, query: { config, clock } } = relay;
  const app = new Hono();

  async function call(c: Context): Promise<Response> {
    await c.req.raw.body?.cancel();
    await requireIntakeToken(c.req.raw, { relay, door: "heartbeat" });
    const name = c.req.param("name") ?? "";
    const heartbeat = await commands.callHeartbeat(name, clock.now());
    if (!heartbeat) {
      const meant = didYouMean(name, config.calledHeartbeats.keys());
      throw new RequestError(404, `There is no heartbeat of this name${meant}: add it to heartbeats`);
    }
    await noteAccepted(c, relay, { door: "heartbeat" });
    const { every, grace } = heartbeat;
    return c.json({ heartbeat: name, every, grace });
  }

  const description = {
    summary: "A cron job or a monitor is alive: people are notified when the calls stop",
    door: {
      name: "heartbeat of a cron job",
      paste: 'curl -H "Authorization: Bearer YOUR-INTAKE-TOKEN" http://fenghuo:8000/heartbeat/backup',
    },
    details: "The name is one of `heartbeats` in the configuration. A body is not read.",
    params: { name: "The name of a configured heartbeat" },
    security: "intake",
    answer: () => called,
    refusals: { 404: "No heartbeat of this name is configured" },
  } as const;
  app.get("/heartbeat/:name", described(description, call));
  app.post("/heartbeat/:name", described(description, call));
  app.onError(async (error, c) => {
    const failure = failureOf(error, c, report);
    await noteRefusal(c, relay, { door: "heartbeat", status: failure.status, reason: failure.message });
    return answerFailure(c, failure);
  });
  return app;
}
