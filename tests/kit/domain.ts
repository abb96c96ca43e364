/** Nouns of the domain for hand-made tests: each test sets the values that matter to it. @module */
import { HOUR } from "../../relay/base/duration.ts";
import type { Alert } from "../../relay/domain/alert.ts";
import type { Destination, Group } from "../../relay/domain/group.ts";
import type { Incident } from "../../relay/domain/incident.ts";
import type { Entry } from "../../relay/message/entry.ts";

/** The group `ops/default` without members and destinations: Chinese, in Shanghai, with a window of 5 minutes. */
export function group(own: Partial<Group> = {}): Group {
  return {
    id: "ops/default",
    owner: "ops",
    level: "default",
    members: [],
    destinations: [],
    window: 300_000,
    locale: "zh",
    timezone: "Asia/Shanghai",
    ...own,
  };
}

/** A destination of the channel `webhook`, in a lane of its own. `id`: `owner/level/name` */
export function destination(id: string, own: Partial<Destination> = {}): Destination {
  return {
    id,
    name: id.split("/").at(-1)!,
    channel: "webhook",
    config: {},
    lane: `lane of ${id}`,
    configHash: "h",
    secrets: [],
    limits: [],
    fallbackAfter: HOUR,
    isFallback: false,
    ...own,
  };
}

/** A firing warning with a title and nothing else. */
export function alert(own: Partial<Alert> = {}): Alert {
  return {
    dialect: "alertmanager",
    status: "firing",
    severity: "warning",
    title: "T",
    text: "",
    labels: {},
    annotations: {},
    startsAt: null,
    endsAt: null,
    links: [],
    ...own,
  };
}

/** The first notification of an alert; `index` determines its ids. */
export function entry(alert: Alert, index = 0, own: Partial<Entry> = {}): Entry {
  return {
    id: `d${index}`,
    alertId: `a${index}`,
    fingerprint: `f${index}`,
    alert,
    reason: "first",
    folded: 0,
    ...own,
  };
}

/** An open incident of one warning that notified nobody: it needs only the id and the time of its only alert. */
export function incident(
  { id, at, ...own }: Pick<Incident, "id"> & Partial<Incident> & { at: number },
): Incident {
  return {
    id,
    fingerprint: `f ${id}`,
    dialect: "alertmanager",
    title: "T",
    severity: "warning",
    openedAt: at,
    lastAt: at,
    lastId: id,
    count: 1,
    windows: {},
    closedAt: null,
    known: false,
    ...own,
  };
}
