import { Hono } from "hono";
import { z } from "zod";
import type { Relay } from "../../relay/relay.ts";
import { type Condition, readCondition } from "../../relay/domain/matcher.ts";
import { endOf, type Silence, type SilenceState, silenceState } from "../../relay/domain/silence.ts";
import { described } from "../http/described.ts";
import { RequestError } from "../http/errors.ts";
import { whoIs } from "../api/who.ts";
import { filterOf, isOn } from "./input.ts";
import { gettableSilence } from "./shapes.ts";
import { postableSilence, readSilence } from "./silence_input.ts";

type GettableSilence = z.output<typeof gettableSilence>;

/** The relay's silences, as in `/api/silences`. */
export function silenceRoutes({ commands: { silences }, query }: Relay): Hono {
  const app = new Hono();

  const list = {
    summary: "The silences, as Alertmanager's",
    query: z.object({
      filter: z.string().optional().meta({ description: "A matcher that the silence has; may occur again" }),
      active: z.string().optional(),
      pending: z.string().optional(),
      expired: z.string().optional(),
    }),
    answer: () => z.array(gettableSilence),
  };
  app.get(
    "/api/v2/silences",
    described(list, async (c) => {
      const now = query.clock.now();
      const filter = filterOf(c);
      const all = (await query.silences()).filter((silence) =>
        isOn(c, silenceState(silence, now)) && has(conditionsOf(silence), filter)
      );
      return c.json(all.toSorted(byState(now)).map((silence) => shown(silence, now)));
    }),
  );

  const post = {
    summary: "Create or change a silence as Alertmanager does",
    details:
      "With `id`: the silence is changed in place if its matchers and a past start stay the same; otherwise it " +
      "ends, and a new one begins.",
    body: () => postableSilence,
    answer: () => z.object({ silenceID: z.string() }),
    refusals: { 404: "There is no silence of this id" },
  };
  app.post(
    "/api/v2/silences",
    described(post, async (c) => {
      const now = query.clock.now();
      const { id, ...wanted } = await readSilence(c, now);
      const by = { by: whoIs(c), now };
      const silence = id === undefined
        ? await silences.make({ ...wanted, from: Math.max(wanted.from, now) }, by)
        : await silences.change(await find(id), wanted, by);
      return c.json({ silenceID: silence.id });
    }),
  );

  const refusals = { 404: "There is no such silence, or it is no longer kept" };
  const one = { summary: "One silence, as Alertmanager's", answer: () => gettableSilence, refusals };
  app.get(
    "/api/v2/silence/:id",
    described(one, async (c) => c.json(shown(await find(c.req.param("id")!), query.clock.now()))),
  );

  const end = { summary: "End a silence now, as Alertmanager does", refusals };
  app.delete(
    "/api/v2/silence/:id",
    described(end, async (c) => {
      await silences.end(await find(c.req.param("id")!), { by: whoIs(c), now: query.clock.now() });
      return c.body(null, 200);
    }),
  );
  return app;

  /** @throws RequestError 404 */
  async function find(id: string): Promise<Silence> {
    const silence = await query.silence(id);
    if (silence === undefined) throw new RequestError(404, "silence not found");
    return silence;
  }
}

function conditionsOf({ matchers }: Silence): Condition[] {
  return matchers.map(readCondition);
}

/** Whether the conditions contain each one of a filter. */
function has(conditions: readonly Condition[], filter: readonly Condition[]): boolean {
  return filter.every((wanted) =>
    conditions.some(({ name, operator, value }) =>
      name === wanted.name && operator === wanted.operator && value === wanted.value
    )
  );
}

const RANK: Readonly<Record<SilenceState, number>> = { active: 0, pending: 1, expired: 2 };

/** Active ones first, the next to end before the others; then pending ones, the next to begin; then those that ended last. */
function byState(now: number): (a: Silence, b: Silence) => number {
  return (a, b) => {
    const state = silenceState(a, now);
    const rank = RANK[state] - RANK[silenceState(b, now)];
    if (rank !== 0) return rank;
    if (state === "pending") return a.from - b.from;
    return state === "active" ? endOf(a) - endOf(b) : endOf(b) - endOf(a);
  };
}

function shown(silence: Silence, now: number): GettableSilence {
  const { id, from, author, comment, createdAt, changedAt = createdAt, expiredAt = changedAt } = silence;
  const until = endOf(silence);
  return {
    id,
    status: { state: silenceState(silence, now) },
    updatedAt: iso(expiredAt),
    matchers: conditionsOf(silence).map(({ name, operator, value }) => ({
      name,
      value,
      isRegex: operator.endsWith("~"),
      isEqual: operator.startsWith("="),
    })),
    startsAt: iso(Math.min(from, until)),
    endsAt: iso(until),
    createdBy: author,
    comment,
  };
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
