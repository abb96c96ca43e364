/**
 * Fills a database with data for every page of the console: `fill_company.ts '{"folder": …}'`. Prints the ids of
 * {@linkcode Places} as JSON.
 *
 * A day: alerts fire, are repeated and folded, go to teams and, one in eight, to a group whose vendor accepts
 * nothing, so that they wait. One in ten is never resolved. Some deliveries die, some are part of digests; people
 * acknowledge, silence and change things.
 *
 * @module
 */
import type { Alert } from "../../relay/domain/alert.ts";
import { alertOf } from "../../relay/delivery/alert_of.ts";
import { fingerprint } from "../../relay/domain/fingerprint.ts";
import type { PreparedAlert } from "../../relay/intake/pipeline.ts";
import type { AcceptedAlert } from "../../relay/intake/commit_builder.ts";
import type { Queued } from "../../relay/domain/record.ts";
import type { Routed } from "../../relay/domain/rules.ts";
import type { Severity } from "../../relay/domain/severity.ts";
import type { Settlement } from "../../relay/store/outbox.ts";
import { LONG_WINDOW, NIGHT, teamOf, TEAMS } from "../company.ts";
import { livePeople, makeSilences } from "../company_people.ts";
import { allDelivered, type Filling, openFilling, settle } from "../filling.ts";

/** The options of the program. */
export interface CompanyOptions {
  /** The relay's working folder. */
  readonly folder: string;
  readonly yaml: string;
  readonly alerts: number;
}

/** The ids of the pages' objects. */
export interface Places {
  /**
   * A notified alert, an alert folded into an incident of thousands, and an alert long before the last notification.
   */
  readonly alert: string;
  readonly folded: string;
  readonly foldedDeep: string;
  /** The alert in the middle of the day: as many are older as are newer. */
  readonly deep: string;
  /** An incident with few alerts, and the one with thousands. */
  readonly incident: string;
  readonly noisy: string;
  readonly fingerprint: string;
  readonly delivery: string;
  readonly waiting: string;
  readonly dead: string;
  readonly digest: string;
  readonly silence: string;
  readonly message: string;
}

type Found = Pick<Places, "incident" | "fingerprint" | "delivery" | "waiting" | "dead" | "message">;

/** The time span of the data until now, in milliseconds. */
const PERIOD = 20 * 60 * 60_000;

/** The alerts of one commit: new ones, resolved ones, and repeats, some of them always of the same alert. */
const MIX = { firing: 48, resolved: 24, repeated: 28, noisy: 4 };
const TOGETHER = MIX.firing + MIX.resolved + MIX.repeated;

/** The team of the alert that repeats in every commit and never ends. */
const NOISY = LONG_WINDOW;

/** The number of commits between two settlements, which overlap with the next commits. */
const SETTLES = 25;

const TITLES = [
  "NodeFilesystemAlmostOutOfSpace",
  "NodeHighCpuLoad",
  "KubePodCrashLooping",
  "PostgresReplicationLag",
  "KafkaConsumerLag",
  "TLSCertificateExpiresSoon",
  "OBServerDown",
  "HTTPErrorRateHigh",
  "DiskReadLatency",
  "RedisMemoryHigh",
];

if (import.meta.main) {
  const places = await fill(JSON.parse(Deno.args[0]!));
  // deno-lint-ignore no-console -- the output is the result
  console.log(JSON.stringify(places));
}

async function fill({ folder, yaml, alerts }: CompanyOptions): Promise<Places> {
  const began = Date.now() - PERIOD;
  let stored = 0;
  const now = (): number => Math.round(began + PERIOD * stored / alerts);
  using filling = await openFilling({ folder, yaml, now });
  const silence = await makeSilences(filling, now());
  const { store, writer } = filling;
  const routes = routesOf(filling);

  let [fired, over] = [0, 0];
  let told: AcceptedAlert | undefined;
  let noisy: AcceptedAlert | undefined;
  let deep: AcceptedAlert | undefined;
  let foldedDeep: AcceptedAlert | undefined;
  let settled: Promise<string> = Promise.resolve("");
  for (let commits = 1; stored < alerts; commits++) {
    const firing = [
      ...range(fired, MIX.firing),
      ...range(1, MIX.repeated).map((place) => place <= MIX.noisy ? NOISY : Math.max(0, fired - place)),
    ];
    const resolved = range(over, MIX.resolved).map(lasting);
    const { logged } = await writer.append([
      ...firing.map((number) => intakeOf(number, { status: "firing", now: now(), routes })),
      ...resolved.map((number) => intakeOf(number, { status: "resolved", now: now(), routes })),
    ], { bytes: 0 });
    fired += MIX.firing;
    over += MIX.resolved;
    stored += TOGETHER;
    told = logged[0];
    noisy = logged[MIX.firing];
    if (stored <= alerts / 2) {
      deep = logged[0];
      foldedDeep = noisy;
    }
    if (commits % SETTLES === 0 || stored >= alerts) {
      const before = await settled;
      settled = settleTeams(filling, now()).then((digest) => digest ?? before);
    }
  }
  const digest = await settled;
  await writer.idle();
  await livePeople(filling, { now: now(), about: told!.id });
  await store.incidents.sweep();
  await store.summaries.pack({ rest: 0 });
  const places = {
    alert: told!.id,
    folded: noisy!.id,
    foldedDeep: foldedDeep!.id,
    noisy: noisy!.incident!,
    deep: deep!.id,
  };
  return { ...places, digest, silence, ...await placesIn(filling) };
}

/** The number of the alert that ends next: every tenth never ends. */
function lasting(over: number): number {
  return Math.floor(over / 9) * 10 + over % 9;
}

function range(from: number, length: number): number[] {
  return Array.from({ length }, (_, index) => from + index);
}

type RoutesOf = (number: number) => readonly Routed[];

/** Everything goes to a team; one in eight also to the group whose vendor accepts nothing. */
function routesOf({ config }: Filling): RoutesOf {
  const night: Routed = { group: config.groups.get(NIGHT)!, by: "rule", rule: 0 };
  return (number) => {
    const team: Routed = { group: config.groups.get(`${teamOf(number)}/default`)!, by: "team" };
    return number % 8 === 1 ? [team, night] : [team];
  };
}

function intakeOf(
  number: number,
  { status, now, routes }: { status: Alert["status"]; now: number; routes: RoutesOf },
): PreparedAlert {
  const labels = {
    alertname: TITLES[number % TITLES.length]!,
    cluster: `prod-${number % 20}`,
    device: "/dev/nvme0n1p1",
    instance: `node-${String(number).padStart(10, "0")}.example.com`,
    job: "node",
    severity: severityOf(number),
    team: teamOf(number),
  };
  const alert: Alert = {
    dialect: "alertmanager",
    status,
    severity: severityOf(number),
    title: labels.alertname,
    text: `Filesystem on /dev/nvme0n1p1 has only 4.21% available space left\n服务器 ${number} 磁盘空间不足`,
    labels,
    annotations: { summary: "Filesystem has less than 5% space left" },
    startsAt: now - 30_000,
    endsAt: status === "resolved" ? now : null,
    links: [{
      kind: "source",
      url: "http://prometheus-0:9090/graph?g0.expr=node_filesystem_avail_bytes",
    }],
    origin: { receiver: "fenghuo", groupKey: "0123456789abcdef" },
  };
  return {
    alert,
    fingerprint: fingerprint(alert.dialect, labels),
    routes: routes(number),
    payload: `fill-${Math.floor(number / TOGETHER)}`,
    now,
  };
}

/** The severity of an alert, which never changes. */
function severityOf(number: number): Severity {
  const place = number % 50;
  return place === 7 ? "critical" : place % 10 === 3 ? "error" : place % 5 === 4 ? "info" : "warning";
}

/**
 * Settles the teams' deliveries: one in forty dies, and some digests contain many alerts. @returns the id of a digest
 */
async function settleTeams({ store, config }: Filling, now: number): Promise<string | undefined> {
  let told: string | undefined;
  for (const team of range(0, TEAMS)) {
    const [desk] = config.groups.get(`${teamOf(team)}/default`)!.destinations;
    await settle(store, desk!.lane, {
      now,
      verdict: async (entries) => {
        if (team % 8 !== 3) return await someDead(entries, now, store);
        const digest = {
          id: entries[0]!.id,
          destination: desk!.id,
          at: now,
          title: `${entries.length} alerts`,
          body: entries.map(({ id }) => `- [warning] NodeFilesystemAlmostOutOfSpace ${id}`).join("\n"),
          shown: entries.length,
          incidents: entries.length,
          deliveries: entries.map(({ id }) => id),
        };
        told = digest.id;
        return { ...allDelivered(entries, now, digest.id), digests: [digest] };
      },
    });
  }
  return told;
}

/** Refuses one in forty. */
async function someDead(
  entries: readonly Queued[],
  now: number,
  store: Filling["store"],
): Promise<Settlement> {
  const because = "HTTP 400: no such table";
  const isDead = (index: number): boolean => index % 40 === 20;
  const { done = [] } = allDelivered(entries, now);
  const letters = entries.filter((_, index) => isDead(index)).map(async (entry) => {
    const alert = await alertOf(entry, store);
    return { entry, because, diedAt: now, ...alert ? { alert } : {} };
  });
  return {
    done: done.map((delivery, index) =>
      isDead(index) ? { ...delivery, state: "dead" as const, because } : delivery
    ),
    letters: await Promise.all(letters),
  };
}

/** The first entry of each list. */
async function placesIn(
  { store }: Filling,
): Promise<Found> {
  const first = async <T>(list: AsyncIterable<T>): Promise<T> => {
    for await (const one of list) return one;
    throw new Error("Cannot fill a database: a list is empty");
  };
  const [open] = await store.incidents.newest("open", 1);
  const [over] = await store.incidents.newest("closed", 1);
  const [message] = await store.caches.newest("inbox", 1) as { id: string }[];
  return {
    incident: open!.id,
    fingerprint: over!.fingerprint,
    delivery: (await first(store.records.newestDeliveries())).id,
    waiting: (await first(store.records.queue())).entry.id,
    dead: (await first(store.dead.list())).entry.id,
    message: message!.id,
  };
}
