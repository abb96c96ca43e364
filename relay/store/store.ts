import { Accounts } from "./accounts.ts";
import { AlertLog } from "./alert_log.ts";
import { Audit } from "./audit.ts";
import { localFile, sharedDatabase } from "./backend.ts";
import { Bells } from "./bells.ts";
import { Caches } from "./cache.ts";
import { CallbackClaims } from "./callback_claims.ts";
import { Clocks } from "./clocks.ts";
import { DeliveryRecords } from "./delivery_records.ts";
import { Database } from "./database.ts";
import { DeadLetters } from "./dead_letters.ts";
import { Definitions } from "./definitions.ts";
import { Drills } from "./drills.ts";
import { EndedIncidents } from "./ended_incidents.ts";
import { Heartbeats } from "./heartbeats.ts";
import { Identities } from "./identities.ts";
import { Incidents } from "./incidents.ts";
import type { InhibitRule } from "../domain/inhibition.ts";
import { Inhibitors } from "./inhibitors.ts";
import { Journal, LIMITS } from "./journal.ts";
import type { Kv } from "./kv.ts";
import type { SharedLink } from "./link.ts";
import { probeKey, restoredKey } from "./keys.ts";
import { LaneQueues } from "./lane_queues.ts";
import { Outbox } from "./outbox.ts";
import { Overrides } from "./overrides.ts";
import type { StoreReader } from "./reader.ts";
import { Records } from "./records.ts";
import { Refusals } from "./refusals.ts";
import { Renewals } from "./renewals.ts";
import { FailingMembers } from "./failing_members.ts";
import { Summaries } from "./summaries.ts";
import { Proofs } from "./proofs.ts";
import { DigestCards } from "./digest_cards.ts";
import { Receipts } from "./receipts.ts";
import { RecipientProgress } from "./recipient_progress.ts";
import { rarely } from "./report_rarely.ts";
import type { Restored } from "./restored.ts";
import { ensureSchema } from "./schema.ts";
import { shareProbe } from "./share_probe.ts";
import type { StoreOptions } from "./store_options.ts";
import { StoredConfig } from "./stored_config.ts";
import { Tokens } from "./tokens.ts";
import { WallLinks } from "./wall_links.ts";
import { Signatures } from "./signatures.ts";
import { Silences } from "./silences.ts";
import { Timeline } from "./timeline.ts";
import { Watch } from "./watch.ts";

/** The whole store: the only user of the database. */
export interface Store extends StoreReader {
  /** Writes accepted alerts. */
  readonly journal: Journal;
  readonly timeline: Timeline;
  readonly log: AlertLog;
  readonly incidents: Incidents;
  readonly ended: EndedIncidents;
  readonly summaries: Summaries;
  readonly queues: LaneQueues;
  readonly outbox: Outbox;
  readonly dead: DeadLetters;
  readonly proofs: Proofs;
  readonly receipts: Receipts;
  readonly digestCards: DigestCards;
  readonly progress: RecipientProgress;
  readonly recipients: FailingMembers;
  readonly heartbeats: Heartbeats;
  readonly drills: Drills;
  readonly silences: Silences;
  readonly inhibitors: Inhibitors;
  readonly overrides: Overrides;
  readonly signatures: Signatures;
  readonly caches: Caches;
  readonly callbacks: CallbackClaims;
  readonly refusals: Refusals;
  readonly definitions: Definitions;
  readonly config: StoredConfig;
  readonly audit: Audit;
  readonly accounts: Accounts;
  readonly identities: Identities;
  readonly tokens: Tokens;
  readonly wallLinks: WallLinks;
  /** Notifies of other instances' changes; only on a shared database. */
  readonly watch: Watch | undefined;
  /** The renewals of incidents that are not stored. */
  readonly renewals: Renewals;
  /**
   * The time since which senders could repeat their alerts, in epoch milliseconds: earlier alerts may have been lost.
   */
  readonly upSince: number;
  /** The differences between the instances' clocks; only on a shared database. */
  readonly clocks: Clocks | undefined;
  /** The newest log page when the store was opened. */
  readonly newestPage: string | undefined;
  /** Remove the mark of a copy. @throws StoreError */
  takeOver(): Promise<void>;
}

/** A store whose records of earlier processes are not read yet. */
export interface ClosedStore extends Store {
  /**
   * Check the schema, and read the state that is held in memory.
   *
   * @throws SchemaError when a newer Fenghuo wrote the database · StoreError when it does not answer
   */
  open(): Promise<void>;
}

/**
 * Open the store on a database.
 *
 * @throws SchemaError when a newer Fenghuo wrote the database · StoreError when it does not answer
 */
export async function openStore(kv: Kv | SharedLink, options: StoreOptions): Promise<Store> {
  const store = createStore(kv, options);
  await store.open();
  return store;
}

/** A store to be opened: a relay reads its configuration from it at the same time. */
export function createStore(
  kv: Kv | SharedLink,
  {
    exclusive,
    clock,
    key,
    retention,
    checks = 10,
    searchBudget = 60,
    committed = () => {},
    dueAt = () => Infinity,
    changed = () => {},
    dueSettings = () => "",
    inhibit = () => NO_RULES,
    inhibitorEnded = () => {},
    report = () => {},
    ...options
  }: StoreOptions,
): ClosedStore {
  const link = "run" in kv ? kv : undefined;
  const { deadline = link ? LINKED_DEADLINE : 5_000 } = options;
  const failed = rarely(report, clock);
  const database = link
    ? new Database(link, { deadline, pageDeadline: PAGE_DEADLINE, failed })
    : new Database(kv, { deadline: Math.max(deadline, OPEN_DEADLINE), failed });
  const makeBackend = exclusive ? localFile : sharedDatabase;
  const watch = exclusive ? undefined : new Watch(database.of("the changes"));
  const clocks = exclusive ? undefined : new Clocks(database, { clock });
  if (watch) clocks?.follow(watch);
  const renewals = new Renewals();
  const openedAt = clock.now();
  const backend = makeBackend(database, {
    ...LIMITS,
    checks,
    retention,
    clock,
    renewals,
    dueAt,
    dueSettings,
    notice: (entries) => {
      watch?.notice(entries);
      clocks?.notice(entries);
    },
  });
  const { isShared, clockSkew, latest, due, leases, commits } = backend;
  const audit = new Audit(database, { clock, retention: () => retention.audit });
  const log = new AlertLog(database);
  const timeline = new Timeline(database, { retention });
  const ended = new EndedIncidents(database, { retention });
  const inhibitors = new Inhibitors(database, { isShared, clock, rules: inhibit, ended: inhibitorEnded });
  const incidents = new Incidents(database, {
    isShared,
    latest,
    due,
    changed,
    retention,
    audit,
    timeline,
    inhibitors,
    renewals,
  });
  const bells = new Bells(database, watch);
  const queues = new LaneQueues(database, { isShared, bells });
  const { onQueued } = queues;
  const recipients = new FailingMembers(database);
  const silences = new Silences(database, { isShared, clock, retention: () => retention.alerts, audit });
  const overrides = new Overrides(database, { isShared, clock, retention: () => retention.alerts, audit });
  const whole = database.of("to the database");
  let restored: Restored | undefined;
  let newestPage: string | undefined;
  return {
    isShared,
    clockSkew,
    searchBudget,
    recipients,
    silences,
    inhibitors,
    overrides,
    timeline,
    log,
    incidents,
    renewals,
    get upSince(): number {
      return clocks?.upSince ?? openedAt;
    },
    ended,
    journal: new Journal(database, {
      commits,
      retention,
      audit,
      timeline,
      log,
      incidents,
      ended,
      bells,
      onQueued,
      committed,
    }),
    audit,
    config: new StoredConfig(database, { key, audit, now: () => clock.now() }),
    records: new Records(database),
    summaries: new Summaries(database, { isShared, clock, retention, log, incidents }),
    dead: new DeadLetters(database, { retention, audit, queues, timeline }),
    queues,
    outbox: new Outbox(database, { queues, leases, bells, retention }),
    deliveries: new DeliveryRecords(database),
    proofs: new Proofs(database),
    receipts: new Receipts(database, { clock, key }),
    digestCards: new DigestCards(database, { clock }),
    progress: new RecipientProgress(database),
    heartbeats: new Heartbeats(database, { retention }),
    drills: new Drills(database),
    caches: new Caches(database, { clock, key }),
    callbacks: new CallbackClaims(database),
    refusals: new Refusals(database),
    definitions: new Definitions(database, { clock, audit }),
    signatures: new Signatures(database, { isShared }),
    accounts: new Accounts(database),
    identities: new Identities(database),
    tokens: new Tokens(database),
    wallLinks: new WallLinks(database),
    watch,
    clocks,
    get restored(): Restored | undefined {
      return restored;
    },
    get newestPage(): string | undefined {
      return newestPage;
    },
    link,
    takeOver: () => whole.delete(restoredKey()),
    probe: shareProbe(() => whole.set(probeKey(), true), clock),
    async open(): Promise<void> {
      // At once: on a remote database each of them takes a round trip.
      const loaded = Promise.all([
        log.newestPage(),
        incidents.load(),
        recipients.load(),
        silences.open(),
        inhibitors.load(),
        overrides.open(),
      ]);
      loaded.catch(() => {}); // a newer schema, which would explain it, is reported first
      restored = await ensureSchema(database);
      [newestPage] = await loaded;
      database.deadline = deadline;
    },
  };
}

const NO_RULES: readonly InhibitRule[] = [];

/** Time limit of the first operations, which take longer: they open the database. */
const OPEN_DEADLINE = 5_000;

/**
 * Time limits of an operation, and of a page of a range, behind a link to a shared database: one that is not answered by then
 * opens the breaker. A door answers within 2 s.
 */
const LINKED_DEADLINE = 1_500;
const PAGE_DEADLINE = 5_000;
