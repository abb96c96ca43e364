/**
 * Alerts, and their incidents.
 *
 * @module
 */
import { z } from "zod";
import type { Alert, Authored, Link } from "../../domain/alert.ts";
import type { Words } from "../../domain/summary.ts";
import type { DuplicateAlert, LoggedAlert, Routing } from "../../domain/record.ts";
import type { Incident, Window } from "../../domain/incident.ts";
import type { Outcome } from "../../domain/outcome.ts";
import {
  alertId,
  alertReason,
  count,
  deliveryId,
  destinationId,
  fingerprint,
  groupId,
  incidentId,
  labels,
  routedBy,
  severity,
  status,
  time,
} from "./words.ts";
import { sameShape } from "./same_shape.ts";

const link = sameShape<Link>()(
  "Link",
  z.object({
    kind: z.enum(["source", "dashboard", "panel", "image", "runbook", "silence", "relay"]),
    url: z.string().meta({ examples: ["http://prometheus:9090/graph"] }),
    title: z.string().exactOptional(),
  }),
);

const authored = sameShape<Authored>()(
  "Authored",
  z.object({
    markup: z.string().meta({ examples: ["dingtalk"] }),
    form: z.enum(["text", "markdown", "markdown_v2", "link", "actionCard", "feedCard", "native"]),
    content: z.string().exactOptional(),
    picture: z.string().exactOptional(),
    sideBySide: z.literal(true).exactOptional(),
    mentions: z.object({
      mobiles: z.array(z.string()),
      users: z.array(z.string()),
      all: z.boolean(),
    }).exactOptional(),
  }),
);

/** One event, normalised from any dialect. */
export const alert = sameShape<Alert>()(
  "Alert",
  z.object({
    dialect: z.string().meta({ examples: ["alertmanager"] }),
    status,
    severity,
    severityText: z.string().exactOptional(),
    title: z.string().meta({ examples: ["DiskFull"] }),
    text: z.string().meta({ examples: ["The disk of db-1 is full"] }),
    verbatim: z.literal(true).exactOptional(),
    authored: authored.exactOptional(),
    statusAssumed: z.literal(true).exactOptional(),
    labels,
    annotations: labels,
    startsAt: time.nullable(),
    startAssumed: z.literal(true).exactOptional(),
    endsAt: time.nullable(),
    links: z.array(link),
    clearsAfter: z.int().exactOptional(),
    origin: z.object({
      receiver: z.string().exactOptional(),
      groupKey: z.string().exactOptional(),
      truncated: count.exactOptional(),
      notice: z.string().exactOptional(),
    }).exactOptional(),
  }),
);

/** The log's record of an alert that is a duplicate for every group. */
export const duplicateAlert = sameShape<DuplicateAlert>()(
  "DuplicateAlert",
  z.object({ status, severity, startsAt: time.nullable() }),
);

const still = z.literal(true).exactOptional().meta({
  description: "A re-send of an alert that still fires, not a new occurrence",
});

/** The outcome of an alert for a group. */
export const outcome = sameShape<Outcome>()(
  "Outcome",
  z.discriminatedUnion("kind", [
    z.object({
      kind: z.literal("told"),
      reason: alertReason,
      still,
      folded: count.meta({ description: "Occurrences folded since the group was last notified" }),
      held: time.exactOptional(),
      flush: time.exactOptional().meta({ description: "When the message of its message group is sent" }),
    }),
    z.object({ kind: z.literal("folded"), still }),
    z.object({
      kind: z.literal("suppressed"),
      by: z.enum([
        "nothing_open",
        "no_destination",
        "silence",
        "inhibited",
        "acknowledged",
        "closed",
        "flapping",
        "late_peer",
        "heartbeat",
      ]),
      silence: z.string().exactOptional(),
      incident: incidentId.exactOptional().meta({
        description: "With `inhibited`: the incident that inhibits it",
      }),
    }),
  ]),
);

const routing = sameShape<Routing>()(
  "Routing",
  z.object({
    group: groupId,
    by: routedBy,
    rule: z.int().exactOptional(),
    outcome,
    destinations: z.array(destinationId).exactOptional(),
  }),
);

/** An alert in the log. */
export const loggedAlert = sameShape<LoggedAlert>()(
  "LoggedAlert",
  z.object({
    id: alertId,
    at: time,
    fingerprint,
    incident: incidentId.nullable(),
    alert: z.union([alert, duplicateAlert]),
    routing: z.array(routing),
    beyond: z.object({ groups: z.int(), destinations: z.int() }).exactOptional().meta({
      description: "What its rules name beyond what one alert reaches: these groups were not notified",
    }),
  }),
);

const window = sameShape<Window>()(
  "Window",
  z.object({
    until: time,
    severity,
    told: alertId,
    at: time,
    reminded: z.object({
      at: time,
      count,
      final: z.literal(true).exactOptional().meta({
        description: "The last one: the sender no longer sends the alert; reminders go on when it does",
      }),
    }).exactOptional(),
    folded: count.meta({ description: "Occurrences folded since then" }),
    silenced: z.literal(true).exactOptional().meta({
      description: "A silence or another incident has suppressed one since then",
    }),
    deliveries: count,
    dead: z.array(deliveryId),
  }),
);

const where = z.string().meta({
  description: "The alert's object, by `where_labels`; empty when no label names one",
  examples: ["prod/checkout-7d9f8b6c5-x2x4z"],
});

/** All alerts with one fingerprint, from the first firing to resolved. */
export const incident = sameShape<Incident>()(
  "Incident",
  z.object({
    id: incidentId,
    fingerprint,
    dialect: z.string().meta({ examples: ["alertmanager"] }),
    title: z.string().meta({ examples: ["DiskFull"] }),
    severity,
    openedAt: time,
    lastAt: time,
    lastId: alertId,
    count,
    windows: z.record(z.string(), window).meta({ description: "By group" }),
    startsAt: time.exactOptional().meta({ description: "When its newest occurrence began" }),
    resends: count.exactOptional().meta({
      description:
        "Where the sender re-sends it while it fires: the longest time between two alerts, in milliseconds",
    }),
    clearsAfter: z.int().exactOptional(),
    closedAt: time.nullable(),
    messages: z.record(z.string(), z.object({ key: z.string(), due: time })).exactOptional().meta({
      description: "By group, of those with `group_by`: its message group, and when its last message is sent",
    }),
    stale: z.literal(true).exactOptional().meta({
      description: "Its sender fell silent without a resolved alert, so it left the list of open incidents",
    }),
    late: z.object({
      alert: alertId,
      at: time,
      until: time,
      end: z.object({ by: z.enum(["contradicted", "confirmed", "newer"]), alert: alertId, at: time })
        .exactOptional(),
    }).exactOptional().meta({ description: "A firing alert that came after its own resolved one" }),
    reopenedAt: time.exactOptional().meta({
      description: "When a person reopened it, if no alert has come since",
    }),
    closedBy: z.string().exactOptional().meta({ description: "The person who closed it" }),
    resolvedAt: time.exactOptional().meta({
      description: "Of one that a person closed: when its sender resolved it after that",
    }),
    inhibited: z.object({ by: incidentId, alert: alertId }).exactOptional().meta({
      description: "Another incident inhibits it: its newest alert notified nobody",
    }),
    known: z.boolean().meta({
      description: "Acknowledged by a person (then with `knownAt`), or over without one",
    }),
    knownBy: z.string().exactOptional(),
    knownAt: time.exactOptional(),
    knownUntil: time.exactOptional().meta({ description: "When the acknowledgement or the snooze ends" }),
    snoozed: z.literal(true).exactOptional().meta({
      description: "Nobody has it, and nobody is notified of it until `knownUntil`",
    }),
    holder: z.string().exactOptional().meta({
      description: "Its holder: the person who took it, or to whom it was assigned",
      examples: ["li.lei"],
    }),
    memo: z.string().exactOptional().meta({ description: "The newest note" }),
    answeredAt: time.exactOptional().meta({
      description: "When a person acknowledged, took or closed it first",
    }),
    escalations: z.record(
      z.string(),
      z.object({
        from: z.int().meta({
          description: "When its clock started; while it is halted, the milliseconds on the clock",
        }),
        halted: z.literal(true).exactOptional(),
        done: count.meta({ description: "How many steps are done" }),
        times: count.meta({ description: "How often the step after these was taken" }),
        at: time.exactOptional().meta({ description: "The time of its last notification" }),
        hurry: z.literal(true).exactOptional().meta({
          description: "The last step could not be delivered: the next one is due at once",
        }),
        sent: z.object({ ids: z.string(), count, dead: z.array(z.string()) }).exactOptional().meta({
          description: "The deliveries of the last step: what their ids begin with, and the dead ones",
        }),
        told: z.array(z.string()).exactOptional().meta({
          description: "The destinations of the group that its steps have notified",
        }),
      }),
    ).exactOptional().meta({ description: "By group: the progress of its escalation" }),
    told: z.array(z.string()).exactOptional().meta({
      description: "Once it is over: the groups that were told of it",
    }),
    timeline: z.object({
      entries: count.meta({ description: "How many entries the relay made" }),
      acts: count.meta({ description: "How many entries people made" }),
      last: z.string().meta({ description: "The id of the newest entry" }),
      run: z.object({
        as: z.string(),
        at: time,
        alerts: count,
        times: count,
        mixed: z.literal(true).exactOptional(),
      }).exactOptional().meta({ description: "The facts that share the newest entry" }),
    }).exactOptional().meta({ description: "The size of its timeline" }),
    flaps: z.record(
      z.string(),
      z.object({ changes: z.array(time), told: severity.exactOptional(), until: time.exactOptional() }),
    )
      .exactOptional(),
  }),
);

const words = sameShape<Words>()(
  "Words",
  z.object({ dialect: z.string(), title: z.string(), text: z.string(), labels }),
);

/** A record of the log; a duplicate has the texts of its incident. */
export const shownAlert = loggedAlert.extend({ where, words: words.exactOptional() }).meta({
  id: "ShownAlert",
});

/** An incident, in a list or alone. */
export const shownIncident = incident.extend({ where }).meta({ id: "ShownIncident" });
