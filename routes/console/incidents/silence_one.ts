import { Hono } from "hono";
import { z } from "zod";
import type { Alert } from "../../../relay/domain/alert.ts";
import { wholeIn } from "../../../relay/domain/record.ts";
import { matchersFor, MAX_INCIDENTS, MAX_UNTIL_RESOLVED } from "../../../relay/domain/silence.ts";
import { silencedLabels } from "../../../relay/domain/silenced_labels.ts";
import type { Relay } from "../../../relay/relay.ts";
import { PageError } from "../../http/errors.ts";
import { parseForm } from "../form.ts";
import { authorOf, type Shell } from "../shell.ts";
import { endOfPreset } from "../silences/times.ts";
import { briefTime } from "../time_element.ts";

/** The durations of a silence with one click; the form of a silence has all others. */
export const SILENCE_LASTS = ["1h", "4h", "resolved"] as const;

const form = z.object({ lasts: z.enum(SILENCE_LASTS) });

/** The matchers of a silence for an incident; empty when its first alert was deleted. */
export function silenceMatchers(first: Alert | undefined, { query: { config } }: Relay): string[] {
  return first ? matchersFor(silencedLabels(first, config.labelRules.where)) : [];
}

/** `POST /incidents/:id/silence`: silences an incident and others of its name and object, with one click. */
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
    const matchers = silenceMatchers(wholeIn(await query.alerts.get(incident.id)), relay);
    if (matchers.length === 0) return view.done(`/silences/new?incident=${incident.id}`);
    const awaited = lasts === "resolved" ? await query.incidents.awaitedBy(matchers) : undefined;
    if (awaited && "wrong" in awaited) {
      return view.done(page, `silences.resolved.${awaited.wrong}`, { most: MAX_INCIDENTS });
    }
    const by = authorOf(view);
    const { timezone } = query.config;
    const until = lasts === "resolved"
      ? view.now + MAX_UNTIL_RESOLVED
      : endOfPreset(lasts, { from: view.now, timezone });
    await commands.silences.make(
      { matchers, from: view.now, until, author: by.by, comment: "", ...awaited },
      by,
    );
    if (lasts === "resolved") return view.done(page, "incident.silencedNow.resolved");
    const time = briefTime(until, { now: view.now, timezone }).slice(0, -3);
    return view.done(page, "incident.silencedNow", { time });
  });
  return app;
}
