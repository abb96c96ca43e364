import { Hono } from "hono";
import { z } from "zod";
import type { Relay } from "../../relay/relay.ts";
import { isInstant } from "../../relay/base/instant.ts";
import { parseMatcher } from "../../relay/domain/matcher.ts";
import {
  MAX_INCIDENTS,
  MAX_UNTIL_RESOLVED,
  type Silence,
  SILENCE_LIMITS,
  SILENCE_STATES,
  type SilenceState,
  silenceState,
} from "../../relay/domain/silence.ts";
import { RequestError } from "../http/errors.ts";
import { endpoint } from "./endpoint.ts";
import { duration, moment } from "./input.ts";
import { whoIs } from "./who.ts";

/** At most this many incidents in a preview. */
const MAX_PREVIEWED = 100;

const matchers = z.array(
  z.string().max(SILENCE_LIMITS.matcher).meta({ examples: ["alertname=DiskFull"] }).transform(
    (text, context) => {
      try {
        parseMatcher(text);
      } catch (error) {
        context.addIssue((error as Error).message);
      }
      return text;
    },
  ),
).min(1).max(SILENCE_LIMITS.matchers).refine(
  (texts) => !texts.every(matchesNothing),
  'would cover alerts that have none of these labels; add one that asks for a value, such as alertname=~".+"',
);

const preview = z.object({
  matchers,
  before: z.string().max(100).optional().meta({ description: "The `next` of the previous answer" }),
});

const draft = z.object({
  matchers,
  from: moment.optional(),
  until: moment.optional(),
  duration: duration.optional(),
  until_resolved: z.boolean().default(false).meta({
    description:
      "End it when all open incidents that the matchers cover now are resolved, at the latest at `until` or after " +
      "`duration`, by default 30 days",
  }),
  author: z.string().trim().max(SILENCE_LIMITS.author).optional(),
  comment: z.string().trim().max(SILENCE_LIMITS.comment).default(""),
});

const list = z.looseObject({ state: z.enum(["all", ...SILENCE_STATES]).default("all") });

const refusals = { 404: "There is no such silence, or it is no longer kept" };

/**
 * `GET /api/silences?state=…` · `POST /api/silences` · `GET /api/silences/:id` · `DELETE /api/silences/:id`: ends it ·
 * `POST /api/silences/preview`: the open incidents that matchers cover.
 */
export function silenceRoutes({ commands: { silences }, query }: Relay): Hono {
  const app = new Hono();

  const all = endpoint({
    summary: "Silences: nobody is notified of matching alerts while one is active",
    query: list,
    answer: ({ silence }) => z.object({ silences: z.array(silence) }),
  });
  app.get("/api/silences", all, async (c) => {
    const { state } = c.req.valid("query");
    const now = query.clock.now();
    const all = (await query.silences()).map((silence) => shown(silence, now));
    return c.json({ silences: all.filter((silence) => state === "all" || silence.state === state) });
  });

  const add = endpoint({
    summary: "Silence matching alerts",
    details:
      "All matchers must match. It ends at `until`, after `duration`, or, with `until_resolved`, when the incidents " +
      "that it covers now are resolved; one of them is needed.",
    body: draft,
    example: {
      matchers: ["alertname=DiskFull", "instance=~db-.*"],
      duration: "2h",
      comment: "moving the disks",
    },
    status: 201,
    answer: ({ silence }) => z.object({ silence }),
  });
  app.post("/api/silences", add, async (c) => {
    const input = c.req.valid("json");
    const now = query.clock.now();
    const { from = now, matchers, author = whoIs(c), comment } = input;
    const until = endOf(input, { from, now });
    const awaited = input.until_resolved ? await awaitedBy(matchers) : {};
    const draft = { matchers, from, until, author, comment, ...awaited };
    const silence = await silences.make(draft, { by: whoIs(c), now });
    return c.json({ silence: shown(silence, now) }, 201);
  });

  const covered = endpoint({
    summary: "The open incidents that a silence would cover, the newest 100",
    details:
      "`total` counts them all. With `next` the search reached its time limit, and has looked back to " +
      "`lookedBackTo`: ask with it as `before`.",
    body: preview,
    answer: ({ incident, time }) =>
      z.object({
        total: z.int(),
        incidents: z.array(incident),
        next: z.string().exactOptional(),
        lookedBackTo: time.exactOptional(),
      }),
  });
  app.post("/api/silences/preview", covered, async (c) => {
    const { matchers, before } = c.req.valid("json");
    return c.json(await query.incidents.coveredBy(matchers, { limit: MAX_PREVIEWED, before }));
  });

  const one = endpoint({
    summary: "One silence",
    answer: ({ silence }) => z.object({ silence }),
    refusals,
  });
  app.get("/api/silences/:id", one, async (c) => {
    const now = query.clock.now();
    return c.json({ silence: shown(await find(c.req.param("id")), now) });
  });

  const end = endpoint({
    summary: "End a silence now",
    answer: ({ silence }) => z.object({ silence }),
    refusals,
  });
  app.delete("/api/silences/:id", end, async (c) => {
    const now = query.clock.now();
    const ended = await silences.end(await find(c.req.param("id")), { by: whoIs(c), now });
    return c.json({ silence: shown(ended, now) });
  });
  return app;

  /** The open incidents that determine the end of a silence with these matchers. @throws RequestError 422 */
  async function awaitedBy(matchers: readonly string[]): Promise<{ incidents: readonly string[] }> {
    const awaited = await query.incidents.awaitedBy(matchers);
    if ("incidents" in awaited) return awaited;
    throw new RequestError(
      422,
      awaited.wrong === "none"
        ? "until_resolved: no open incident matches, so there is nothing to wait for; give until or duration"
        : `until_resolved: more than ${MAX_INCIDENTS} open incidents match; name fewer, or give until or duration`,
    );
  }

  async function find(id: string): Promise<Silence> {
    const silence = await query.silence(id);
    if (silence) return silence;
    throw new RequestError(404, "There is no silence of this id, or it is no longer kept");
  }
}

function shown(silence: Silence, now: number): Silence & { state: SilenceState } {
  return { ...silence, state: silenceState(silence, now) };
}

/** @throws RequestError 422 */
function endOf(
  { until, duration, until_resolved }: Pick<z.output<typeof draft>, "until" | "duration" | "until_resolved">,
  { from, now }: { from: number; now: number },
): number {
  if (until !== undefined && duration !== undefined) {
    throw new RequestError(422, "duration: cannot be combined with until; give one of them");
  }
  if (until === undefined && duration === undefined && !until_resolved) {
    throw new RequestError(422, 'until: is missing; give it, or a duration such as "2h", or until_resolved');
  }
  const end = until ?? from + (duration ?? MAX_UNTIL_RESOLVED);
  if (!isInstant(end)) throw new RequestError(422, "duration: must end before the year 10000");
  if (end <= from) throw new RequestError(422, "until: must be after from");
  if (end <= now) throw new RequestError(422, "until: is in the past");
  return end;
}

/** Whether a missing label meets the condition. An unreadable condition has its own error. */
function matchesNothing(text: string): boolean {
  try {
    return parseMatcher(text).accepts("");
  } catch {
    return false;
  }
}
