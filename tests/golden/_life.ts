import { TestClock } from "../kit/clock.ts";
import { type Certificate, selfSigned } from "../kit/smtp.ts";
import { type TestRelay, testRelay, webhook } from "../kit/relay.ts";
import type { GoldenAlert } from "./alerts/alert.ts";
import { memstoreOfOcp } from "./alerts/oceanbase.ts";
import { SETS, type Size } from "./alerts/sets.ts";
import { type Sent, startVendors, type Vendor, type Wire } from "./_vendors.ts";
import { HOUR, MINUTE } from "../../relay/base/duration.ts";

/** The locale of the group. */
export type Language = "zh" | "en";

/**
 * The events of a set: `repeat` posts the same firing alerts four hours later; in `mixed` some alerts are resolved
 * and the others new; a `burst` posts each alert separately, so that the vendor's rate limit makes a digest; a `bare`
 * relay has no public URL, so that links lead to Prometheus and Alertmanager.
 */
export const MOMENTS = ["firing", "repeat", "resolved", "mixed", "burst", "bare"] as const;

/** One of {@linkcode MOMENTS}. */
export type Moment = typeof MOMENTS[number];

/** All messages about a set at one moment; `ocp` is an alarm of OCP. */
export interface Told {
  readonly size: Size | "ocp";
  readonly moment: Moment;
  readonly language: Language;
  /** The alerts that were posted. */
  readonly alerts: readonly Pick<GoldenAlert, "labels" | "object">[];
  readonly sent: readonly Sent[];
}

/** The public URL of the console. */
export const PUBLIC_URL = "https://fenghuo.example.com";

/** 10:43 in Shanghai. */
export const NOW = Date.UTC(2026, 10, 20, 2, 43);

/** Destinations that people read. */
export const PEOPLE = [
  "dingtalk_robot",
  "dingtalk_robot_text",
  "wecom_robot",
  "feishu_robot",
  "telegram",
  "email",
  "dingtalk_chat",
  "wecom_app",
] as const;

/** The destinations of a set: people get every set; programs get each alert as it is, so only small sets show them. */
function vendorsOf(size: Size): readonly Vendor[] {
  return size === "1" || size === "3" ? [...PEOPLE, "webhook", "ocp"] : PEOPLE;
}

let certificate: Promise<Certificate> | undefined;

/** A relay and its vendors. */
export interface House extends AsyncDisposable {
  readonly house: TestRelay;
  readonly wire: Wire;
}

/** Start a relay with the vendors of a set. */
export async function build(
  size: Size,
  language: Language,
  { vendors = vendorsOf(size), delivers = true, publicUrl = PUBLIC_URL, kv }: {
    vendors?: readonly Vendor[];
    delivers?: boolean;
    /** Empty: not configured. */
    publicUrl?: string;
    kv?: Deno.Kv;
  } = {},
): Promise<House> {
  const clock = new TestClock(NOW);
  const wire = await startVendors({ clock, certificate: await (certificate ??= selfSigned()) });
  const house = await testRelay({
    clock,
    fetch: wire.fetch,
    ...kv === undefined ? {} : { kv },
    env: {
      ...publicUrl === "" ? {} : { FENGHUO_PUBLIC_URL: publicUrl },
      FENGHUO_DELIVER: delivers ? "1" : "0",
    },
    yaml: `
members: [{ id: li.lei, name: 李雷, email: li.lei@example.com, dingtalk: user1, wecom: LiLei }]
links: [{ from: "http://prometheus-*:9090/", to: "https://prometheus.example.com/" }, { from: "http://alertmanager-main:9093/", to: "https://alertmanager.example.com/" }]
groups:
  - owner: default
    level: default
    locale: ${language}
    members: [li.lei]
    destinations:
${wire.destinations(vendors)}
`,
  });
  return {
    house,
    wire,
    async [Symbol.asyncDispose](): Promise<void> {
      await house[Symbol.asyncDispose]();
      await wire[Symbol.asyncDispose]();
    },
  };
}

/** Post a set at every moment, and collect the vendors' messages. */
export async function lifeOf(size: Size, language: Language): Promise<Told[]> {
  const alerts = SETS[size];
  const told: Told[] = [];
  const listen = async ({ house, wire }: House, moment: Moment): Promise<void> => {
    for (let minute = 0; minute < 5; minute++) await house.advance(MINUTE); // the rate limit may delay some
    told.push({ size, moment, language, alerts, sent: wire.take() });
  };
  {
    await using one = await build(size, language);
    const { house } = one;
    const began = NOW - 8 * MINUTE;
    await post(house, alerts.map((alert, index) => firing(alert, began - (index % 4) * MINUTE)));
    await listen(one, "firing");
    await house.advance(4 * HOUR);
    await post(house, alerts.map((alert, index) => firing(alert, began - (index % 4) * MINUTE)));
    await listen(one, "repeat");
    await house.advance(20 * MINUTE);
    const over = house.clock.now() - 5_000;
    await post(house, alerts.map((alert, index) => resolved(alert, began - (index % 4) * MINUTE, over)));
    await listen(one, "resolved");
  }
  if (alerts.length > 1) {
    await using other = await build(size, language);
    const { house } = other;
    const count = Math.ceil(alerts.length / 3);
    const [old, fresh] = [alerts.slice(0, count), alerts.slice(count)];
    const earlier = NOW - 8 * MINUTE;
    await post(house, old.map((alert) => firing(alert, earlier)));
    await listen(other, "mixed");
    told.pop();
    await house.advance(HOUR);
    const now = house.clock.now();
    await post(house, [
      ...old.map((alert) => resolved(alert, earlier, now - 5_000)),
      ...fresh.map((alert) => firing(alert, now - 3 * MINUTE)),
    ]);
    await listen(other, "mixed");
  }
  if (size === "3") {
    await using bare = await build(size, language, {
      vendors: ["dingtalk_robot", "wecom_robot"],
      publicUrl: "",
    });
    await post(bare.house, alerts.map((alert) => firing(alert, NOW - 8 * MINUTE)));
    await listen(bare, "bare");
  }
  if (size === "200") {
    const vendors = ["dingtalk_robot", "wecom_robot", "feishu_robot"] as const;
    using kv = await Deno.openKv(":memory:");
    {
      await using deaf = await build(size, language, { vendors, kv, delivers: false });
      for (const alert of alerts) await post(deaf.house, [firing(alert, NOW - 8 * MINUTE)]);
    }
    await using third = await build(size, language, { vendors, kv }); // all deliveries are waiting
    await listen(third, "burst");
  }
  return told;
}

/** Post an alarm as the HTTP channel of docs/ocp.md does, and collect the vendors' messages. */
export async function lifeOfOcpAlarm(language: Language): Promise<Told[]> {
  await using one = await build("1", language, { vendors: PEOPLE });
  const { house, wire } = one;
  const told: Told[] = [];
  const began = chinaTime(NOW - 8 * MINUTE);
  for (const [moment, ended] of [["firing"], ["resolved", chinaTime(NOW + 7 * MINUTE)]] as const) {
    const { variables, object } = memstoreOfOcp({ began, ...ended === undefined ? {} : { ended } });
    await accept(house, "/ocp/default/default", variables);
    for (let minute = 0; minute < 5; minute++) await house.advance(MINUTE);
    const { alarm_name, ob_cluster, ob_tenant, host_ip } = variables;
    const labels = {
      alertname: alarm_name!,
      ob_cluster: ob_cluster!,
      ob_tenant: ob_tenant!,
      host_ip: host_ip!,
    };
    told.push({ size: "ocp", moment, language, alerts: [{ labels, object }], sent: wire.take() });
    await house.advance(3 * MINUTE);
  }
  return told;
}

/** A time as OCP writes it. */
export function chinaTime(ms: number): string {
  return `${new Date(ms + 8 * HOUR).toISOString().slice(0, 19)}+08:00`;
}

/** An alert that fires. */
export function firing(alert: GoldenAlert, startsAt: number): Record<string, unknown> {
  const { object: _object, ...rest } = alert;
  return { ...rest, status: "firing", startsAt: new Date(startsAt).toISOString() };
}

function resolved(alert: GoldenAlert, startsAt: number, endsAt: number): Record<string, unknown> {
  return { ...firing(alert, startsAt), status: "resolved", endsAt: new Date(endsAt).toISOString() };
}

/** Post alerts in one webhook, and wait until they are delivered. */
export async function post(house: TestRelay, alerts: readonly Record<string, unknown>[]): Promise<void> {
  const payload = {
    ...webhook(...alerts),
    groupKey: "{}:{}",
    externalURL: "http://alertmanager-main:9093",
  };
  await accept(house, "/webhook", payload);
  await house.settle();
}

/** Post a body. @throws when it is refused. */
export async function accept(house: TestRelay, path: string, body: unknown): Promise<void> {
  const response = await house.request(path, { method: "POST", body: JSON.stringify(body) });
  const answer = await response.text();
  if (!response.ok) throw new Error(`The relay refuses a golden alert: ${response.status} ${answer}`);
}
