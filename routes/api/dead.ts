import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Ending } from "../../relay/domain/incident.ts";
import type { DeadLetter } from "../../relay/domain/record.ts";
import type { Relay } from "../../relay/relay.ts";
import { RequestError } from "../http/errors.ts";
import { endpoint } from "./endpoint.ts";
import { page, pointInTime } from "./input.ts";
import { readTime } from "./time.ts";
import { whoIs } from "./who.ts";

const which = {
  since: pointInTime,
  destination: z.string().optional().meta({
    description: "A destination: owner/level/name",
    examples: ["chenmin/3/night-robot"],
  }),
  group: z.string().optional().meta({ description: "A group: owner/level", examples: ["chenmin/3"] }),
  reason: z.string().optional().meta({
    description: "Why the group was to be notified",
    examples: ["first"],
  }),
};
const why = z.object({
  note: z.string().trim().min(1).max(1_000).meta({ examples: ["notified by telephone"] }),
});

const refusals = { 404: "It was sent again or dropped, or is no longer kept" };

/**
 * `GET /api/dead`: dead deliveries, the newest alerts first · `GET /api/dead/:id`: one, with its alert and every
 * attempt · `POST /api/dead/send`, `POST /api/dead/:id/send`: sends all or one again · `POST /api/dead/:id/drop`:
 * removes one from the list, with a note.
 */
export function deadRoutes({ commands: { deadLetters }, query: { deliveries, clock, config } }: Relay): Hono {
  const app = new Hono();

  function sinceOf(text: string | undefined): number | undefined {
    return readTime("since", text, { now: clock.now(), timezone: config.timezone });
  }

  async function letterOf(c: Context): Promise<DeadLetter> {
    const letter = await deliveries.dead(c.req.param("id")!);
    if (letter) return letter;
    throw new RequestError(
      404,
      "There is no dead delivery of this id: it was sent again or dropped, or is no longer kept",
    );
  }

  const list = endpoint({
    summary: "Dead deliveries, the newest alerts first",
    details:
      "`since` is their time of death. With `next` there is more: ask with it as `before`. With `lookedTo` " +
      "the search ended because its time was over, and has looked back so far.",
    query: page.extend(which),
    answer: ({ dead, time }) =>
      z.object({
        dead: z.array(dead),
        next: z.string().exactOptional(),
        lookedTo: time.exactOptional(),
      }),
  });
  app.get("/api/dead", list, async (c) => {
    const { limit, before, destination, group, reason, since } = c.req.valid("query");
    const wanted = { destination, group, reason, since: sinceOf(since) };
    const { taken, ...more } = await deliveries.findDead(wanted, { limit, before });
    const endings = await deliveries.endingsOf(taken.map(({ entry }) => entry));
    return c.json({ dead: taken.map((letter) => shown(letter, endings)), ...more });
  });

  const one = endpoint({
    summary: "One dead delivery, with its alert and every attempt",
    answer: ({ dead, alert, delivery }) =>
      z.object({ dead, alert: alert.nullable(), delivery: delivery.nullable() }),
    refusals,
  });
  app.get("/api/dead/:id", one, async (c) => {
    const letter = await letterOf(c);
    const { entry, alert = null } = letter;
    const endings = await deliveries.endingsOf([entry]);
    return c.json({
      dead: shown(letter, endings),
      alert,
      delivery: await deliveries.get(entry.id) ?? null,
    });
  });

  const sendAll = endpoint({
    summary:
      "Send dead deliveries again whose incident is still open: all, or those of a destination or a period",
    details:
      "Those whose incident is closed stay, and `ended` counts them; `ended: true` sends them, too. Each message says " +
      "that it is sent again, when its alert came, and when that ended. With `more` there are more than one call may " +
      "send: ask again.",
    body: z.object({
      ...which,
      ended: z.boolean().default(false).meta({ description: "Also those whose incident is closed" }),
    }),
    answer: ({ sentAgain }) => sentAgain,
  });
  app.post("/api/dead/send", sendAll, async (c) => {
    const { since, ended, ...rest } = c.req.valid("json");
    const wanted = { ...rest, since: sinceOf(since) };
    return c.json(await deadLetters.sendAll(wanted, { by: whoIs(c) }, { ended }));
  });

  const sendOne = endpoint({
    summary: "Send one again; if its incident is closed, the message says so",
    answer: () => z.object({ sent: z.literal(1) }),
    refusals: { ...refusals, 409: "It cannot be sent again; the error says why" },
  });
  app.post("/api/dead/:id/send", sendOne, async (c) => {
    const stays = await deadLetters.sendOne(await letterOf(c), { by: whoIs(c) });
    if (stays) throw new RequestError(409, `Cannot send it again: ${stays.because}`);
    return c.json({ sent: 1 });
  });

  const drop = endpoint({
    summary: "Remove one from the list, with a note",
    body: why,
    answer: () => z.object({ dropped: z.literal(1) }),
    refusals: { ...refusals, 409: "Somebody else has sent it again or dropped it" },
  });
  app.post("/api/dead/:id/drop", drop, async (c) => {
    const letter = await letterOf(c);
    const { note } = c.req.valid("json");
    if (!await deadLetters.drop(letter, { by: whoIs(c), note })) {
      throw new RequestError(409, "Cannot drop it: somebody else has sent it again or dropped it");
    }
    return c.json({ dropped: 1 });
  });
  return app;
}

/** One line of the list. */
function shown(
  { entry, because, diedAt, alert }: DeadLetter,
  endings: ReadonlyMap<string, Ending>,
): Record<string, unknown> {
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
    ...endings.has(id) ? { ending: endings.get(id) } : {},
  };
}
