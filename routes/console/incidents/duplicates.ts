import { Hono } from "hono";
import { isInstant } from "../../../relay/base/instant.ts";
import { formatTime } from "../../../relay/base/time.ts";
import type { Incident } from "../../../relay/domain/incident.ts";
import { PageError } from "../../http/errors.ts";
import type { Shell } from "../shell.ts";
import { statusNow } from "../status_now.ts";

/** At most this many alerts of a run are listed; the alert log has the others. */
const SHOWN = 50;

/** A period in epoch milliseconds. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** The addresses that list the duplicates of a run: the part below their line, and the alert log. */
export function duplicatesLinks(
  { id, fingerprint }: Pick<Incident, "id" | "fingerprint">,
  { from, to }: Span,
  timezone: string,
): { readonly part: string; readonly log: string } {
  const local = (ms: number): string => formatTime(ms, { timezone }).replace(" ", "T");
  const log = new URLSearchParams({ fingerprint, since: local(from), until: local(to + 1_000) });
  return { part: `/incidents/${id}/duplicates?from=${from}&to=${to}`, log: `/alerts?${log}` };
}

/** `GET /incidents/:id/duplicates?from=&to=`: the alerts of an incident in a period, in epoch milliseconds. */
export function duplicatesRoutes(shell: Shell): Hono {
  const { query } = shell.relay;
  const app = new Hono();
  app.get("/incidents/:id/duplicates", async (c) => {
    const view = await shell.open(c);
    const incident = await query.incidents.get(c.req.param("id"));
    if (!incident) throw new PageError(404, "incident.gone");
    const [from, to] = [c.req.query("from"), c.req.query("to")].map(Number) as [number, number];
    if (!isInstant(from) || !isInstant(to)) throw new PageError(422, "alerts.wrongTime");
    const { alerts, next } = await query.alerts.search({
      filter: { fingerprint: incident.fingerprint },
      part: { from, to: to + 1 },
      limit: SHOWN,
    });
    return await view.html("console/incidents/duplicates", {
      title: incident.title,
      incident,
      alerts: alerts.map((one) => ({ ...one, status: statusNow(one.status, incident) })),
      log: duplicatesLinks(incident, { from, to }, query.config.timezone).log,
      more: next !== undefined,
    });
  });
  return app;
}
