import { decode, encode } from "../base/codec.ts";
import { Accounts } from "./accounts.ts";
import { AlertLog } from "./alert_log.ts";
import { Audit } from "./audit.ts";
import { Caches } from "./cache.ts";
import { DeadLetters } from "./dead_letters.ts";
import { Definitions } from "./definitions.ts";
import { SchemaError } from "./errors.ts";
import { guard } from "./guard.ts";
import { Heartbeats } from "./heartbeats.ts";
import { Incidents } from "./incidents.ts";
import { Journal } from "./journal.ts";
import { probeKey, restoredKey, SCHEMA_VERSION, schemaKey } from "./keys.ts";
import { Outbox } from "./outbox.ts";
import type { StoreReader } from "./reader.ts";
import { Records } from "./records.ts";
import { Recipients } from "./recipients.ts";
import { Summaries } from "./summaries.ts";
import { Proofs } from "./proofs.ts";
import { readRestored, type Restored } from "./restored.ts";
import { StoredConfig } from "./stored_config.ts";
import { Tokens } from "./tokens.ts";
import { Signatures } from "./signatures.ts";
import { Silences } from "./silences.ts";

/** All that Fenghuo remembers: the only user of the database. */
export interface Store extends StoreReader {
  /** Where what was accepted is written. */
  readonly journal: Journal;
  readonly log: AlertLog;
  readonly incidents: Incidents;
  readonly summaries: Summaries;
  readonly outbox: Outbox;
  readonly dead: DeadLetters;
  readonly proofs: Proofs;
  readonly recipients: Recipients;
  readonly heartbeats: Heartbeats;
  readonly silences: Silences;
  readonly signatures: Signatures;
  readonly caches: Caches;
  readonly definitions: Definitions;
  readonly config: StoredConfig;
  readonly audit: Audit;
  readonly accounts: Accounts;
  readonly tokens: Tokens;
  /** The newest log page when the store was opened. */
  readonly newestPage: string | undefined;
  /** Remove the mark of a copy. @throws StoreError */
  takeOver(): Promise<void>;
}

/** Milliseconds that records are kept; asked for anew with each record. */
export interface Retention {
  readonly alerts: number;
  readonly dead: number;
  readonly audit: number;
}

/** How to use a database. */
export interface StoreOptions {
  /** The database is a local file, and this process alone has it. */
  readonly exclusive: boolean;
  readonly now: () => number;
  /** What is sealed at rest is sealed with this. */
  readonly key: string;
  /** Milliseconds that records are kept. */
  readonly retention: Retention;
  /** Checks that one atomic may hold: 10 on a `denokv` server, 100 elsewhere. Default 10. */
  readonly checks?: number;
  /** Milliseconds that one operation may take. Default 5,000. */
  readonly deadline?: number;
  /** Milliseconds that a search of the log, of incidents or of deliveries may take. Default 60: with the rest of a page it stays under 100. */
  readonly searchBudget?: number;
}

/**
 * Open the store on a database.
 *
 * @throws SchemaError when a newer Fenghuo wrote the database · StoreError when it does not answer
 */
export async function openStore(
  kv: Deno.Kv,
  { exclusive, now, key, retention, checks = 10, deadline = 5_000, searchBudget = 60 }: StoreOptions,
): Promise<Store> {
  const restored = await ensureSchema(kv, Math.max(deadline, OPEN_DEADLINE));
  const audit = new Audit(kv, { now, deadline, retention: () => retention.audit });
  const outbox = new Outbox(kv, { exclusive, deadline, retention });
  const { hear } = outbox;
  const log = new AlertLog(kv, { deadline });
  const incidents = new Incidents(kv, { exclusive, deadline, retention, audit, now });
  await incidents.load();
  const recipients = new Recipients(kv, { deadline });
  await recipients.load();
  const silences = new Silences(kv, { exclusive, deadline, now, retention: () => retention.alerts, audit });
  await silences.load({ deadline: Math.max(deadline, OPEN_DEADLINE) });
  return {
    exclusive,
    searchBudget,
    recipients,
    silences,
    log,
    incidents,
    journal: new Journal(kv, { exclusive, checks, deadline, retention, audit, log, incidents, hear }),
    audit,
    config: new StoredConfig(kv, { key, deadline, audit }),
    records: new Records(kv, { deadline }),
    summaries: new Summaries(kv, { exclusive, deadline, now, retention, log, incidents }),
    dead: new DeadLetters(kv, { deadline, retention, audit, hear }),
    outbox,
    proofs: new Proofs(kv, { deadline }),
    heartbeats: new Heartbeats(kv, { deadline, retention }),
    caches: new Caches(kv, { now, deadline, key }),
    definitions: new Definitions(kv, { now, deadline, audit }),
    signatures: new Signatures(kv, { deadline, exclusive }),
    accounts: new Accounts(kv, { deadline }),
    tokens: new Tokens(kv, { deadline }),
    restored,
    takeOver: () => guard("take over the database", kv.delete(restoredKey()), deadline),
    newestPage: await log.newestPage(),
    probe: shareProbe(async () => {
      await guard("write to the database", kv.set(probeKey(), true), deadline);
    }, now),
  };
}

/** How long the result of a probe is shared, in milliseconds: `/readyz` is public. */
const PROBE_EVERY = 1_000;

function shareProbe(probe: () => Promise<void>, now: () => number): () => Promise<void> {
  let last: { readonly at: number; readonly result: Promise<void> } | undefined;
  return () => {
    const at = now();
    if (last === undefined || Math.abs(at - last.at) >= PROBE_EVERY) last = { at, result: probe() };
    return last.result;
  };
}

/** The first operations on a database take longer than the others: it is opened with them. */
const OPEN_DEADLINE = 5_000;

/** @returns the mark of a copy, if the database has one */
async function ensureSchema(kv: Deno.Kv, deadline: number): Promise<Restored | undefined> {
  const read = kv.getMany([schemaKey(), restoredKey()]);
  const [entry, mark] = await guard("open the database", read, deadline);
  const found = entry!.value === null ? 0 : decode<number>(entry!.value);
  const restored = readRestored(mark!.value);
  if (found === SCHEMA_VERSION) return restored;
  if (Number.isInteger(found) && found < SCHEMA_VERSION) {
    // What older ones wrote is still read. Unchecked: another instance that starts at the same moment writes the same.
    await guard("open the database", kv.set(schemaKey(), encode(SCHEMA_VERSION)), deadline);
    return restored;
  }
  throw new SchemaError(
    `Cannot use the database: its records have version ${found}, this Fenghuo reads version ${SCHEMA_VERSION}; ` +
      `start the Fenghuo that wrote it, or choose another database with FENGHUO_KV`,
  );
}
