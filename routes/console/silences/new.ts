import { type Context, Hono } from "hono";
import { z } from "zod";
import { parseMatcher } from "../../../relay/domain/matcher.ts";
import { PatternBudget, REQUEST_INSTRUCTIONS, within } from "../../../relay/base/pattern.ts";
import {
  matchersFor,
  MAX_INCIDENTS,
  MAX_UNTIL_RESOLVED,
  SILENCE_LIMITS,
} from "../../../relay/domain/silence.ts";
import { silencedLabels } from "../../../relay/domain/silenced_labels.ts";
import { PageError } from "../../http/errors.ts";
import { type FieldErrors, parseForm } from "../form.ts";
import { rowsOf } from "../incidents/lines.ts";
import type { Shell, View } from "../shell.ts";
import { endOfPreset, LONG_SEARCH, PRESETS, readLocal, writeLocal } from "./times.ts";

/** At most this many incidents in the preview. */
const PREVIEWED = 20;

const form = z.object({
  matchers: z.string().max(20_000).default(""),
  lasts: z.enum([...PRESETS, "resolved", "exact"]).default("1h"),
  from: z.string().max(30).default(""),
  until: z.string().max(30).default(""),
  comment: z.string().trim().max(SILENCE_LIMITS.comment).default(""),
});

type Values = z.output<typeof form>;

/**
 * `GET /silences/new`, with `?matchers=…`, `?alert=…` (and `&by=…`) or `?incident=…`: the form, filled in · `POST
 * /silences/new`: its preview, or the silence.
 */
export function newSilenceRoutes(shell: Shell): Hono {
  const { relay } = shell;
  const app = new Hono();

  app.get("/silences/new", async (c) => {
    const view = await shell.open(c, "operator");
    const matchers = await prefilled(c);
    return await page(view, {
      values: {
        matchers: matchers.join("\n"),
        lasts: "1h",
        from: "",
        until: "",
        comment: c.req.query("comment") ?? "",
      },
      errors: {},
    });
  });

  app.post("/silences/new", async (c) => {
    const view = await shell.submit(c, "operator");
    const { form: fields, t, now } = view;
    const isLong = fields.get("do") === "look";
    const isPreview = isLong || fields.get("do") === "preview";
    const read = parseForm(fields, form, view);
    if (!read.ok) {
      const values = {
        matchers: "",
        lasts: "1h",
        from: "",
        until: "",
        comment: "",
        ...Object.fromEntries(fields),
      };
      return await page(view, { values: values as Values, errors: read.errors });
    }
    const values = read.data;
    const matchers = linesOf(values.matchers);
    const wrong = complaintOf(matchers, view);
    const period = periodOf(values, view);
    const errors: Record<string, string> = {
      ...wrong === undefined ? {} : { matchers: wrong },
      ...isPreview ? {} : period.errors,
    };
    const awaited = !isPreview && wrong === undefined && isUntilResolved(values)
      ? await relay.query.incidents.awaitedBy(matchers)
      : undefined;
    if (awaited && "wrong" in awaited) {
      errors.lasts = t(`silences.resolved.${awaited.wrong}`, { most: MAX_INCIDENTS });
    }
    if (isPreview || Object.keys(errors).length > 0) return await page(view, { values, errors, isLong });
    const { from, until } = period;
    const { name } = view.who!;
    const silence = await relay.commands.silences.make(
      {
        matchers,
        from,
        until,
        author: name,
        comment: values.comment,
        ...awaited && "incidents" in awaited ? awaited : {},
      },
      { by: name, now },
    );
    if (silence.incidents) {
      const count = silence.incidents.length;
      const words = count === 1 ? "silences.madeResolvedOne" : "silences.madeResolved";
      return view.done(`/silences/${silence.id}`, words, { count });
    }
    const { total, next } = await relay.query.incidents.coveredBy(matchers, { limit: 0 });
    const words = next !== undefined
      ? "silences.madeSoFar"
      : total === 1
      ? "silences.madeOne"
      : "silences.made";
    return view.done(`/silences/${silence.id}`, words, {
      count: total,
      until: t("silences.at", { time: writeLocal(until, relay.query.config.timezone).replace("T", " ") }),
    });
  });
  return app;

  /** The matchers in the address, or those for an alert or an incident. @throws PageError 404 */
  async function prefilled(c: Context): Promise<string[]> {
    const given = c.req.queries("matchers") ?? [];
    const { alert, incident, by } = c.req.query();
    if (given.length > 0) return given.slice(0, SILENCE_LIMITS.matchers);
    const id = alert ?? incident; // an incident has the id of its first alert
    if (id === undefined) return [];
    const whole = await relay.query.alerts.whole(id); // for a duplicate, the first alert of its incident
    const { where } = relay.query.config.labelRules;
    if (whole) return matchersFor(silencedLabels(whole.alert, where, { by: by?.split(",") }));
    if (alert === undefined) return [];
    throw new PageError(404, "pick.gone");
  }

  async function page(
    view: View,
    { values, errors, isLong = false }: { values: Values; errors: FieldErrors; isLong?: boolean },
  ): Promise<Response> {
    const { timezone } = relay.query.config;
    const { now } = view;
    const matchers = linesOf(values.matchers);
    const covered = matchers.length === 0 || errors.matchers
      ? undefined
      : complaintOf(matchers, view)
      ? undefined
      : await relay.query.incidents.coveredBy(matchers, {
        limit: PREVIEWED,
        budget: isLong ? LONG_SEARCH : undefined,
      });
    return await view.html("console/silences/new", {
      title: view.t("silences.new"),
      values,
      errors,
      presets: PRESETS.map((preset) => ({ preset, until: endOfPreset(preset, { from: now, timezone }) })),
      total: covered?.total,
      lookedBackTo: covered?.lookedBackTo,
      covered: await rowsOf(covered?.incidents ?? [], view, relay),
      status: Object.keys(errors).length > 0 ? 422 : 200,
    });
  }

  function periodOf(
    { lasts, from, until }: Values,
    { now, t }: View,
  ): { from: number; until: number; errors: FieldErrors } {
    const { timezone } = relay.query.config;
    const begins = from === "" ? now : readLocal(from, timezone);
    // A typed end takes precedence over the choice.
    if (until === "" && lasts !== "exact") {
      const errors: FieldErrors = begins === undefined ? { from: t("silences.noTime") } : {};
      const start = begins ?? now;
      const end = lasts === "resolved"
        ? start + MAX_UNTIL_RESOLVED
        : endOfPreset(lasts, { from: start, timezone });
      return { from: start, until: end, errors };
    }
    const ends = readLocal(until, timezone);
    const errors: Record<string, string> = {};
    if (begins === undefined) errors.from = t("silences.noTime");
    if (ends === undefined) errors.until = t("silences.noTime");
    else if (ends <= now) errors.until = t("silences.past");
    else if (begins !== undefined && ends <= begins) errors.until = t("silences.notAfter");
    return { from: begins ?? now, until: ends ?? now, errors };
  }
}

/** Whether the silence ends with its incidents. A typed end takes precedence. */
function isUntilResolved({ lasts, until }: Values): boolean {
  return lasts === "resolved" && until === "";
}

/** The matchers, one per line. */
function linesOf(text: string): string[] {
  return text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
}

/** The error of the matchers; `undefined` when they are valid. */
function complaintOf(matchers: readonly string[], { t }: View): string | undefined {
  if (matchers.length === 0) return t("silences.noMatcher");
  if (matchers.length > SILENCE_LIMITS.matchers) {
    return t("silences.tooMany", { most: SILENCE_LIMITS.matchers });
  }
  return within(new PatternBudget(REQUEST_INSTRUCTIONS), () => complaintAbout(matchers, t));
}

function complaintAbout(matchers: readonly string[], t: View["t"]): string | undefined {
  let asksForSomething = false;
  for (const text of matchers) {
    try {
      asksForSomething = !parseMatcher(text).accepts("") || asksForSomething;
    } catch (error) {
      return t("silences.badMatcher", { text: text.slice(0, 80), problem: (error as Error).message });
    }
  }
  return asksForSomething ? undefined : t("silences.matchesAll");
}
