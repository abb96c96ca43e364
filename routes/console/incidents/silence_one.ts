import { Hono } from "hono";
import { z } from "zod";
import { HOUR } from "../../../relay/base/duration.ts";
import { matchersFor, MAX_INCIDENTS, MAX_UNTIL_RESOLVED } from "../../../relay/domain/silence.ts";
import { silencedLabels } from "../../../relay/domain/silenced_labels.ts";
import type { Relay } from "../../../relay/relay.ts";
import { PageError } from "../../http/errors.ts";
import { parseForm } from "../form.ts";
import { authorOf, type Shell } from "../shell.ts";
import { briefTime } from "../time_element.ts";

/** The durations that need no form; the form of a new silence has all others. */
export const SILENCE_LASTS = ["1h", "4h", "resolved"] as const;

const LENGTHS = { "1h": HOUR, "4h": 4 * HOUR, resolved: MAX_UNTIL_RESOLVED };

const form = z.object({ lasts: z.enum(SILENCE_LASTS) });

/** The matchers of a silence that covers an incident; `undefined` when its first alert is no longer kept. @throws StoreError */
export async function silenceMatchers(incident: string, { query }: Relay): Promise<string[] | undefined> {
  const whole = await query.alerts.whole(incident);
  return whole && matchersFor(silencedLabels(whole.alert, query.config.labelRules.where));
}

/** `POST /incidents/:id/silence`: silences an incident and what is like it, with one click. */
export function silenceOneRoutes(shell: Shell): Hono {
  const { relay } = shell;
  const { query, commands } = relay;
  const app = new Hono();
  app.post("/incidents/:id/silence", async (c) => {
    const view = await shell.submit(c, "operator");
    const page = `/incidents/${c.req.param("id")}`;
    const incident = await query.incidents.get(c.req.param("id"));
    if (!incident) throw new PageError(404, "incident.gone");
    const read = parseForm(view.form, form, view);
    if (!read.ok) throw new PageError(422, "error.noForm");
    const { lasts } = read.data;
    const matchers = await silenceMatchers(incident.id, relay);
    if (!matchers || matchers.length === 0) return view.done(`/silences/new?incident=${incident.id}`);
    const awaited = lasts === "resolved" ? await query.incidents.awaitedBy(matchers) : undefined;
    if (awaited && "wrong" in awaited) {
      return view.done(page, `silences.resolved.${awaited.wrong}`, { most: MAX_INCIDENTS });
    }
    const by = authorOf(view);
    const until = view.now + LENGTHS[lasts];
    await commands.silences.make(
      { matchers, from: view.now, until, author: by.by, comment: "", ...awaited },
      by,
    );
    if (lasts === "resolved") return view.done(page, "incident.silencedNow.resolved");
    const time = briefTime(until, { now: view.now, timezone: query.config.timezone }).slice(0, -3);
    return view.done(page, "incident.silencedNow", { time });
  });
  return app;
}
