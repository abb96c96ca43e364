import { discover } from "./channels.ts";
import { complaintText, parseConfig } from "../../relay/config/mod.ts";
import type { Delivery } from "../../relay/domain/record.ts";
import { type Relay, type RelayOptions, type RelayParts, wireRelay } from "../../relay/relay.ts";
import type { SharedLink } from "../../relay/store/link.ts";
import { createApp } from "../../routes/app.ts";
import { TestClock } from "./clock.ts";
import { templates } from "./templates.ts";

/** The token, the password and the key of every relay that is made here. */
export const SECRETS = { key: "test-key", adminPassword: "test-password", intakeToken: "test-token" };

/** A whole relay on a real database, without a port, for the tests of its behaviour. */
export interface TestRelay extends AsyncDisposable {
  /** The relay for routes, and the parts that tests examine. */
  readonly relay: Relay & RelayParts;
  readonly clock: TestClock;
  readonly kv: Deno.Kv;
  /** The relay's reports of errors that should never happen. */
  readonly reports: string[];
  /** Its log of refused senders. */
  readonly warnings: string[];
  /**
   * Send a request to one of its doors, as a client with the token. `remote`: the address at the other end of the
   * connection.
   */
  request(path: string, init?: RequestInit & { remote?: string }): Promise<Response>;
  /**
   * Post a webhook of these alerts; each is firing and has an alertname unless it says otherwise. As an Alertmanager does,
   * it names the same start until the alert is resolved, and a later one when the alert fires again.
   */
  post(...alerts: readonly TestAlert[]): Promise<Response>;
  /** Post these alerts, and see that they are accepted. */
  accept(...alerts: readonly TestAlert[]): Promise<void>;
  /** Post these alerts, see that they are accepted, and wait until all that is due now is done. */
  fire(...alerts: readonly TestAlert[]): Promise<void>;
  /** The deliveries of the alerts that were logged last, the newest alert first. */
  deliveries(alerts?: number): Promise<Delivery[]>;
  /** Wait until everything that is due now is done. */
  settle(): Promise<void>;
  /** Move the clock, then settle. */
  advance(ms: number): Promise<void>;
}

/** An alert as a test writes it. */
export interface TestAlert {
  readonly status?: "firing" | "resolved";
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly startsAt?: string;
  readonly endsAt?: string;
  readonly generatorURL?: string;
}

/** The options that a test may set; the rest is as in production. */
export interface TestRelayOptions extends Partial<Omit<RelayOptions, "config" | "kv">> {
  readonly kv?: Deno.Kv;
  /** The link to a shared database, instead of one of its own. */
  readonly link?: SharedLink;
  readonly yaml?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly clock?: TestClock;
}

/** Make a relay. Its database is `:memory:` unless one is given; one that is given is not closed. */
export async function testRelay({ yaml, env = {}, ...given }: TestRelayOptions = {}): Promise<TestRelay> {
  const channels = given.channels ?? await discover();
  const parsed = await parseConfig({ env, yaml, secrets: SECRETS, channels });
  if (!parsed.ok) throw new Error(parsed.complaints.map(complaintText).join("\n"));
  const kv = given.kv ?? await Deno.openKv(":memory:");
  const clock = given.clock ?? new TestClock();
  const reports: string[] = [];
  const warnings: string[] = [];
  const report = (words: string): void => void reports.push(words);
  const { relay, parts } = await wireRelay({
    exclusive: true,
    random: () => 0.5,
    searchBudget: 60_000, // a busy machine is no reason to find less
    patience: 60_000, // nor to refuse
    templates,
    report,
    warn: (words) => void warnings.push(words),
    ...given,
    config: parsed.config,
    kv: given.link ?? kv,
    clock,
    channels,
  });
  const app = createApp(relay, { report });
  const settle = async (): Promise<void> => {
    await parts.soon.idle();
    await parts.upkeep.idle();
    await parts.courier.idle();
  };
  const request: TestRelay["request"] = async (path, { remote, ...init } = {}) => {
    const headers = new Headers(init.headers);
    if (!headers.has("authorization")) headers.set("authorization", `Bearer ${SECRETS.intakeToken}`);
    return await app.request(path, { ...init, headers }, { remote });
  };
  const post: TestRelay["post"] = (...alerts) => {
    const dated = alerts.map((alert) => ({ startsAt: startOf(alert, clock), ...alert }));
    return request("/webhook", { method: "POST", body: JSON.stringify(webhook(...dated)) });
  };
  const accept: TestRelay["accept"] = async (...alerts) => {
    const response = await post(...alerts);
    const answer = await response.text();
    if (response.status !== 200) throw new Error(`Cannot accept alerts: ${response.status} ${answer}`);
  };
  return {
    relay: { ...relay, ...parts },
    clock,
    kv,
    reports,
    warnings,
    settle,
    request,
    post,
    accept,
    async fire(...alerts): Promise<void> {
      await accept(...alerts);
      await settle();
    },
    async deliveries(alerts = 1_000): Promise<Delivery[]> {
      const { log, deliveries } = parts.store;
      const logged = await log.newest(alerts);
      return (await Promise.all(logged.map(({ id }) => deliveries.of(id)))).flat();
    },
    async advance(ms): Promise<void> {
      clock.advance(ms);
      await settle();
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await relay.stop({ grace: 0 });
      if (!given.kv) kv.close();
    },
  };
}

/** By clock, which outlives a restart, and by labels: when the alert began that was posted last, and whether it is over. */
const starts = new WeakMap<TestClock, Map<string, { at: number; over: boolean }>>();

function startOf({ labels = {}, status = "firing" }: TestAlert, clock: TestClock): string {
  const known = starts.get(clock) ?? new Map<string, { at: number; over: boolean }>();
  starts.set(clock, known);
  const key = JSON.stringify(Object.entries(labels).sort());
  const last = known.get(key);
  const isNew = !last || last.over && status === "firing";
  const at = isNew ? Math.max(clock.now(), (last?.at ?? 0) + 1) : last.at;
  known.set(key, { at, over: status === "resolved" });
  return new Date(at).toISOString();
}

/** Alertmanager's payload with these alerts. */
export function webhook(...alerts: readonly TestAlert[]): Record<string, unknown> {
  return {
    version: "4",
    groupKey: '{}:{alertname="Test"}',
    status: alerts.some(({ status }) => status !== "resolved") ? "firing" : "resolved",
    receiver: "fenghuo",
    groupLabels: {},
    commonLabels: {},
    commonAnnotations: {},
    externalURL: "http://alertmanager:9093",
    alerts: alerts.map((alert) => ({
      status: "firing",
      annotations: {},
      startsAt: "2026-01-31T08:00:00Z",
      endsAt: "0001-01-01T00:00:00Z",
      generatorURL: "http://prometheus:9090/graph?g0.expr=up",
      fingerprint: "0123456789abcdef",
      ...alert,
      labels: { alertname: "Test", ...alert.labels },
    })),
  };
}
