import { Hono } from "hono";
import { z } from "zod";
import { isAcknowledged } from "../../../relay/domain/acknowledge.ts";
import type { Summary } from "../../../relay/domain/summary.ts";
import type { TextKey } from "../../../relay/message/locale.ts";
import { parseZoned } from "../../../relay/base/time.ts";
import type { Here } from "../../../relay/base/period.ts";
import { parseAlertId } from "../../../relay/domain/record.ts";
import { SEVERITIES } from "../../../relay/domain/severity.ts";
import { cut, oneLine } from "../../../relay/base/text.ts";
import type { Incident } from "../../../relay/domain/incident.ts";
import { alertQuery, searchOf } from "../../http/alert_query.ts";
import { parseForm } from "../form.ts";
import type { Shell, View } from "../shell.ts";
import { statusNow } from "../status_now.ts";
import { type Whereabouts, whereaboutsOfEach } from "../whereabouts.ts";
import { oneAlertRoutes } from "./one.ts";
import { receivedRoutes } from "./received.ts";

/** Alerts of a page. */
const SHOWN = 50;

/** At most this many new alerts are counted. */
const COUNTED = 99;

/** The periods that the list offers. */
const PERIODS = ["1h", "6h", "24h", "7d", "30d"] as const;

/** The wire formats, with the names that alerts use for them. */
const DIALECTS = [
  "alertmanager",
  "alertmanager_api",
  "alarm_v2",
  "ocp",
  "ocp_channel",
  "grafana",
  "dingtalk",
  "wecom",
  "feishu",
  "prometheusalert",
  "fenghuo",
] as const;

/**
 * The parameters of the page's form in addition to those of `/api`: times in the browser's format, in the relay's
 * zone.
 */
const listQuery = alertQuery.extend({
  since: z.string().max(30).optional(),
  until: z.string().max(30).optional(),
  after: z.string().refine((id) => parseAlertId(id) !== undefined).optional(),
});

/** `GET /alerts`: the log · `GET /alerts/new`: the number of newer alerts · and each alert's own page. */
export function alertPages(shell: Shell): Hono {
  const { relay } = shell;
  const app = new Hono();

  app.get("/alerts", async (c) => {
    const view = await shell.open(c);
    const asked = new URL(c.req.url).searchParams;
    const read = parseForm(asked, listQuery, { ...view, texts: TEXTS });
    const given = Object.fromEntries(asked);
    const exact = exactTimes(given);
    const errors = read.ok
      ? Object.fromEntries(Object.entries(exact.wrong).map(([field, key]) => [field, view.t(key)]))
      : read.errors;
    const isWrong = Object.keys(errors).length > 0;
    const { alerts = [], next, lookedBackTo } = !read.ok || isWrong ? {} : await relay.query.alerts.search({
      ...searchOf(read.data, here(view), exact.part),
      limit: SHOWN,
    });
    const incidents = await relay.query.incidents.getMany(alerts.flatMap(({ incident }) => incident ?? []));
    const places = whereaboutsOfEach(alerts.map(({ words }) => words), relay.query.config.labelRules);
    const filters = withoutPlace(asked);
    return await view.html("console/alerts/list", {
      title: view.t("alerts.title"),
      status: isWrong ? 422 : 200,
      lines: alerts.map((summary, index) =>
        rowOf(summary, places[index]!, incidents.get(summary.incident ?? ""))
      ),
      given,
      errors,
      isFiltered: filters.size > 0,
      isFirst: !asked.has("cursor"),
      older: next === undefined ? undefined : addressOf(filters, { cursor: next }),
      newest: addressOf(filters, {}),
      fresh: addressOf(filters, { after: alerts[0]?.id }, "/alerts/new"),
      lookedBackTo,
      severities: SEVERITIES,
      periods: PERIODS,
      dialects: DIALECTS,
      groups: [...relay.query.config.groups.keys()],
    });
  });

  app.get("/alerts/new", async (c) => {
    const view = await shell.open(c);
    const asked = new URL(c.req.url).searchParams;
    const read = parseForm(asked, listQuery, view);
    const search = read.ok && searchOf(read.data, here(view), exactTimes(Object.fromEntries(asked)).part);
    const { alerts = [] } = !search ? {} : await relay.query.alerts.search({
      ...search,
      part: { ...search.part, after: read.data.after },
      limit: COUNTED + 1,
    });
    return await view.html("console/alerts/new", {
      title: "",
      count: Math.min(alerts.length, COUNTED),
      more: alerts.length > COUNTED,
      newest: addressOf(withoutPlace(asked), {}),
    });
  });

  app.route("/", oneAlertRoutes(shell));
  app.route("/", receivedRoutes(shell));
  return app;

  function here({ now }: View): Here {
    return { now, timezone: relay.query.config.timezone };
  }

  /** The exact period, in the relay's zone; it takes precedence over the other. */
  function exactTimes({ since, until }: Record<string, string>): {
    part: { from?: number; to?: number };
    wrong: Record<string, TextKey>;
  } {
    const { timezone } = relay.query.config;
    const part: { from?: number; to?: number } = {};
    const wrong: Record<string, TextKey> = {};
    for (const [name, key, text] of [["since", "from", since], ["until", "to", until]] as const) {
      if (!text) continue;
      const time = parseZoned(text, { timezone });
      if (time === undefined) wrong[name] = "alerts.wrongTime";
      else part[key] = time;
    }
    if (part.from !== undefined && part.to !== undefined && part.to <= part.from) {
      wrong.until = "silences.notAfter";
    }
    return { part, wrong };
  }
}

/** Messages for errors that zod words for programmers. */
const TEXTS = {
  from: "alerts.wrongTime",
  to: "alerts.wrongTime",
  since: "alerts.wrongTime",
  until: "alerts.wrongTime",
  cursor: "alerts.wrongPlace",
} as const;

/** The filter alone, without the position in the list and without empty fields. */
function withoutPlace(asked: URLSearchParams): URLSearchParams {
  const position = ["cursor", "after"];
  return new URLSearchParams([...asked].filter(([name, value]) => value !== "" && !position.includes(name)));
}

function addressOf(
  filters: URLSearchParams,
  more: Readonly<Record<string, string | undefined>>,
  path = "/alerts",
): string {
  const query = new URLSearchParams(filters);
  for (const [name, value] of Object.entries(more)) if (value !== undefined) query.set(name, value);
  return query.size === 0 ? path : `${path}?${query}`;
}

/** A line of the log, for people. */
function rowOf(
  { words: { title, text }, ...summary }: Summary,
  place: Whereabouts,
  incident: Incident | undefined,
): Record<string, unknown> {
  const { id, at, status, severity, startsAt, endsAt, groups, heard } = summary;
  return {
    id,
    at,
    status: statusNow(status, incident),
    severity,
    startsAt: startsAt ?? at,
    endsAt: status === "resolved" ? endsAt ?? at : incident?.closedAt ?? undefined,
    title: cut(oneLine(title), { chars: 120 }),
    place: place.names === "" ? { ...place, text: "" } : place, // the text has a column of its own
    text: cut(oneLine(cut(text, { chars: 1_000 })), { chars: 200 }),
    groups,
    heard,
    incident: incident?.id,
    acknowledged: incident !== undefined && isAcknowledged(incident),
    knownBy: incident?.knownBy === undefined ? undefined : cut(oneLine(incident.knownBy), { chars: 40 }),
    memo: cut(oneLine(incident?.memo ?? ""), { chars: 120 }),
  };
}
