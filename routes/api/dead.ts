import { type Context, Hono } from "hono";
import { z } from "zod";
import type { DeadLetter } from "../../relay/record.ts";
import type { Relay } from "../../relay/relay.ts";
import { RequestError } from "../errors.ts";
import { readInput, readPage } from "./input.ts";
import { readTime } from "./time.ts";
import { whoIs } from "./who.ts";

const which = z.object({ since: z.string().optional(), destination: z.string().optional() });
const why = z.object({ note: z.string().trim().min(1).max(1_000) });

/**
 * `GET /api/dead`: deliveries that were given up, the newest alerts first · `GET /api/dead/:id`: one, with its alert and
 * every attempt · `POST /api/dead/send`, `POST /api/dead/:id/send`: send all or one again · `POST /api/dead/:id/drop`:
 * take one off the list, with a note.
 */
export function deadRoutes({ store, sendAgain, clock }: Relay): Hono {
  const app = new Hono();

  async function letterOf(c: Context): Promise<DeadLetter> {
    const letter = await store.dead.get(c.req.param("id")!);
    if (letter) return letter;
    throw new RequestError(
      404,
      "There is no dead delivery of this id: it was sent again or dropped, or is no longer kept",
    );
  }

  app.get("/api/dead", async (c) => {
    const { limit, before } = readPage(c);
    const { destination, since } = c.req.query();
    const wanted = { destination, before, since: readTime("since", since, clock.now()) };
    const dead = [];
    for await (const letter of store.dead.list(wanted)) if (dead.push(shown(letter)) === limit) break;
    return c.json({ dead });
  });
  app.get("/api/dead/:id", async (c) => {
    const letter = await letterOf(c);
    const { entry, alert = null } = letter;
    return c.json({ dead: shown(letter), alert, delivery: await store.outbox.delivery(entry) ?? null });
  });
  app.post("/api/dead/send", async (c) => {
    const { destination, since } = await readInput(c, which);
    const wanted = { destination, since: readTime("since", since, clock.now()) };
    return c.json(await sendAgain.all(wanted, { by: whoIs(c) }));
  });
  app.post("/api/dead/:id/send", async (c) => {
    const stays = await sendAgain.one(await letterOf(c), { by: whoIs(c) });
    if (stays) throw new RequestError(409, `Cannot send it again: ${stays.because}`);
    return c.json({ sent: 1 });
  });
  app.post("/api/dead/:id/drop", async (c) => {
    const letter = await letterOf(c);
    const { note } = await readInput(c, why);
    if (!await store.dead.drop(letter, { by: whoIs(c), note, at: clock.now() })) {
      throw new RequestError(409, "Cannot drop it: somebody else has sent it again or dropped it");
    }
    return c.json({ dropped: 1 });
  });
  return app;
}

/** One line of the list. */
function shown({ entry, because, diedAt, alert }: DeadLetter): Record<string, unknown> {
  const { id, alert: alertId, fingerprint, group, destination, reason, severity, at, again } = entry;
  return {
    id,
    alert: alertId,
    title: alert?.title ?? null,
    fingerprint,
    group,
    destination,
    reason,
    severity,
    because,
    at,
    diedAt,
    ...again ? { again } : {},
  };
}
