import type { Context } from "hono";
import type { Relay } from "../../../relay/relay.ts";
import { PageError } from "../../http/errors.ts";
import type { WallViewer } from "./viewer.ts";

/** In milliseconds. A wall warns when its data is older than 30 s: two heartbeats may be lost. */
export const HEARTBEAT = 10_000;

/** The most streams of one account or link. */
const MAX_STREAMS = 20;

/** After this time, in milliseconds, a browser that lost the stream reconnects. */
const RETRY = 3_000;

const encoder = new TextEncoder();

/**
 * The events of a wall: `beat` with the relay's time and the version of the page, at the beginning and then every 10 s;
 * `change` when the wall must be read again; `over` when the viewer may no longer read it, and then the stream ends.
 */
export function wallStreams(
  relay: Relay,
): (c: Context, viewer: WallViewer, build: string) => Response {
  const { query: { clock, events, isShared } } = relay;
  const open = new Map<string, number>();
  return (c, { name, still }, build) => {
    if ((open.get(name) ?? 0) >= MAX_STREAMS) {
      throw new PageError(429, "error.tooManyStreams", { params: { most: MAX_STREAMS } });
    }
    let end = (): void => {};
    const stream = new ReadableStream<Uint8Array>({
      start(controller): void {
        const send = (event: string, data: unknown): void =>
          controller.enqueue(encoder.encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`));
        const close = (): void => {
          end();
          controller.close();
        };
        let cancel = (): void => {};
        const stopListening = events.listen({ changed: (kind) => send("change", kind), closed: close });
        if (stopListening === undefined) throw new PageError(503, "error.busy");
        open.set(name, (open.get(name) ?? 0) + 1);
        let isOver = false;
        end = () => {
          if (isOver) return;
          isOver = true;
          cancel();
          stopListening();
          const left = open.get(name)! - 1;
          if (left > 0) open.set(name, left);
          else open.delete(name);
        };
        const beat = async (): Promise<void> => {
          // If it cannot be checked, the stream continues.
          const may = await still().catch(() => true);
          if (isOver) return;
          if (!may) {
            send("over", true);
            return close();
          }
          // Other instances do not notify this one.
          if (isShared) send("change", "all");
          send("beat", { now: clock.now(), build });
          cancel = clock.at(clock.now() + HEARTBEAT, beat);
        };
        controller.enqueue(encoder.encode(`retry: ${RETRY}\n\n`));
        send("beat", { now: clock.now(), build });
        cancel = clock.at(clock.now() + HEARTBEAT, beat);
      },
      cancel: () => end(),
    });
    return c.body(stream, 200, {
      "content-type": "text/event-stream",
      "cache-control": "no-store, no-transform",
      "x-accel-buffering": "no",
    });
  };
}
