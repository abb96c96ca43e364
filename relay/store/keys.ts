/**
 * Every key of the database. Keys of growing ranges begin with a time (ids do), so that new records are written side by side.
 *
 * @module
 */

/**
 * The version of the schema: raised whenever the current code could not read the records. Since version 2 one value
 * may hold several open incidents; since version 3 the stored configuration is in chunks. Records of earlier versions
 * are still read.
 */
export const SCHEMA_VERSION = 3;

/** The kinds whose records all expire. Of `incident`, `lane` and `window` some do; other records stay until removed. */
export const EXPIRING_KINDS: ReadonlySet<string> = new Set([
  "adhoc",
  "again",
  "audit",
  "cache",
  "callback",
  "card",
  "dead",
  "delivery",
  "digest",
  "done",
  "ended",
  "heartbeat",
  "identity",
  "log",
  "override",
  "progress",
  "receipt",
  "refusal",
  "response",
  "signature",
  "signed-out",
  "summary",
  "tally",
  "timeline",
  "writer",
]);

/** Holds {@linkcode SCHEMA_VERSION}. */
export const schemaKey = (): Deno.KvKey => ["schema"];

/** Written to check that the database can be written. */
export const probeKey = (): Deno.KvKey => ["probe"];

/** Marks a database as a copy whose origin may still deliver. */
export const restoredKey = (): Deno.KvKey => ["restored"];

/** The alert log. */
export const logsKey = (): Deno.KvKey => ["log"];
/** A page of the alert log: one commit's alerts. */
export const logKey = (page: string): Deno.KvKey => ["log", page];
/** The summaries of the alert log, in packs. */
export const summariesKey = (): Deno.KvKey => ["summary"];
/** A pack, by the id of its oldest alert. */
export const summaryKey = (first: string): Deno.KvKey => ["summary", first];

/** All open incidents in the order of their opening. */
export const openIncidentsKey = (): Deno.KvKey => ["incident", "open"];
/** An open incident, by its id; or the incidents that one log page opened, by the page's id. */
export const openIncidentKey = (id: string): Deno.KvKey => ["incident", "open", id];
/** All closed incidents, in the order of their opening. */
export const closedIncidentsKey = (): Deno.KvKey => ["incident", "closed"];
/** A closed incident. */
export const closedIncidentKey = (id: string): Deno.KvKey => ["incident", "closed", id];
/** The keys that instances of a shared store read each minute, in one range. */
export const tickKey = (): Deno.KvKey => ["tick"];
/** The time that an instance left last. */
export const clockKey = (): Deno.KvKey => ["tick", "clock"];
/** The times of all instances. */
export const clocksKey = (): Deno.KvKey => ["tick", "clocks"];
/** The time of one instance. */
export const clockOfKey = (instance: string): Deno.KvKey => ["tick", "clocks", instance];
/** The claim of the due incidents. */
export const upkeepKey = (): Deno.KvKey => ["tick", "upkeep"];
/** Names the settings with which the index of due incidents was made. */
export const dueSettingsKey = (): Deno.KvKey => ["tick", "settings"];
/** The index of due incidents: the last part of the range, up to the present time. */
export const duesKey = (): Deno.KvKey => ["tick", "when"];
/** An incident of this fingerprint is due at a time in epoch milliseconds. */
export const dueKey = (time: number, fingerprint: string): Deno.KvKey => ["tick", "when", time, fingerprint];
/** All fingerprints that have a record of their own. */
export const windowsKey = (): Deno.KvKey => ["window"];
/**
 * The incident of a fingerprint that instances must agree on: it is open, fell silent, or was closed recently. A
 * single writer holds it in memory instead; here it stores only those that are not among the open incidents.
 */
export const windowKey = (fingerprint: string): Deno.KvKey => ["window", fingerprint];
/** The incidents of a message group of a shared store. */
export const messageGroupKey = (key: string): Deno.KvKey => ["message-group", key];
/** One of them, by its fingerprint. */
export const messageGroupMemberKey = (key: string, fingerprint: string): Deno.KvKey => [
  ...messageGroupKey(key),
  fingerprint,
];
/** For an earlier version: closed incidents that time alone will change, by fingerprint. */
export const watchesKey = (): Deno.KvKey => ["watch"];

/** All waiting deliveries. */
export const queuesKey = (): Deno.KvKey => ["queue"];
/** The waiting deliveries of a lane, in the order of their alerts. */
export const queueKey = (lane: string): Deno.KvKey => ["queue", lane];
/**
 * Waiting deliveries of a lane: those of one commit, under the id of its log page (`.` and a number if there are
 * several); or a single delivery, under its own id.
 */
export const queuedKey = (lane: string, id: string): Deno.KvKey => ["queue", lane, id];
/** All lanes that have, or may have, work. */
export const bellsKey = (): Deno.KvKey => ["bell"];
/** The bell of a lane: set by every commit that adds deliveries to it. */
export const bellKey = (lane: string): Deno.KvKey => ["bell", lane];
/**
 * On a shared store: set by every commit that rings a bell, so that other instances are notified. Its value names the
 * instance.
 */
export const ringKey = (): Deno.KvKey => ["tick", "bells"];
/** The lanes of a list whose bells are not set yet: no lane has an empty name. */
export const manyBellsKey = (id: string): Deno.KvKey => ["bell", "", id];
/** All lanes that have a record. */
export const lanesKey = (): Deno.KvKey => ["lane"];
/** The record of a lane: its lease and its state. */
export const laneKey = (lane: string): Deno.KvKey => ["lane", lane];

/** The records of all deliveries, in the order of their alerts. */
export const allDeliveriesKey = (): Deno.KvKey => ["delivery"];
/** The records of an alert's deliveries. */
export const deliveriesKey = (alert: string): Deno.KvKey => ["delivery", alert];
/** The record of a delivery. */
export const deliveryKey = (alert: string, delivery: string): Deno.KvKey => ["delivery", alert, delivery];

/** A digest that a vendor has accepted. */
export const digestKey = (id: string): Deno.KvKey => ["digest", id];
/** The digest that was the last message about an incident at a destination. */
export const digestCardKey = (
  destination: string,
  fingerprint: string,
): Deno.KvKey => ["card", destination, fingerprint];
/** The progress of a message that is sent to each recipient separately. */
export const progressKey = (message: string): Deno.KvKey => ["progress", message];
/** The sealed receipt of a thread's last message. */
export const receiptKey = (
  { destination, fingerprint, recipient = "" }: {
    readonly destination: string;
    readonly fingerprint: string;
    readonly recipient?: string | undefined;
  },
): Deno.KvKey => ["receipt", destination, fingerprint, recipient];
/** The times at which each destination's vendor last confirmed a message. */
export const provensKey = (): Deno.KvKey => ["proven"];
/** The time at which a destination's vendor last confirmed a message. */
export const provenKey = (destination: string): Deno.KvKey => ["proven", destination];

/** All heartbeats. */
export const heartbeatsKey = (): Deno.KvKey => ["heartbeat"];
/** The time of the last arrival of the always-firing alert of this fingerprint. */
export const heartbeatKey = (fingerprint: string): Deno.KvKey => ["heartbeat", fingerprint];
/** The time at which a relay was last running, for the heartbeats. */
export const listeningKey = (): Deno.KvKey => ["listening"];

/** A writer's own cell, which names the attempt that landed last. */
export const writerKey = (writer: string): Deno.KvKey => ["writer", writer];

/** All dead deliveries. */
export const deadsKey = (): Deno.KvKey => ["dead"];
/** A dead delivery, with everything needed to send it again. */
export const deadKey = (delivery: string): Deno.KvKey => ["dead", delivery];
/** The dead letter of a delivery that is being sent again. */
export const againKey = (delivery: string): Deno.KvKey => ["again", delivery];

/** The counts of accepted alerts, by hour. */
export const talliesKey = (): Deno.KvKey => ["tally"];
/** The counts of one writer's accepted alerts in an hour. */
export const tallyKey = (hour: number, writer: string): Deno.KvKey => ["tally", hour, writer];
/** Counts of deliveries by their outcome, by the hour of their alerts. */
export const donesKey = (): Deno.KvKey => ["done"];
/** Counts of a destination's deliveries that one process has settled: a cell of its own, named at random. */
export const doneKey = (
  hour: number,
  cell: string,
  destination: string,
): Deno.KvKey => ["done", hour, cell, destination];

/** The counts of responses to incidents, by hour. */
export const responsesKey = (): Deno.KvKey => ["response"];
/** Those that one writer counted in an hour. */
export const responseKey = (hour: number, writer: string): Deno.KvKey => ["response", hour, writer];

/** Ended incidents, under the key of a relation. */
export const endedsKey = (relation: string): Deno.KvKey => ["ended", relation];
/** Those that one commit ended, by the id of the first of them. */
export const endedKey = (relation: string, id: string): Deno.KvKey => ["ended", relation, id];

/** All members whose deliveries fail. */
export const failingsKey = (): Deno.KvKey => ["failing"];
/** A member whom a channel cannot reach. */
export const failingKey = (channel: string, member: string): Deno.KvKey => ["failing", channel, member];

/** The definitions of all ad-hoc groups. */
export const adhocsKey = (): Deno.KvKey => ["adhoc"];
/** The sealed definition of an ad-hoc group. */
export const adhocKey = (group: string): Deno.KvKey => ["adhoc", group];

/** A call of a vendor that was acted on, by its hash. */
export const callbackKey = (hash: string): Deno.KvKey => ["callback", hash];

/** All values that a channel has cached. */
export const cachesKey = (channel: string): Deno.KvKey => ["cache", channel];
/** A value that a channel has cached. */
export const cacheKey = (channel: string, key: string): Deno.KvKey => ["cache", channel, key];

/** The number of the newest stored revision of the configuration. */
export const configHeadKey = (): Deno.KvKey => ["config", "head"];
/**
 * On a shared store: the newest revision's number, set with each change of the configuration, so that instances are
 * notified.
 */
export const configVersionKey = (): Deno.KvKey => ["tick", "config"];
/** The chunks of the sealed configuration. */
export const configChunksKey = (): Deno.KvKey => ["config", "chunk"];
/** A part of a chunk of the sealed configuration. */
export const configChunkKey = (chunk: string, part: number): Deno.KvKey => ["config", "chunk", chunk, part];
/** For an earlier version: a piece of the sealed configuration. */
export const configPartKey = (
  revision: number,
  part: number,
): Deno.KvKey => ["config", "part", revision, part];

/** The audit log. */
export const auditsKey = (): Deno.KvKey => ["audit"];
/** The audit's notes of one change. */
export const auditKey = (page: string): Deno.KvKey => ["audit", page];
/** All accounts of the console. */
export const accountsKey = (): Deno.KvKey => ["account"];
/** An account of the console. */
export const accountKey = (name: string): Deno.KvKey => ["account", name];
/** A session that was ended before it expired. */
export const signedOutKey = (session: string): Deno.KvKey => ["signed-out", session];
/** The people who signed in at the identity provider. */
export const identitiesKey = (): Deno.KvKey => ["identity"];
/** A person who signed in at the identity provider. */
export const identityKey = (id: string): Deno.KvKey => ["identity", id];
/** All API tokens. */
export const tokensKey = (): Deno.KvKey => ["token"];
/** An API token, without its secret. */
export const tokenKey = (id: string): Deno.KvKey => ["token", id];
/** All links to the wall. */
export const wallLinksKey = (): Deno.KvKey => ["wall"];
/** A link to the wall, without its secret. */
export const wallLinkKey = (id: string): Deno.KvKey => ["wall", id];
/** The refused requests of all processes. */
export const refusalsKey = (): Deno.KvKey => ["refusal"];
/** Those of one kind that a process has counted. */
export const refusalKey = (process: string, kind: string): Deno.KvKey => ["refusal", process, kind];
/** The last fire drill. */
export const drillKey = (): Deno.KvKey => ["tick", "drill"];
/** The timeline of an incident. */
export const timelineKey = (incident: string): Deno.KvKey => ["timeline", incident];
/** An entry of it. */
export const timelineEntryKey = (incident: string, id: string): Deno.KvKey => ["timeline", incident, id];
/** All silences. */
export const silencesKey = (): Deno.KvKey => ["silence"];
/** A silence. */
export const silenceKey = (id: string): Deno.KvKey => ["silence", id];
/** Set with every change of a silence, so that instances notice. */
export const silencesVersionKey = (): Deno.KvKey => ["tick", "silences"];
/** All incidents that are sources of `inhibit`. */
export const inhibitorsKey = (): Deno.KvKey => ["inhibitor"];
/** A source of `inhibit`, by the id of its incident. */
export const inhibitorKey = (incident: string): Deno.KvKey => ["inhibitor", incident];
/** Identifies the rules of `inhibit` for which all open incidents were examined: no incident has an empty id. */
export const inhibitSettingsKey = (): Deno.KvKey => ["inhibitor", ""];
/** Set with every change of a source, so that instances notice. */
export const inhibitorsVersionKey = (): Deno.KvKey => ["tick", "inhibitors"];
/** All overrides of on-call calendars. */
export const overridesKey = (): Deno.KvKey => ["override"];
/** An override of an on-call calendar. */
export const overrideKey = (id: string): Deno.KvKey => ["override", id];
/** Set with every change of an override, so that instances notice. */
export const overridesVersionKey = (): Deno.KvKey => ["tick", "overrides"];
/** The alarm_v2 signatures of a day. */
export const signaturesKey = (day: number): Deno.KvKey => ["signature", day];
/** An alarm_v2 signature, by its hash, under the day of its call. */
export const signatureKey = (day: number, hash: string): Deno.KvKey => ["signature", day, hash];

/** The records under a prefix, up to and including the one of this id. */
export function olderThan(prefix: Deno.KvKey, id: string | undefined): Deno.KvListSelector {
  return id === undefined ? { prefix } : { prefix, end: [...prefix, `${id}\uffff`] };
}
