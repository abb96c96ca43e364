import { Access } from "./access/access.ts";
import { AdhocGroups } from "./config/adhoc.ts";
import { type Accept, createAccept, type Obstacle } from "./intake/accept.ts";
import { type Clock, systemClock } from "./base/clock.ts";
import { type Config, LiveConfig, problemText, SEALED } from "./config/mod.ts";
import { Courier } from "./delivery/courier.ts";
import { failureBefore } from "./delivery/behind.ts";
import { reasonToHold } from "./delivery/hold.ts";
import { SendAgain } from "./commands/send_again.ts";
import { obstacleOf } from "./delivery/obstacle.ts";
import { Events } from "./events.ts";
import type { DestinationTest } from "./commands/test_destination.ts";
import { findDestination, type GroupLookup } from "./domain/group.ts";
import { Renderer } from "./message/renderer.ts";
import { once } from "./base/once.ts";
import type { Overview } from "./query/overview/overview.ts";
import { alertIdOf } from "./domain/record.ts";
import type { ChannelRegistry } from "./channel/registry.ts";
import type { Random } from "./delivery/retry.ts";
import { createSender } from "./delivery/sender.ts";
import type { TrialResult } from "./delivery/trial.ts";
import { openStore, type Store } from "./store/store.ts";
import type { Templates } from "./message/templates.ts";
import type { Note } from "./domain/acknowledge.ts";
import { acknowledge } from "./commands/acknowledge.ts";
import { HeartbeatWatch } from "./upkeep/heartbeats.ts";
import { Refusals } from "./intake/refusals.ts";
import { Silencing } from "./commands/silencing.ts";
import type { Incident } from "./domain/incident.ts";
import { Watchers } from "./intake/watch.ts";
import { Writer } from "./intake/writer.ts";

/** What a relay is made of. */
export interface RelayOptions {
  readonly config: Config;
  readonly kv: Deno.Kv;
  /** Whether this process is the only user of the database. */
  readonly exclusive: boolean;
  /** Whether the database may disappear at any moment; the relay then reports that it is not ready. */
  readonly ephemeral?: boolean;
  /** Damage of the database that was found while it is used, if any. */
  readonly databaseProblem?: (() => string | undefined) | undefined;
  readonly channels: ChannelRegistry;
  readonly templates: Templates;
  readonly clock?: Clock;
  readonly random?: Random;
  /** Milliseconds that one attempt may take, unless the destination or its channel sets it. Default 10,000. */
  readonly sendTimeout?: number;
  /** Milliseconds that one database operation may take. Default 5,000. */
  readonly storeDeadline?: number;
  /** Milliseconds that a search of the log, of incidents or of deliveries may take. Default 60. */
  readonly searchBudget?: number;
  readonly fetch?: typeof globalThis.fetch;
  /** Called with what went wrong inside, in words without secrets. */
  readonly report?: (words: string) => void;
  /** Called with a sender's mistake, in words without secrets. */
  readonly warn?: (words: string) => void;
}

/** Which parts of the relay are not ready, each with the reason. */
export type Unready = Readonly<Record<string, string>>;

/** A relay: alerts come in through `accept`, and its couriers carry them out. */
export interface Relay {
  /** The current configuration: read from it when you need something, because its values are replaced in place. */
  readonly config: Config;
  /** Where the configuration is changed. */
  readonly configuration: LiveConfig;
  readonly channels: ChannelRegistry;
  readonly templates: Templates;
  readonly clock: Clock;
  readonly store: Store;
  /** Writes messages as they are sent. */
  readonly renderer: Renderer;
  readonly accept: Accept;
  /** Note what a person says of an incident. @returns it as it is now, if there is one of this id. @throws StoreError */
  acknowledge(incident: string, note: Note): Promise<Incident | undefined>;
  readonly silencing: Silencing;
  /** Requests that routes refused. */
  readonly refusals: Refusals;
  /** Groups that the URLs of requests define. */
  readonly adhoc: AdhocGroups;
  /** All groups: the configured ones and those that URLs define. */
  readonly groups: Pick<GroupLookup, "get">;
  readonly courier: Courier;
  readonly sendAgain: SendAgain;
  /** Who may do what. */
  readonly access: Access;
  /** Notifies subscribers of a change. */
  readonly events: Events;
  /** Send a test message now, past the queue. The destination need not be saved; the audit names `by`. @throws StoreError */
  sendTrial(test: DestinationTest): Promise<TrialResult>;
  /** The figures of the console's first page. */
  overview(): Promise<Overview>;
  /** Faults that the relay works around. */
  warnings(): readonly string[];
  /** Run the upkeep: find work that no timer is set for, close silent incidents, remind, clean up. @throws StoreError */
  tidy(): Promise<void>;
  /** What keeps the relay from doing its work; empty when it is ready. */
  unready(): Promise<Unready>;
  /** Finish what is under way, at most `grace` milliseconds of it. The database stays open. */
  stop(options: { grace: number }): Promise<void>;
}

/** How often an instance checks whether another one has changed the configuration. */
const REFRESH_EVERY = 3_000;

/** Why a relay without a lasting database is not ready, and what to do. */
export const EPHEMERAL =
  "No database is attached to this app, so accepted alerts are lost with the instance: assign a Deno KV database to it";

/** Create a relay on an open database, and resume the work of an earlier process. @throws StoreError, SchemaError */
export async function createRelay(options: RelayOptions): Promise<Relay> {
  const { config, kv, exclusive, channels, templates, clock = systemClock, random = Math.random } = options;
  const { sendTimeout = 10_000, report = () => {} } = options;
  const store = await openStore(kv, {
    exclusive,
    now: () => clock.now(),
    key: config.key,
    retention: {
      get alerts(): number {
        return config.retention.alerts;
      },
      get dead(): number {
        return config.retention.dead;
      },
      get audit(): number {
        return config.retention.audit;
      },
    },
    ...options.searchBudget === undefined ? {} : { searchBudget: options.searchBudget },
    ...options.storeDeadline === undefined ? {} : { deadline: options.storeDeadline },
  });
  for (const problem of store.silences.problems()) report(problem);
  const configuration = new LiveConfig(config, {
    store: store.config,
    channels,
    now: () => clock.now(),
    report,
  });
  await configuration.refresh();
  const held = reasonToHold({ ...config, restored: store.restored });
  if (held !== undefined) report(held);
  else if (store.restored) await store.takeOver();
  const writer = new Writer(store, {
    get staleAfter(): number {
      return config.staleAfter;
    },
    now: () => clock.now(),
    newestPage: store.newestPage,
  });
  const adhoc = new AdhocGroups({
    config,
    channels,
    definitions: store.definitions,
    exclusive: store.exclusive,
    now: () => clock.now(),
  });
  // A group that cannot be read now is loaded when it is needed.
  await adhoc.loadAll().catch((error) => report(String(error)));
  const groups: GroupLookup = {
    get: (id) => config.groups.get(id) ?? adhoc.get(id),
    load: (id) => adhoc.load(id),
    refresh: () => configuration.refresh(),
    holds: (destination) => configuration.holds(destination),
  };
  const watchers = new Watchers(
    clock,
    exclusive ? {} : {
      lookUp: (id) => store.outbox.delivery({ id, alert: alertIdOf(id) }),
    },
  );
  const renderer = new Renderer({ config, templates, channels, groups });
  const events = new Events(clock);
  const send = createSender(options.fetch ? { fetch: options.fetch } : {});
  const cutOff = new AbortController();
  const courier = new Courier({
    delivers: held === undefined,
    renderer,
    healthChanged: () => void tellSoon(),
    watchers,
    store,
    writer,
    clock,
    random,
    sendTimeout,
    channels,
    report,
    groups,
    changed: () => events.tell("delivery", "lane", "incident"),
    send,
  });
  configuration.whenChanged(() => {
    adhoc.remake();
    courier.reconsider();
    events.tell("config");
  });
  const wake = (lane: string): void => courier.wake(lane);
  const { log, incidents, outbox, silences } = store;
  const obstacleTo = async (delivery: { id: string; destination: string }): Promise<Obstacle | undefined> => {
    const { destination } = findDestination(delivery.destination, groups) ?? {};
    if (!destination) return undefined;
    const { lane } = destination;
    return obstacleOf(await outbox.record(lane), destination, clock.now()) ??
      // On an exclusive store this process's own courier reports failures at once.
      (exclusive ? undefined : await failureBefore({ lane, id: delivery.id }, outbox));
  };
  const heartbeats = new HeartbeatWatch({
    config,
    store: store.heartbeats,
    groups,
    accept: (...alerts) => accept(...alerts),
    report,
  });
  const take = createAccept({
    routes: config,
    beats: heartbeats,
    silences,
    records: store.records,
    writer,
    watchers,
    obstacleTo,
    wake,
  });
  const accept: Accept = async (...alerts) => {
    const accepted = await take(...alerts);
    events.tell("alert", "incident", "delivery");
    return accepted;
  };
  const refusals = new Refusals({ config, accept, clock, report, warn: options.warn ?? (() => {}) });
  /** One at a time, so that each sees what the one before has notified. */
  let telling = Promise.resolve();
  const tellSoon = (): Promise<void> => {
    const tell = async (): Promise<void> => {
      const { tellOfSickness } = await import("./upkeep/sickness.ts");
      await tellOfSickness({ log, incidents, outbox, groups: config.groups, channels, accept }, clock.now());
    };
    telling = telling.then(tell).catch((error) => report(`Cannot tell of a sick destination: ${error}`));
    return telling;
  };
  await courier.sweep();
  let stopRefreshing = (): void => {};
  const refreshLater = (): void => {
    stopRefreshing = clock.at(clock.now() + REFRESH_EVERY, () => {
      configuration.refresh().catch((error) => report(String(error)));
      refreshLater();
    });
  };
  if (!exclusive) refreshLater();
  let tidied = clock.now();
  const warnings = (): string[] =>
    [
      options.databaseProblem?.(),
      ...channels.broken.values(),
      ...templates.problems,
      configuration.isSealed ? SEALED : undefined,
      configuration.fileProblem,
      held,
      ...configuration.problems.map(problemText),
      ...store.silences.problems(),
    ].filter((words) => words !== undefined);
  return {
    config,
    configuration,
    channels,
    templates,
    clock,
    store,
    renderer,
    courier,
    adhoc,
    groups,
    sendAgain: new SendAgain({ store, groups, clock, wake }),
    accept,
    events,
    overview: once(async () => {
      const { Overview } = await import("./query/overview/overview.ts");
      return new Overview({ store, config, channels, clock, warnings, changes: () => events.changes });
    }),
    warnings,
    access: new Access({
      accounts: store.accounts,
      tokens: store.tokens,
      audit: store.audit,
      secrets: () => config,
    }),
    refusals,
    silencing: new Silencing({ store, events }),
    acknowledge: async (id, note) => {
      const incident = await acknowledge({ incidents, writer }, id, note);
      events.tell("incident");
      return incident;
    },
    sendTrial: async (test) => {
      const { testDestination } = await import("./commands/test_destination.ts");
      const tools = { channels, clock, renderer, send, sendTimeout, store, cutOff: cutOff.signal };
      return await testDestination(test, {
        ...tools,
        groups: config.groups,
        proven: () => {
          courier.reconsider();
          events.tell("lane");
        },
      });
    },
    async tidy(): Promise<void> {
      if (!exclusive) await configuration.refresh();
      await courier.sweep();
      await tellSoon();
      refusals.tidy(clock.now());
      await heartbeats.check(clock.now());
      const { tidy } = await import("./upkeep/tidy.ts");
      const now = clock.now();
      const tools = { store, writer, channels, groups: config.groups, lookup: groups, wake };
      await tidy(tools, { now, since: tidied });
      tidied = now;
      await store.summaries.pack();
      await incidents.sweep(); // last, because it is slow after a storm
    },
    async unready(): Promise<Unready> {
      try {
        await store.probe();
        return options.ephemeral ? { store: EPHEMERAL } : {};
      } catch (error) {
        return { store: error instanceof Error ? error.message : String(error) };
      }
    },
    async stop({ grace }): Promise<void> {
      stopRefreshing();
      await refusals.stop();
      events.close();
      await store.summaries.stop();
      await courier.stop({ grace });
      await telling;
      cutOff.abort();
      await configuration.idle();
      await writer.idle();
    },
  };
}
