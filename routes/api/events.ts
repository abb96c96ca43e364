import { type Context, Hono } from "hono";
import { z } from "zod";
import { CHANGES } from "../../relay/events.ts";
import type { Relay } from "../../relay/relay.ts";
import { described } from "../http/described.ts";
import { PageError } from "../http/errors.ts";
import { authorise, identifyAgain } from "../http/identity.ts";

/** Proxies close connections that are silent for longer; a heartbeat also notices an ended session. */
const HEARTBEAT = 15_000;

/** The most streams per account or token; all tabs of a browser share one, if they can. */
const MAX_PER_ACCOUNT = 20;

/** After this time, in milliseconds, a browser that lost the stream reconnects. */
const RETRY = 3_000;

const encoder = new TextEncoder();

/**
 * `GET /events`: changes as server-sent events of the type `change`, whose data is `alert`, `incident`, `delivery`,
 * `lane` or `config`: the client then reads the state again. The stream ends with the session. On a shared store,
 * every heartbeat reports that everything may have changed.
 */
export function eventRoutes(relay: Relay): Hono {
  const { query: { clock, events, isShared } } = relay;
  const app = new Hono();
  const streams = new Map<string, number>();
  const stream = {
    summary: "Changes, as server-sent events: `event: change` with the kind as `data`",
    details:
      "An event says that something of a kind changed, not what: read again. At most one per second and kind. Its id is " +
      "the number of changes. A silent stream sends `event: beat` every 15 seconds.",
    query: z.looseObject({
      since: z.string().optional().meta({
        description: "The number of changes when the page was rendered: later changes are sent first",
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
      if (open >= MAX_PER_ACCOUNT) {
        throw new PageError(429, "error.tooManyStreams", { params: { most: MAX_PER_ACCOUNT } });
      }
      let end = (): void => {};
      const stream = new ReadableStream<Uint8Array>({
        start(controller): void {
          const send = (text: string): void => controller.enqueue(encoder.encode(text));
          const change = (kind: string): void =>
            send(`id: ${events.changes}\nevent: change\ndata: ${kind}\n\n`);
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
            // If the session cannot be checked, the stream continues.
            const still = await identifyAgain(c, relay).catch(() => true);
            if (over) return;
            if (!still) return close();
            if (isShared) CHANGES.forEach(change);
            else send(`: still here\nevent: beat\ndata: ${events.changes}\n\n`);
            cancel = clock.at(clock.now() + HEARTBEAT, beat);
          };
          send(`retry: ${RETRY}\n\n`);
          // Otherwise the client would miss changes between the rendering of the page and this subscription.
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
