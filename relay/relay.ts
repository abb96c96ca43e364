import { Access } from "./access/access.ts";
import { systemClock } from "./base/clock.ts";
import { withTimeout } from "./base/timeout.ts";
import { defined } from "./base/defined.ts";
import { once } from "./base/once.ts";
import { Commands, type CommandTools } from "./commands/commands.ts";
import { AdhocGroups } from "./config/adhoc.ts";
import { allGroups } from "./config/all_groups.ts";
import { ConfigEditor, LiveConfig, retentionOf } from "./config/mod.ts";
import { SecondLook } from "./config/second_look.ts";
import { Courier } from "./delivery/courier.ts";
import { obstacleFinder } from "./delivery/obstacle.ts";
import { decideToDeliver } from "./delivery/standby.ts";
import { createSender } from "./delivery/sender.ts";
import { HttpClients } from "./base/http_clients.ts";
import { alertIdOf } from "./domain/record.ts";
import type { TimelineLine } from "./channel.ts";
import type { WhereRules } from "./domain/where.ts";
import { Events } from "./events.ts";
import { type Accept, createAccept } from "./intake/accept.ts";
import { Renewing } from "./intake/renew.ts";
import { storeAllRenewals } from "./intake/store_renewals.ts";
import { SenderRefusals } from "./intake/sender_refusals.ts";
import { FirstAttemptWaiters } from "./intake/first_attempts.ts";
import { Writer } from "./intake/writer.ts";
import { translator } from "./message/locale.ts";
import { Renderer } from "./message/renderer.ts";
import { Metrics } from "./metrics/metrics.ts";
import { Gaps } from "./query/gaps.ts";
import { Health } from "./query/health.ts";
import { Query } from "./query/query.ts";
import type { RelayOptions } from "./relay_options.ts";
import { reportFailure } from "./store/errors.ts";
import { createStore } from "./store/store.ts";
import { lookNowAndThen } from "./store/watch.ts";
import { dueRules } from "./upkeep/due_rules.ts";
import { DueSoon } from "./upkeep/due_soon.ts";
import { HeartbeatWatch } from "./upkeep/heartbeats.ts";
import { LazyUpkeep } from "./upkeep/lazy_upkeep.ts";
import { SicknessWatch } from "./upkeep/sickness_watch.ts";

export { NoSuchKeyError, StoreAwayError, StoreError } from "./store/errors.ts";
export type { RelayOptions } from "./relay_options.ts";

/** The defaults of {@linkcode RelayOptions.patience}. */
const PATIENCE = { local: 10_000, shared: 1_800 };

/** On a shared store a door answers within this many milliseconds of the request, whatever it still waits for. */
const ANSWER_WITHIN = 1_900;

/** A relay: alerts come in through `accept`, people and senders change it by `commands`, and `query` answers what they ask. */
export interface Relay {
  readonly accept: Accept;
  readonly commands: Commands;
  readonly query: Query;
  /** The counters of `/metrics` since the start of this instance. */
  readonly metrics: Metrics;
  /** Run the upkeep: find work that no timer is set for, close silent incidents, remind, clean up. @throws StoreError */
  tidy(): Promise<void>;
  /** Finish what is under way, at most `grace` milliseconds of it. The database stays open. */
  stop(options: { grace: number }): Promise<void>;
}

/** The parts of a relay, for tests. */
export type RelayParts =
  & Pick<CommandTools, "config" | "channels" | "store" | "renderer" | "events" | "refusals">
  & {
    readonly courier: Courier;
    readonly adhoc: AdhocGroups;
    readonly access: Access;
    readonly soon: DueSoon;
    readonly upkeep: LazyUpkeep;
    readonly writer: Writer;
  }
  & { readonly configuration: LiveConfig };

/** Create a relay on an open database, and resume the work of an earlier process. @throws StoreError, SchemaError */
export async function createRelay(options: RelayOptions): Promise<Relay> {
  return (await wireRelay(options)).relay;
}

/** The same, with its parts. @throws StoreError, SchemaError */
export async function wireRelay(options: RelayOptions): Promise<{ relay: Relay; parts: RelayParts }> {
  const { config, channels, templates, clock = systemClock, random = Math.random } = options;
  const { sendTimeout = 10_000, report = () => {}, warn = () => {} } = options;
  const { databaseProblem = () => undefined } = options;
  const startedAt = clock.now();
  // Only a relay that is traced pays for it.
  const tracing = config.tracing &&
    new (await import("./tracing/tracing.ts")).Tracing({ ...config.tracing, clock });
  const metrics = new Metrics({
    clock,
    database: options.exclusive ? "local" : "shared",
    lanes: () => store.queues.depths(clock.now()),
    link: () => store.link,
    open: () => store.incidents.openTally,
    gaps: {
      coverage: () => gaps.coverage(),
      onCall: (group) => gaps.onCall(group),
    },
  });
  metrics.expect(channels.names());
  const due = dueRules({
    config,
    channels,
    groups: { get: (id) => groups.get(id) },
    upSince: () => store.upSince,
  });
  const store = createStore(options.kv, {
    exclusive: options.exclusive,
    clock,
    committed(ms, { pages, responses }): void {
      metrics.committed(ms);
      metrics.responses.observe(responses);
      tracing?.committed(ms, pages);
    },
    report,
    key: config.key,
    retention: retentionOf(config),
    dueAt: due.dueAt,
    dueSettings: due.settings,
    changed: (incident) => soon.note(incident),
    inhibit: () => config.inhibit,
    inhibitorEnded: () => upkeep.lift(),
    ...defined({ searchBudget: options.searchBudget, deadline: options.storeDeadline }),
  });
  const { isShared } = store;
  const configuration = new LiveConfig(config, { store: store.config, channels, report });
  const gaps = new Gaps({ store, config, clock });
  const adhoc = new AdhocGroups({ config, channels, definitions: store.definitions, isShared, clock });
  configuration.whenChanged(() => adhoc.remake());
  // All reads at once: on a remote database each of them takes a round trip.
  const opened = store.open();
  const loaded = Promise.all([
    configuration.refresh(),
    adhoc.loadAll().catch((error) => reportFailure(report, "Cannot load targets yet", error)), // a group is loaded when it is needed
  ]);
  loaded.catch(() => {}); // if the store cannot be opened, that is the reason to give
  await opened;
  await loaded;
  for (const problem of store.silences.problems()) report(problem);
  const held = await decideToDeliver(config, store);
  if (held !== undefined) report(held);
  const groups = allGroups({ config, configuration, adhoc });
  const renderer = new Renderer({
    config,
    templates,
    channels,
    groups,
    overrides: store.overrides,
    async timelineOf(alert, { locale, timezone }): Promise<TimelineLine[]> {
      const { timelineLines } = await import("./query/timeline_lines.ts");
      const nameOf = (member: string): string => config.members.get(member)?.name || member;
      return await timelineLines(alert, store, { t: translator(locale), locale, timezone, nameOf });
    },
  });
  const events = new Events(clock);
  const cutOff = new AbortController();
  const clients = new HttpClients();
  const send = createSender({ clients, ...options.fetch && { fetch: options.fetch } });
  const writer = new Writer(store, {
    get staleAfter(): number {
      return config.staleAfter;
    },
    get where(): WhereRules {
      return config.labelRules.where;
    },
    clock,
    newestPage: store.newestPage,
    inhibitors: store.inhibitors,
    patience: options.patience ?? (isShared ? PATIENCE.shared : PATIENCE.local),
  });
  const waiters = new FirstAttemptWaiters(
    clock,
    isShared ? { lookUp: (id) => store.deliveries.get({ id, alert: alertIdOf(id) }) } : {},
  );
  const courier = new Courier({
    delivers: held === undefined,
    renderer,
    healthChanged: () => void sickness.check(),
    waiters,
    store,
    writer,
    clock,
    random,
    sendTimeout,
    startedAt,
    channels,
    report,
    groups,
    changed: (rows, lane) => {
      metrics.settled(rows, lane);
      tracing?.settled(rows, lane);
      events.tell("delivery", "lane", "incident");
    },
    send,
  });
  if (store.watch) {
    const failed = (error: unknown): void => reportFailure(report, "Cannot follow other instances", error);
    store.config.onChanged(store.watch, (revision) => {
      if (revision > configuration.revision) configuration.refresh().catch(failed);
    });
    store.silences.follow(store.watch, failed);
    store.inhibitors.follow(store.watch, failed);
    store.overrides.follow(store.watch, failed);
  }
  const secondLook = new SecondLook({
    look: store.watch && (async () => {
      await store.watch!.look();
      await configuration.idle();
    }),
    clock,
  });
  configuration.whenChanged(() => {
    store.incidents.reconsiderDue();
    courier.reconsider();
    if (store.inhibitors.isPending) upkeep.lift();
    events.tell("config");
  });

  const accept: Accept = async (alerts, options) => {
    const receipt = await take(alerts, options);
    metrics.accepted(receipt, alerts[0]?.alert.dialect ?? "none");
    tracing?.accepted(receipt, options.now);
    if (receipt.accepted > 0 || receipt.renewed === 0) events.tell("alert", "incident", "delivery");
    return receipt;
  };
  const heartbeats = new HeartbeatWatch({
    isShared,
    config,
    store: store.heartbeats,
    groups,
    accept,
    report,
  });
  const take = createAccept({
    routes: config,
    heartbeats,
    silences: store.silences,
    records: store.records,
    secondLook,
    renewing: new Renewing({ store, writer, config }),
    writer,
    clock,
    answerWithin: isShared ? ANSWER_WITHIN : Infinity,
    waiters,
    failureOf: obstacleFinder({ groups, store, clock }),
    wake: (lane) => courier.wake(lane),
  });
  const refusals = new SenderRefusals({ config, store, accept, clock, report, warn });
  const sickness = new SicknessWatch({ store, config, channels, accept, clock, report });

  const drill = once(async () => {
    const { FireDrill } = await import("./upkeep/fire_drill.ts");
    return new FireDrill({ store, config, channels, accept, report });
  });
  // Any instance finishes a drill, also when the one that began it has ended.
  if (store.watch) store.drills.onChanged(store.watch, () => void drill().then((one) => one.changed()));
  const access = new Access(store, { secrets: () => config, warn });
  const common = { store, config, configuration, groups, channels, renderer, refusals, clock, events };
  const commands = new Commands({
    ...common,
    configuration: new ConfigEditor(configuration, { store: store.config, clock }),
    secondLook,
    writer,
    access,
    targets: adhoc,
    heartbeats,
    drill,
    send,
    sendTimeout,
    cutOff: cutOff.signal,
    courier,
  });
  const soon: DueSoon = new DueSoon({
    clock,
    at: (incident) => due.exactly(incident, clock.now()),
    run: (fingerprints) => upkeep.runFor(fingerprints),
  });
  const health = new Health({ store, databaseProblem, channels, templates, configuration, gaps, held });
  const query = new Query({
    ...common,
    templates,
    health,
    targets: adhoc,
    outgoing: () => upkeep.outgoing?.state,
  });
  const upkeep: LazyUpkeep = new LazyUpkeep({
    ...common,
    writer,
    courier,
    sickness,
    heartbeats,
    metrics,
    soon,
  }, {
    drill,
    send,
    held,
    cutOff: cutOff.signal,
    report,
    startedAt,
  });

  store.link?.whenBack(() => void courier.sweep().catch(() => {}));
  const swept = courier.sweep();
  // On a shared store no first alert waits for the sweep; the next minute's finds what it misses.
  if (isShared) swept.catch((error) => reportFailure(report, "Cannot look at the lanes yet", error));
  else await swept;
  if (store.inhibitors.isPending) upkeep.lift(); // an earlier process ended before it did
  store.watch?.start(clock);
  const stopLooking = store.watch ? lookNowAndThen(store.watch, clock) : () => {};
  const relay: Relay = {
    accept,
    commands,
    query,
    metrics,
    async tidy(): Promise<void> {
      try {
        await upkeep.run();
        metrics.tidied("success");
      } catch (error) {
        metrics.tidied("failure");
        throw error;
      }
    },
    async stop({ grace }): Promise<void> {
      stopLooking();
      await soon.stop();
      if (grace > 0) await withTimeout(storeAllRenewals(store.renewals, writer), grace, () => {});
      await upkeep.idle();
      await store.watch?.stop();
      await refusals.stop();
      events.close();
      await store.summaries.stop();
      await courier.stop({ grace });
      await sickness.idle();
      cutOff.abort();
      clients[Symbol.dispose]();
      await configuration.idle();
      await writer.idle();
    },
  };
  return { relay, parts: { ...common, courier, adhoc, access, soon, upkeep, writer } };
}
