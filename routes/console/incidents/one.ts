import { Hono } from "hono";
import type { Alert } from "../../../relay/domain/alert.ts";
import { handlingOf } from "../../../relay/domain/handling.ts";
import { haveRemindersStopped } from "../../../relay/domain/reminder.ts";
import type { Episode, History } from "../../../relay/query/history.ts";
import { formatDuration } from "../../../relay/base/time.ts";
import { type Delivery, labelsIn, wholeIn } from "../../../relay/domain/record.ts";
import type { Relay } from "../../../relay/relay.ts";
import { isTest } from "../../../relay/domain/test_alert.ts";
import { missedNames } from "../../../relay/query/trace.ts";
import { endOf, type Incident, notifiedGroups } from "../../../relay/domain/incident.ts";
import { outcomeWords } from "../../../relay/query/why.ts";
import type { Outcome } from "../../../relay/domain/outcome.ts";
import { PageError } from "../../http/errors.ts";
import type { Shell } from "../shell.ts";
import { LASTS } from "./actions.ts";
import { assigneesFor } from "./assignees.ts";
import { relatedOf } from "./related.ts";
import { shownLinks } from "../shown_links.ts";
import { statusNow } from "../status_now.ts";
import { whereaboutsOf } from "../whereabouts.ts";

/** Steps of the timeline on one page, and the time limit for searching the log, in milliseconds. */
const STEPS = 60;
const BUDGET = { first: 40, long: 3_000 };

/** Points of the chart. */
const POINTS = 60;

/** `GET /incidents/:id`: one, from its first alert to now. */
export function incidentRoutes(shell: Shell): Hono {
  const { relay } = shell;
  const { query } = relay;
  const app = new Hono();

  app.get("/incidents/:id", async (c) => {
    const view = await shell.open(c);
    const { now, locale, t } = view;
    const incident = await query.incidents.get(c.req.param("id"));
    if (!incident) throw new PageError(404, "incident.gone");
    const first = await query.alerts.get(incident.id);
    const whole = wholeIn(first);
    const labels = labelsIn(first);
    const budget = c.req.query("look") === "long" ? BUDGET.long : BUDGET.first;
    const history = await query.incidents.history(incident, { budget });
    const silence = incident.closedAt === null ? query.silenceOf(labels, now) : undefined;
    return await view.html("console/incidents/one", {
      title: incident.title,
      incident,
      handling: handlingOf(incident),
      lasts: LASTS,
      assignees: view.who!.role === "viewer" ? [] : await assigneesFor(notifiedGroups(incident), relay),
      labels,
      place: whereaboutsOf(whole, relay.query.config.labelRules),
      text: whole?.text ?? "",
      annotations: annotationsOf(whole),
      links: shownLinks(whole, relay),
      groups: notifiedGroups(incident),
      silence,
      related: await relatedOf(incident, labels, relay, view),
      // Every incident has fired once: that alone is no flapping.
      flaps: Object.entries(incident.flaps ?? {}).filter(([, { changes, told, until = Infinity }]) =>
        told || changes.length > 2 && until > now
      )
        .map(([group, { changes, told }]) => ({
          group,
          changes: changes.length,
          last: changes.at(-1),
          told: told !== undefined,
        })),
      leftAlone: notifiedGroups(incident).filter((group) => haveRemindersStopped(incident, group)),
      heard: (outcome: Outcome) => outcomeWords(outcome, t),
      typed: c.req.query("text")?.slice(0, 500),
      // It ends without a resolved alert.
      ends: incident.closedAt === null && incident.clearsAfter !== undefined
        ? {
          at: incident.lastAt + incident.clearsAfter,
          isTest: whole !== undefined && isTest(whole),
        }
        : undefined,
      lasted: formatDuration(endOf(incident, now) - incident.openedAt, locale),
      chart: chartOf(history, endOf(incident, now), {
        told: t("folding.told"),
        untold: t("folding.untold"),
      }),
      steps: await Promise.all(
        history.episodes.slice(0, STEPS).map((episode) => stepOf(episode, incident, relay)),
      ),
      more: history.episodes.length - STEPS,
      lookedBackTo: history.lookedBackTo,
      longer: `/incidents/${incident.id}?look=long`,
    });
  });
  return app;
}

/** The annotations that neither the text nor a link shows. */
function annotationsOf(alert: Alert | undefined): [name: string, value: string][] {
  if (!alert) return [];
  const shown = new Set(alert.links.map(({ url }) => url));
  return Object.entries(alert.annotations).filter(([, value]) =>
    value !== "" && !shown.has(value) && !alert.text.includes(value)
  );
}

async function stepOf(
  episode: Episode,
  incident: Incident,
  { query: { deliveries, groups } }: Relay,
): Promise<object> {
  if (episode.kind === "untold") return episode;
  const { alert } = episode;
  const records = await deliveries.of(alert.id);
  return {
    ...episode,
    statusNow: statusNow(alert.alert.status, incident),
    told: alert.routing.map(({ group, outcome, destinations = [] }) => ({
      group,
      outcome,
      // A delivery that was never tried has no record.
      waiting: destinations.filter((id) => !records.some(({ destination }) => destination === id)),
      deliveries: records.filter((record) => record.group === group).map((record) => ({
        ...shown(record),
        missed: missedNames(record, groups),
      })),
    })),
  };
}

function shown({ id, destination, reason, state, by, because, settledAt, at, digest }: Delivery): object {
  return { id, destination, reason, state, by, because, at: settledAt ?? at, digest };
}

/** The chart of alerts over time: notified, and not. */
function chartOf(
  { moments }: History,
  end: number,
  labels: { told: string; untold: string },
): object | undefined {
  const [first] = moments;
  if (!first || moments.length < 3) return undefined;
  const step = Math.max(60_000, Math.ceil((end - first.at) / POINTS / 60_000) * 60_000);
  const start = Math.floor(first.at / step) * step;
  const points = Math.floor((Math.max(end, moments.at(-1)!.at) - start) / step) + 1;
  if (points < 3) return undefined; // too few for a line
  const told = Array<number>(points).fill(0);
  const untold = Array<number>(points).fill(0);
  for (const moment of moments) {
    const counts = moment.told ? told : untold;
    counts[Math.floor((moment.at - start) / step)]!++;
  }
  return {
    times: told.map((_, index) => start + index * step),
    series: [{ label: labels.told, tone: "critical", values: told }, {
      label: labels.untold,
      tone: "info",
      values: untold,
    }],
  };
}
