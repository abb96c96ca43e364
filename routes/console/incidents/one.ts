import { Hono } from "hono";
import type { Alert } from "../../../relay/domain/alert.ts";
import { handlingOf } from "../../../relay/domain/handling.ts";
import { haveRemindersStopped } from "../../../relay/domain/reminder.ts";
import { cut, oneLine } from "../../../relay/base/text.ts";
import { formatDuration } from "../../../relay/base/time.ts";
import { labelsIn, wholeIn } from "../../../relay/domain/record.ts";
import { isTest } from "../../../relay/domain/test_alert.ts";
import { endOf, type Incident, notifiedGroups } from "../../../relay/domain/incident.ts";
import type { Silence } from "../../../relay/domain/silence.ts";
import type { IncidentVerdict } from "../../../relay/query/incident_verdict.ts";
import type { Relay } from "../../../relay/relay.ts";
import { plainText } from "../../../relay/message/plain_text.ts";
import { PageError } from "../../http/errors.ts";
import type { Shell } from "../shell.ts";
import { groupPath } from "../groups/subject.ts";
import { LASTS } from "./actions.ts";
import { assigneesFor } from "./assignees.ts";
import { duplicatesRoutes } from "./duplicates.ts";
import { relatedOf } from "./related.ts";
import { labelChips } from "../label_chips.ts";
import { shownLinks } from "../shown_links.ts";
import { type Whereabouts, whereaboutsOf } from "../whereabouts.ts";
import { SILENCE_LASTS, silenceMatchers, silenceOneRoutes } from "./silence_one.ts";
import { storyOf } from "./story.ts";
import { stripOf } from "./strip.ts";
import { shownVerdict } from "./verdict.ts";

/** The most entries of the timeline on the strip. */
const STRIP_ENTRIES = 400;

/** `GET /incidents/:id`: one, from its first alert to now, with the actions that only its page has. */
export function incidentRoutes(shell: Shell): Hono {
  const { relay } = shell;
  const { query } = relay;
  const app = new Hono();

  app.get("/incidents/:id", async (c) => {
    const view = await shell.open(c);
    const { now, locale } = view;
    const incident = await query.incidents.get(c.req.param("id"));
    if (!incident) throw new PageError(404, "incident.gone");
    const isOpen = incident.closedAt === null;
    const mayAct = view.who!.role !== "viewer";
    const [first, story, entries] = await Promise.all([
      query.alerts.get(incident.id),
      storyOf(incident, view, { query, asked: c.req.query() }),
      query.incidents.entries(incident, STRIP_ENTRIES),
    ]);
    const whole = wholeIn(first);
    const labels = labelsIn(first);
    const silence = isOpen ? query.silenceOf(labels, now) : undefined;
    const inhibitor = isOpen ? query.inhibitorsOf(labels, incident.id)[0]?.id : undefined;
    const groups = notifiedGroups(incident);
    const place = whereaboutsOf(whole, query.config.labelRules);
    const routing = first?.routing ?? [];
    const [verdict, related, onCall, inhibiting] = await Promise.all([
      query.incidents.verdict(incident, story.newest),
      relatedOf(incident, labels, relay, view),
      onCallOf(groups.length > 0 ? groups : routing.map(({ group }) => group), relay, now),
      inhibitor === undefined ? undefined : query.incidents.get(inhibitor),
    ]);
    return await view.html("console/incidents/one", {
      title: incident.title,
      incident,
      handling: handlingOf(incident),
      lasts: LASTS,
      silenceLasts: SILENCE_LASTS,
      matchers: isOpen && mayAct ? silenceMatchers(whole, relay) : [],
      assignees: mayAct ? await assigneesFor(groups, relay) : [],
      labels: labelChips(labels, "/incidents"),
      place,
      summary: summaryOf(whole, incident, place),
      text: whole === undefined ? "" : plainText(whole),
      annotations: annotationsOf(whole),
      links: shownLinks(whole, relay),
      groups: groups.map((id) => {
        const { owner, level } = query.config.groups.get(id) ?? {};
        return { id, href: owner === undefined || level === undefined ? undefined : groupPath(owner, level) };
      }),
      silence,
      inhibitor: inhibiting,
      verdict: shownVerdict(
        verdict,
        {
          routing,
          silence,
          inhibitor: inhibiting,
          inhibitors: await inhibitorsOf(verdict, relay),
          silences: await silencesOf(verdict, relay),
          incident: incident.id,
        },
        relay,
        view,
      ),
      onCall,
      related,
      // The first firing is one change: more than two are flapping.
      flaps: Object.entries(incident.flaps ?? {}).filter(([, { changes, told, until = Infinity }]) =>
        told || changes.length > 2 && until > now
      )
        .map(([group, { changes, told }]) => ({
          group,
          changes: changes.length,
          last: changes.at(-1),
          told: told !== undefined,
        })),
      leftAlone: groups.filter((group) => haveRemindersStopped(incident, group)),
      typed: c.req.query("text")?.slice(0, 500),
      // It ends without a resolved alert.
      ends: isOpen && incident.clearsAfter !== undefined
        ? {
          at: incident.lastAt + incident.clearsAfter,
          isTest: whole !== undefined && isTest(whole),
        }
        : undefined,
      end: endOf(incident, now),
      lasted: formatDuration(endOf(incident, now) - incident.openedAt, locale),
      story: story.shown,
      strip: stripOf(incident, { entries, items: story.newest, now }),
    });
  });
  app.route("/", duplicatesRoutes(shell));
  app.route("/", silenceOneRoutes(shell));
  return app;
}

/** The first line of its text, unless the heading contains it. */
function summaryOf(alert: Alert | undefined, { title }: Incident, place: Whereabouts): string {
  const text = alert === undefined ? "" : plainText(alert);
  const line = text.split("\n").find((line) => line.trim() !== "") ?? "";
  const summary = cut(oneLine(line), { chars: 200 });
  return [title, place.text].includes(summary) ? "" : summary;
}

/** The annotations that neither the text nor a link shows. */
function annotationsOf(alert: Alert | undefined): [name: string, value: string][] {
  if (!alert) return [];
  const shown = new Set(alert.links.map(({ url }) => url));
  return Object.entries(alert.annotations).filter(([, value]) =>
    value !== "" && !shown.has(value) && !alert.text.includes(value)
  );
}

/** The silences that suppressed notifications of groups, as far as they are still stored. @throws StoreError */
async function silencesOf({ without }: IncidentVerdict, { query }: Relay): Promise<Silence[]> {
  const ids = new Set(without.flatMap(({ outcome }) => {
    return outcome.kind === "suppressed" && outcome.silence !== undefined ? [outcome.silence] : [];
  }));
  return (await Promise.all([...ids].map((id) => query.silence(id)))).flatMap((silence) => silence ?? []);
}

/** The incidents that kept groups from being notified, by id. @throws StoreError */
async function inhibitorsOf({ without }: IncidentVerdict, { query }: Relay): Promise<Map<string, Incident>> {
  const ids = without.flatMap(({ outcome }) => (outcome.kind === "suppressed" && outcome.incident) || []);
  return await query.incidents.getMany(new Set(ids));
}

/** The people on call now, by group. @throws StoreError */
async function onCallOf(ids: readonly string[], { query }: Relay, now: number): Promise<object[]> {
  const schedules = await query.onCall();
  return ids.flatMap((id) => {
    const group = query.config.groups.get(id);
    if (!group || group.members.length === 0) return [];
    const { now: duty } = schedules.view(group, { from: now, until: now + 1 });
    return [{
      group: id,
      because: duty.because,
      until: duty.until,
      people: duty.members.map(({ id, name }) => name || id),
    }];
  });
}
