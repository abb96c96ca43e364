import type { Accounts } from "./accounts.ts";
import type { Identities } from "./identities.ts";
import type { AlertLog } from "./alert_log.ts";
import type { Audit } from "./audit.ts";
import type { Caches } from "./cache.ts";
import type { Clocks } from "./clocks.ts";
import type { DeadLetters } from "./dead_letters.ts";
import type { DeliveryRecords } from "./delivery_records.ts";
import type { SharedLink } from "./link.ts";
import type { Heartbeats } from "./heartbeats.ts";
import type { Incidents } from "./incidents.ts";
import type { Inhibitors } from "./inhibitors.ts";
import type { Outbox } from "./outbox.ts";
import type { Overrides } from "./overrides.ts";
import type { Proofs } from "./proofs.ts";
import type { Drills } from "./drills.ts";
import type { EndedIncidents } from "./ended_incidents.ts";
import type { FailingMembers } from "./failing_members.ts";
import type { Records } from "./records.ts";
import type { Restored } from "./restored.ts";
import type { Silences } from "./silences.ts";
import type { Summaries } from "./summaries.ts";
import type { Timeline } from "./timeline.ts";
import type { Tokens } from "./tokens.ts";
import type { WallLinks } from "./wall_links.ts";

/** The read side of the store. */
export interface StoreReader {
  /** Whether other instances also write to the database. */
  readonly isShared: boolean;
  /** The link to a shared database; `undefined` for a local file, and for a database that is always reachable. */
  readonly link: SharedLink | undefined;
  /** The largest difference between the instances' clocks, in milliseconds. */
  readonly clockSkew: number;
  /** Time limit of a search of the log, incidents or deliveries, in milliseconds. */
  readonly searchBudget: number;
  /** Set if the database is a copy whose origin may still deliver. */
  readonly restored: Restored | undefined;
  readonly log: Pick<AlertLog, "alert" | "newest" | "newestPage">;
  readonly incidents: Pick<
    Incidents,
    "get" | "newest" | "latest" | "open" | "openTally" | "openTable" | "messageGroups"
  >;
  readonly ended: Pick<EndedIncidents, "of" | "period">;
  readonly records: Records;
  readonly timeline: Pick<Timeline, "of" | "get">;
  readonly summaries: Pick<Summaries, "search" | "wordsFor">;
  readonly outbox: Pick<Outbox, "lanes" | "record" | "states">;
  readonly deliveries: DeliveryRecords;
  readonly dead: Pick<DeadLetters, "list" | "get" | "onItsWay">;
  readonly proofs: Pick<Proofs, "of" | "all">;
  readonly recipients: Pick<FailingMembers, "list">;
  readonly heartbeats: Pick<Heartbeats, "all" | "listening">;
  readonly drills: Pick<Drills, "last">;
  readonly silences: Pick<
    Silences,
    "refresh" | "all" | "get" | "covering" | "allCovering" | "activeMatchers" | "awaiting" | "problems"
  >;
  readonly inhibitors: Pick<Inhibitors, "of" | "hasSources" | "rules">;
  readonly overrides: Pick<Overrides, "refresh" | "all" | "of" | "get">;
  readonly audit: Pick<Audit, "list">;
  readonly accounts: Pick<Accounts, "list" | "get" | "ofSession">;
  readonly identities: Pick<Identities, "list">;
  readonly tokens: Pick<Tokens, "list" | "get">;
  readonly wallLinks: Pick<WallLinks, "list">;
  readonly caches: Pick<Caches, "reader">;
  /** Only on a shared database. */
  readonly clocks: Pick<Clocks, "skew"> | undefined;
  /** Check that the database can be written: a full disk can still be read. @throws StoreError */
  probe(): Promise<void>;
}
