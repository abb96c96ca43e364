import { Hono } from "hono";
import type { Alert } from "../../../relay/domain/alert.ts";
import { handlingOf } from "../../../relay/domain/handling.ts";
import { haveRemindersStopped } from "../../../relay/domain/reminder.ts";
import { formatDuration } from "../../../relay/base/time.ts";
import { labelsIn, wholeIn } from "../../../relay/domain/record.ts";
import { isTest } from "../../../relay/domain/test_alert.ts";
import { endOf, notifiedGroups } from "../../../relay/domain/incident.ts";
import { PageError } from "../../http/errors.ts";
import type { Shell } from "../shell.ts";
import { LASTS } from "./actions.ts";
import { assigneesFor } from "./assignees.ts";
import { relatedOf } from "./related.ts";
import { shownLinks } from "../shown_links.ts";
import { whereaboutsOf } from "../whereabouts.ts";
import { storyOf } from "./story.ts";

/** `GET /incidents/:id`: one, from its first alert to now. */
export function incidentRoutes(shell: Shell): Hono {
  const { relay } = shell;
  const { query } = relay;
  const app = new Hono();

  app.get("/incidents/:id", async (c) => {
    const view = await shell.open(c);
    const { now, locale } = view;
    const incident = await query.incidents.get(c.req.param("id"));
    if (!incident) throw new PageError(404, "incident.gone");
    const first = await query.alerts.get(incident.id);
    const whole = wholeIn(first);
    const labels = labelsIn(first);
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
      typed: c.req.query("text")?.slice(0, 500),
      // It ends without a resolved alert.
      ends: incident.closedAt === null && incident.clearsAfter !== undefined
        ? {
          at: incident.lastAt + incident.clearsAfter,
          isTest: whole !== undefined && isTest(whole),
        }
        : undefined,
      lasted: formatDuration(endOf(incident, now) - incident.openedAt, locale),
      story: await storyOf(incident, view, { query, asked: c.req.query() }),
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
