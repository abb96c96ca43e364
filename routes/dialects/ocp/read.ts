/**
 * The lists for programs that poll OCP: its alarms and its notifications, which are the incidents of the dialect `ocp` and
 * the deliveries of their alerts.
 *
 * @module
 */
import { type Alert, labelOf, type Labels } from "../../../relay/domain/alert.ts";
import { type Delivery, deliveryId, isWhole, type LoggedAlert } from "../../../relay/domain/record.ts";
import type { Relay } from "../../../relay/relay.ts";
import type { Query } from "../../../relay/query/query.ts";
import type { Incident } from "../../../relay/domain/incident.ts";
import { OCP_CODE, OcpRefusal } from "./answer.ts";
import type { OcpCall } from "./door.ts";
import { nearestLevel, ocpLevelOf } from "./level.ts";
import { OcpQuery, pageOf } from "./query.ts";

/** A list covers the newest incidents of any dialect, to bound the work of a poll. Older ones are read by their id. */
const MAX_INCIDENTS = 10_000;

/** A filter on more than the status must read each alarm's own record: at most this many of the newest. */
const MAX_FILTERED = 2_000;

/** The most alerts of the log, of any dialect, that are examined for their deliveries. */
const MAX_ALERTS = 2_000;

/** Records that are read concurrently. */
const CONCURRENT_READS = 50;

/** The states of an alarm. The relay's are never silenced or inhibited, but OCP's pollers may request these states. */
const STATUSES = ["Active", "Inactive", "Silenced", "Inhibited"] as const;
type AlarmStatus = typeof STATUSES[number];

const LEVELS = ["1", "2", "3", "4", "5"] as const;

/** The states of a notification; see {@linkcode notificationStatus}. */
const NOTIFICATION_STATUSES = ["Pending", "Sending", "Success", "Failed", "Limited"] as const;
type NotificationStatus = typeof NOTIFICATION_STATUSES[number];

/** Labels that have fields of their own. */
const FIELDS = new Set(["alarm_type", "alarm_target", "alarm_level", "app_type", "alarm_scope"]);

/** An alarm in OCP's form; a field that does not apply is `undefined`, and missing in the answer. */
interface AlarmEvent {
  readonly id: string;
  readonly activeAt: string;
  readonly alarmType: string | undefined;
  readonly appType: string | undefined;
  readonly level: number;
  readonly name: string;
  readonly scope: string | undefined;
  readonly status: AlarmStatus;
  readonly summary: string | undefined;
  readonly target: string | undefined;
  readonly [field: string]: unknown;
}

/** `GET …/alarms`; with `only`, `…/alarms/actived` and `…/alarms/history`. @throws OcpRefusal 400 */
export async function listAlarms(
  relay: Relay,
  { request }: OcpCall,
  only?: AlarmStatus,
): Promise<unknown> {
  const query = new OcpQuery(request.url);
  const paging = query.paging();
  const statuses = query.among("status", STATUSES);
  const isWanted = (status: AlarmStatus): boolean =>
    (only === undefined || status === only) && (statuses.length === 0 || statuses.includes(status));
  const filter = alarmFilter(query);
  const incidents = await newestIncidents(relay.query, isWanted);
  const show = (some: readonly Incident[]): Promise<AlarmEvent[]> =>
    inTurns(some, (incident) => readEvent(relay.query, incident));
  if (filter) {
    const events = await show(incidents.slice(0, MAX_FILTERED));
    return pageOf(events.filter(filter), paging);
  }
  const { contents, page } = pageOf(incidents, paging);
  return { contents: await show(contents), page };
}

/** `GET …/alarms/{id}`. @throws OcpRefusal 404 */
export async function showAlarm({ query }: Relay, { param }: OcpCall): Promise<unknown> {
  const id = param("id");
  const incident = await query.incidents.get(id);
  if (incident?.dialect === "ocp") return await readEvent(query, incident);
  throw new OcpRefusal({
    status: 404,
    code: OCP_CODE.noSuchAlarm,
    message: `The alarm does not exist (ALM70001): ${id.slice(0, 100)}`,
  });
}

/** `GET …/notifications`: one per delivery. @throws OcpRefusal 400 */
export async function listNotifications(
  { query: { alerts, deliveries } }: Relay,
  { request }: OcpCall,
): Promise<unknown> {
  const query = new OcpQuery(request.url);
  const paging = query.paging();
  const statuses = query.among("status", NOTIFICATION_STATUSES);
  const alarm = query.text("alarmId");
  const logged = (await alerts.newest(MAX_ALERTS)).filter((one) =>
    alarm === undefined || one.incident === alarm
  );
  // An alarm that was notified long ago: its first notification is found by its id.
  const first = alarm === undefined ? undefined : await alerts.get(alarm);
  if (first && !logged.some(({ id }) => id === first.id)) logged.push(first);
  const lists = await inTurns(
    logged.filter(isOcp),
    async (one) => notificationsOf(one, await deliveries.of(one.id)),
  );
  const all = lists.flat().filter(({ status }) => statuses.length === 0 || statuses.includes(status));
  return pageOf(all, paging);
}

/** The filter of a list, besides the status; `undefined` when there is none. @throws OcpRefusal 400 */
function alarmFilter(query: OcpQuery): ((event: AlarmEvent) => boolean) | undefined {
  const conditions: ((event: AlarmEvent) => boolean)[] = [];
  for (const name of ["appType", "scope", "alarmType", "target"] as const) {
    const values = name === "target" ? query.each(name) : query.all(name);
    if (values.length > 0) {
      conditions.push((event) => event[name] !== undefined && values.includes(event[name]));
    }
  }
  const levels = query.among("level", LEVELS);
  if (levels.length > 0) conditions.push(({ level }) => levels.some((one) => Number(one) === level));
  const [from, to] = [query.time("activeAtStart"), query.time("activeAtEnd")];
  if (from !== undefined) conditions.push(({ activeAt }) => Date.parse(activeAt) >= from);
  if (to !== undefined) conditions.push(({ activeAt }) => Date.parse(activeAt) <= to);
  const keyword = query.text("keyword")?.toLowerCase();
  if (keyword !== undefined) {
    conditions.push(({ name, target, alarmType, summary }) =>
      [name, target, alarmType, summary].some((text) => text?.toLowerCase().includes(keyword))
    );
  }
  return conditions.length === 0 ? undefined : (event) => conditions.every((condition) => condition(event));
}

/** OCP's alarms among the newest incidents, the newest first. */
async function newestIncidents(
  { incidents }: Query,
  isWanted: (status: AlarmStatus) => boolean,
): Promise<Incident[]> {
  const [open, closed] = await Promise.all([
    isWanted("Active") ? incidents.newest("open", MAX_INCIDENTS) : [],
    isWanted("Inactive") ? incidents.newest("closed", MAX_INCIDENTS) : [],
  ]);
  return [...open, ...closed].sort((a, b) => a.id < b.id ? 1 : -1).slice(0, MAX_INCIDENTS)
    .filter(({ dialect }) => dialect === "ocp");
}

/**
 * An alarm in OCP's form. Its fields are those of its first alert, which is never a duplicate, while the log has it.
 */
async function readEvent({ alerts, config }: Query, incident: Incident): Promise<AlarmEvent> {
  const first = await alerts.get(incident.id);
  const alert = first && isWhole(first.alert) ? first.alert : undefined;
  const labels = alert?.labels ?? {};
  const own = ocpLevelOf(labelOf(labels, "alarm_level"), config.severities);
  const activeAt = iso(alert?.startsAt ?? incident.openedAt);
  const { closedAt } = incident;
  return {
    activeAt,
    alarmType: labelOf(labels, "alarm_type"),
    appType: labelOf(labels, "app_type"),
    description: labelOf(alert?.annotations ?? {}, "description"),
    gmtCreate: iso(incident.openedAt),
    gmtModified: iso(incident.lastAt),
    id: incident.id,
    labels: ownLabels(labels),
    level: own.severity === incident.severity ? own.level : nearestLevel(incident.severity),
    name: incident.title,
    resolvedAt: closedAt === null ? undefined : iso(closedAt),
    scope: labelOf(labels, "alarm_scope"),
    status: closedAt === null ? "Active" : "Inactive",
    statusUpdatedAt: iso(closedAt ?? incident.openedAt),
    summary: labelOf(alert?.annotations ?? {}, "summary"),
    target: labelOf(labels, "alarm_target"),
    updatedAt: iso(incident.lastAt),
  };
}

function ownLabels(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !FIELDS.has(name)));
}

/** The notifications of an alert: one per destination. */
function notificationsOf(
  { id, at, incident, alert, routing }: LoggedAlert & { alert: Alert },
  deliveries: readonly Delivery[],
): { status: NotificationStatus; [field: string]: unknown }[] {
  const records = new Map(deliveries.map((delivery) => [delivery.id, delivery]));
  return routing.flatMap(({ destinations = [] }) => destinations).map((destination, number) => {
    const delivery = records.get(deliveryId(id, number));
    return {
      alarmIds: incident === null ? [] : [incident],
      channelId: destination,
      channelResponse: delivery?.because,
      generatedAt: iso(at),
      id: deliveryId(id, number),
      isAggregated: (delivery?.attempts.at(-1)?.together ?? 1) > 1,
      labels: ownLabels(alert.labels),
      message: [alert.title, alert.text].filter(Boolean).join("\n"),
      sentAt: delivery?.settledAt === undefined ? undefined : iso(delivery.settledAt),
      status: notificationStatus(delivery),
    };
  });
}

/** Our states in OCP's words. A waiting delivery is `Limited` by the vendor's budget, and `Sending` once it was tried. */
function notificationStatus(delivery: Delivery | undefined): NotificationStatus {
  if (!delivery) return "Pending";
  if (delivery.state === "delivered" || delivery.by === "channel") return "Success";
  if (delivery.state === "dead") return "Failed";
  const last = delivery.attempts.at(-1);
  if (!last) return "Pending";
  return last.verdict === "throttled" ? "Limited" : "Sending";
}

function isOcp(one: LoggedAlert): one is LoggedAlert & { alert: Alert } {
  return isWhole(one.alert) && one.alert.dialect === "ocp";
}

/** A few concurrently, so that a long list does not start all its reads at once. */
async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let from = 0; from < items.length; from += CONCURRENT_READS) {
    results.push(...await Promise.all(items.slice(from, from + CONCURRENT_READS).map(work)));
  }
  return results;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
