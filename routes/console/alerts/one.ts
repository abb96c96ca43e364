import { type Context, Hono } from "hono";
import { isAcknowledged } from "../../../relay/domain/acknowledge.ts";
import { findDestination } from "../../../relay/domain/group.ts";
import { formatDuration } from "../../../relay/base/time.ts";
import { isWhole, type LoggedAlert, wholeIn } from "../../../relay/domain/record.ts";
import type { Relay } from "../../../relay/relay.ts";
import { plainText } from "../../../relay/message/plain_text.ts";
import type { Query } from "../../../relay/query/query.ts";
import type { Followed } from "../../../relay/query/shapes/deliveries.ts";
import { why } from "../../../relay/query/why.ts";
import { cut, oneLine } from "../../../relay/base/text.ts";
import { PageError } from "../../http/errors.ts";
import type { Shell } from "../shell.ts";
import { shownLinks } from "../shown_links.ts";
import { statusNow } from "../status_now.ts";
import { timeElement } from "../time_element.ts";
import { labelChips } from "../label_chips.ts";
import { whereaboutsOf } from "../whereabouts.ts";
import { alertVerdict } from "./verdict.ts";

/** At most this many other alerts of the incident on the page. */
const RELATED = 20;

/** The minimum time to search for them, in milliseconds: enough for the most recent ones. */
const MIN_BUDGET = 10;

/**
 * `GET /alerts/:id`: everything about an alert · `POST /alerts/:id/deliveries/:delivery/send`: sends a dead delivery
 * of it again.
 */
export function oneAlertRoutes(shell: Shell): Hono {
  const { relay } = shell;
  const { commands, query } = relay;
  const { alerts, config, groups } = query;
  const app = new Hono();

  app.get("/alerts/:id", async (c) => {
    const view = await shell.open(c);
    const { locale, now, t } = view;
    const logged = await alertOf(c, relay);
    const end = performance.now() + alerts.searchBudget;
    const trace = await alerts.trace(logged);
    // The log stores little of a duplicate: the rest is in its incident's first alert.
    const first = isWhole(logged.alert) || logged.incident === null
      ? logged
      : await alerts.get(logged.incident) ?? logged;
    const whole = wholeIn(first);
    const timezone = groups.get(logged.routing[0]?.group ?? "")?.timezone ?? config.timezone;
    const { incident } = trace;
    const related = await alerts.search({
      filter: { fingerprint: logged.fingerprint },
      part: incident ? { from: incident.openedAt, before: after(incident.lastId) } : {},
      limit: RELATED + 1,
      budget: Math.max(MIN_BUDGET, end - performance.now()), // the search for what led to the alert uses the same time
    });
    return await view.html("console/alerts/one", {
      title: whole?.title || incident?.title || t("message.untitled"),
      id: logged.id,
      place: whereaboutsOf(whole, config.labelRules),
      receivedAt: logged.at,
      status: 200,
      state: logged.alert,
      statusNow: statusNow(logged.alert.status, incident),
      acknowledged: incident !== undefined && isAcknowledged(incident),
      severityText: cut(oneLine(isWhole(logged.alert) && logged.alert.severityText || ""), { chars: 40 }),
      whole: whole && { ...whole, text: plainText(whole) },
      isFolded: !isWhole(logged.alert),
      links: shownLinks(whole, relay),
      startsAt: logged.alert.startsAt,
      endsAt: isWhole(logged.alert) ? logged.alert.endsAt : null,
      lasted: isWhole(logged.alert) && logged.alert.startsAt !== null && logged.alert.endsAt !== null
        ? formatDuration(logged.alert.endsAt - logged.alert.startsAt, locale)
        : undefined,
      zone: timezone,
      zoned: (ms: number) => timeElement(ms, { now, locale, timezone }),
      fingerprint: logged.fingerprint,
      incident,
      isHeartbeat: logged.routing.some(({ outcome }) =>
        outcome.kind === "suppressed" && outcome.by === "heartbeat"
      ),
      related: related.alerts.filter(({ id }) => id !== logged.id).slice(0, RELATED)
        .map((one) => ({ ...one, status: statusNow(one.status, incident) })),
      verdict: await alertVerdict(trace, relay, view),
      labels: labelChips(whole?.labels ?? {}, "/alerts"),
      story: why(trace, { now, locale, timezone }),
      deliveries: trace.deliveries.map((followed) => shownDelivery(followed, { logged, groups })),
    });
  });

  app.post("/alerts/:id/deliveries/:delivery/send", async (c) => {
    const view = await shell.submit(c, "operator");
    const { id, delivery } = c.req.param();
    const letter = await query.deliveries.dead(delivery);
    if (!letter || letter.entry.alert !== id) throw new PageError(404, "alert.notDead");
    const stays = await commands.deadLetters.sendOne(letter, { by: view.who!.name });
    if (stays) return view.done(`/alerts/${id}#deliveries`, "alert.stays", { because: stays.because });
    return view.done(`/alerts/${id}#deliveries`, "alert.sentAgain", {
      destination: letter.entry.destination,
    });
  });
  return app;
}

/** The alert of an address. @throws PageError 404 */
export async function alertOf(c: Context, { query }: Relay): Promise<LoggedAlert> {
  const logged = await query.alerts.get(c.req.param("id") ?? "");
  if (logged) return logged;
  throw new PageError(404, "alert.gone");
}

/** A delivery in the form of the page. */
function shownDelivery(
  { id, group, destination, record, entry, pause, missed }: Followed,
  { logged: { alert }, groups }: { logged: LoggedAlert; groups: Query["groups"] },
): unknown {
  const state = record?.state ?? (entry ? "pending" : "lost");
  return {
    id,
    group,
    destination,
    state,
    by: record?.by,
    because: record?.because ?? pause?.because ?? "",
    missed,
    digest: record?.digest,
    settledAt: record?.settledAt,
    attempts: record?.attempts ?? [],
    isDead: state === "dead" && record?.dropped === undefined,
    /** Whether there is a message to show that a vendor may have received. */
    isSent: (record?.attempts.length ?? 0) > 0 && (isWhole(alert) || record?.digest !== undefined) &&
      findDestination(destination, groups) !== undefined,
  };
}

/** The next possible id. */
function after(id: string): string {
  return `${id}~`;
}
