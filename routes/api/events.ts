import { type Context, Hono } from "hono";
import { z } from "zod";
import { CHANGES } from "../../relay/events.ts";
import type { Relay } from "../../relay/relay.ts";
import { described } from "../http/described.ts";
import { PageError } from "../http/errors.ts";
import { authorise, identifyAgain } from "../http/identity.ts";

/** Proxies close what is silent for longer; what is ended meanwhile is noticed then. */
const HEARTBEAT = 15_000;

/** The most streams of one account or token; a browser opens one for each tab. */
const MOST_OF_ACCOUNT = 20;

/** After this time, in milliseconds, a browser that lost the stream asks again. */
const RETRY = 3_000;

const encoder = new TextEncoder();

/**
 * `GET /events`: what changed, as server-sent events of the type `change` whose data is `alert`, `incident`, `delivery`,
 * `lane` or `config`: look again. It ends with the session. Of a store that several instances share, every heartbeat says
 * that all of it may have changed.
 */
export function eventRoutes(relay: Relay): Hono {
  const { query: { clock, events, isShared } } = relay;
  const app = new Hono();
  const streams = new Map<string, number>();
  const stream = {
    summary: "What changed, as server-sent events: `event: change` with what it was as `data`",
    details: "It says that something changed, not what: ask again. At most one a second of each kind.",
    query: z.looseObject({
      since: z.string().optional().meta({
        description: "The number of changes that a page was made with: what changed since then is told first",
      }),
    }),
    security: "api",
    type: "text/event-stream",
    answer: () => z.string(),
  } as const;
  app.get(
    "/events",
    described(stream, async (c: Context) => {
      const { name } = await authorise(c, { relay, role: "viewer" });
      const open = streams.get(name) ?? 0;
      if (open >= MOST_OF_ACCOUNT) {
        throw new PageError(429, "error.tooManyStreams", { params: { most: MOST_OF_ACCOUNT } });
      }
      let end = (): void => {};
      const stream = new ReadableStream<Uint8Array>({
        start(controller): void {
          const send = (text: string): void => controller.enqueue(encoder.encode(text));
          const change = (kind: string): void => send(`event: change\ndata: ${kind}\n\n`);
          let cancel = (): void => {};
          const close = (): void => {
            end();
            controller.close();
          };
          const stopListening = events.listen({ changed: change, closed: close });
          if (stopListening === undefined) throw new PageError(503, "error.busy");
          streams.set(name, (streams.get(name) ?? 0) + 1);
          let over = false;
          end = () => {
            if (over) return;
            over = true;
            cancel();
            stopListening();
            const left = streams.get(name)! - 1;
            if (left > 0) streams.set(name, left);
            else streams.delete(name);
          };
          const beat = async (): Promise<void> => {
            // When nobody can say whether the session is over, it goes on.
            const still = await identifyAgain(c, relay).catch(() => true);
            if (over) return;
            if (!still) return close();
            if (isShared) CHANGES.forEach(change);
            else send(": still here\n\n");
            cancel = clock.at(clock.now() + HEARTBEAT, beat);
          };
          send(`retry: ${RETRY}\n\n`);
          // What changed after the page was made and before it listens would never be heard of.
          const since = c.req.query("since");
          if (since !== undefined && since !== String(events.changes)) CHANGES.forEach(change);
          cancel = clock.at(clock.now() + HEARTBEAT, beat);
        },
        cancel: () => end(),
      });
      return c.body(stream, 200, {
        "content-type": "text/event-stream",
        "cache-control": "no-store, no-transform",
        "x-accel-buffering": "no",
      });
    }),
  );
  return app;
}
