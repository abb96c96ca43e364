/**
 * Every key of the database. Keys that grow lead with time (ids begin with it), so that new ones are written side by side.
 *
 * @module
 */

/**
 * The version of everything below: raised whenever a reader of today could not read what is stored. Since version 2 one
 * value may hold several open incidents; all that version 1 wrote is still read.
 */
export const SCHEMA_VERSION = 2;

/** The kinds of which every record expires. Of `incident`, `lane` and `window` some do; the others stay until removed. */
export const EXPIRING_KINDS: ReadonlySet<string> = new Set([
  "adhoc",
  "again",
  "audit",
  "cache",
  "dead",
  "delivery",
  "digest",
  "done",
  "heartbeat",
  "log",
  "signature",
  "signed-out",
  "summary",
  "tally",
  "writer",
]);

/** Holds {@linkcode SCHEMA_VERSION}. */
export const schemaKey = (): Deno.KvKey => ["schema"];

/** Written to check that the database can be written. */
export const probeKey = (): Deno.KvKey => ["probe"];

/** Marks a database as a copy whose origin may still deliver. */
export const restoredKey = (): Deno.KvKey => ["restored"];

/** The log. */
export const logsKey = (): Deno.KvKey => ["log"];
/** One commit's alerts: a page of the log. */
export const logKey = (page: string): Deno.KvKey => ["log", page];
/** The log in short, in packs. */
export const summariesKey = (): Deno.KvKey => ["summary"];
/** A pack, by the id of its oldest alert. */
export const summaryKey = (first: string): Deno.KvKey => ["summary", first];

/** All open incidents in the order of their opening. */
export const openIncidentsKey = (): Deno.KvKey => ["incident", "open"];
/** An open incident, by its id; or those that one log page opened, by the page's. */
export const openIncidentKey = (id: string): Deno.KvKey => ["incident", "open", id];
/** All incidents that are over and still kept, in the order of their opening. */
export const closedIncidentsKey = (): Deno.KvKey => ["incident", "closed"];
/** An incident that is over. */
export const closedIncidentKey = (id: string): Deno.KvKey => ["incident", "closed", id];
/** All fingerprints that have a record of their own. */
export const windowsKey = (): Deno.KvKey => ["window"];
/**
 * The incident of a fingerprint that instances must agree on: it is open, fell silent, or was closed a short time ago. A
 * single writer keeps it in memory instead; here it stores only those that are not among the open incidents.
 */
export const windowKey = (fingerprint: string): Deno.KvKey => ["window", fingerprint];
/** Set once each record of {@linkcode windowKey} that needs one has a {@linkcode watchedKey}. */
export const watchesKey = (): Deno.KvKey => ["watch"];
/** On a shared store: an incident of this fingerprint is closed, and time alone will change it. */
export const watchedKey = (fingerprint: string): Deno.KvKey => ["watch", fingerprint];

/** All that waits. */
export const queuesKey = (): Deno.KvKey => ["queue"];
/** All that waits in a lane, in the order of the alerts. */
export const queueKey = (lane: string): Deno.KvKey => ["queue", lane];
/**
 * What waits in a lane: what one commit put into it, under the id of its log page (`.` and a number where there are
 * several); or a delivery that came by itself, under its own id.
 */
export const queuedKey = (lane: string, id: string): Deno.KvKey => ["queue", lane, id];
/** All lanes that have, or may have, work. */
export const bellsKey = (): Deno.KvKey => ["bell"];
/** Rung by every commit that gives a lane work. */
export const bellKey = (lane: string): Deno.KvKey => ["bell", lane];
/** All lanes of which something is to be remembered. */
export const lanesKey = (): Deno.KvKey => ["lane"];
/** Who works on a lane, and how its vendor fares. */
export const laneKey = (lane: string): Deno.KvKey => ["lane", lane];

/** What became of all deliveries, in the order of their alerts. */
export const allDeliveriesKey = (): Deno.KvKey => ["delivery"];
/** What became of all deliveries of an alert. */
export const deliveriesKey = (alert: string): Deno.KvKey => ["delivery", alert];
/** What became of a delivery. */
export const deliveryKey = (alert: string, delivery: string): Deno.KvKey => ["delivery", alert, delivery];

/** A digest that a vendor has. */
export const digestKey = (id: string): Deno.KvKey => ["digest", id];
/** When each destination's vendor last took a message. */
export const provensKey = (): Deno.KvKey => ["proven"];
/** When a destination's vendor last took a message. */
export const provenKey = (destination: string): Deno.KvKey => ["proven", destination];

/** All heartbeats. */
export const heartbeatsKey = (): Deno.KvKey => ["heartbeat"];
/** When the alert of this fingerprint, which always fires, last came. */
export const heartbeatKey = (fingerprint: string): Deno.KvKey => ["heartbeat", fingerprint];
/** When a relay was last running, for the heartbeats. */
export const listeningKey = (): Deno.KvKey => ["listening"];

/** A writer's own cell, which names the attempt that landed last. */
export const writerKey = (writer: string): Deno.KvKey => ["writer", writer];

/** All dead deliveries. */
export const deadsKey = (): Deno.KvKey => ["dead"];
/** A dead delivery, with all that is needed to send it again. */
export const deadKey = (delivery: string): Deno.KvKey => ["dead", delivery];
/** The same, while the delivery is on its way again. */
export const againKey = (delivery: string): Deno.KvKey => ["again", delivery];

/** What was accepted, by hour. */
export const talliesKey = (): Deno.KvKey => ["tally"];
/** What one writer accepted in an hour. */
export const tallyKey = (hour: number, writer: string): Deno.KvKey => ["tally", hour, writer];
/** What became of deliveries, by the hour of their alerts. */
export const donesKey = (): Deno.KvKey => ["done"];
/** What became of a destination's deliveries in a lane. Only the lane's holder writes it. */
export const doneKey = (
  hour: number,
  lane: string,
  destination: string,
): Deno.KvKey => ["done", hour, lane, destination];

/** All members whose deliveries fail. */
export const failingsKey = (): Deno.KvKey => ["failing"];
/** A member whom a channel cannot reach. */
export const failingKey = (channel: string, member: string): Deno.KvKey => ["failing", channel, member];

/** The definitions of all ad-hoc groups. */
export const adhocsKey = (): Deno.KvKey => ["adhoc"];
/** The sealed definition of an ad-hoc group. */
export const adhocKey = (group: string): Deno.KvKey => ["adhoc", group];

/** All that a channel keeps. */
export const cachesKey = (channel: string): Deno.KvKey => ["cache", channel];
/** A value that a channel keeps. */
export const cacheKey = (channel: string, key: string): Deno.KvKey => ["cache", channel, key];

/** Names the newest revision of the configuration that is stored. */
export const configHeadKey = (): Deno.KvKey => ["config", "head"];
/** A piece of the sealed configuration. */
export const configPartKey = (
  revision: number,
  part: number,
): Deno.KvKey => ["config", "part", revision, part];

/** Who changed what. */
export const auditsKey = (): Deno.KvKey => ["audit"];
/** The notes of one change. */
export const auditKey = (page: string): Deno.KvKey => ["audit", page];
/** All accounts of the console. */
export const accountsKey = (): Deno.KvKey => ["account"];
/** Somebody who may sign in. */
export const accountKey = (name: string): Deno.KvKey => ["account", name];
/** A session that was ended before its time. */
export const signedOutKey = (session: string): Deno.KvKey => ["signed-out", session];
/** All API tokens. */
export const tokensKey = (): Deno.KvKey => ["token"];
/** An API token, without what would open a door. */
export const tokenKey = (id: string): Deno.KvKey => ["token", id];
/** All silences. */
export const silencesKey = (): Deno.KvKey => ["silence"];
/** A silence. */
export const silenceKey = (id: string): Deno.KvKey => ["silence", id];
/** Set with every change of a silence, so that instances notice. */
export const silencesVersionKey = (): Deno.KvKey => ["silences"];
/** The signatures of a day. */
export const signaturesKey = (day: number): Deno.KvKey => ["signature", day];
/** An alarm_v2 signature, by its hash, under the day of its call. */
export const signatureKey = (day: number, hash: string): Deno.KvKey => ["signature", day, hash];

/** The records under a prefix, up to and including the one of this id. */
export function olderThan(prefix: Deno.KvKey, id: string | undefined): Deno.KvListSelector {
  return id === undefined ? { prefix } : { prefix, end: [...prefix, `${id}\uffff`] };
}
