/**
 * The demo's senders, and the users of its console. They use the same addresses as real ones.
 *
 * @module
 */
import { formatTime } from "../../relay/base/time.ts";
import { signAlarmV2 } from "../../relay/domain/signature.ts";
import { DEPARTMENT } from "./company.ts";

/** An alert of Prometheus. */
export interface PrometheusAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly summary: string;
}

/** The relay's address, credentials and time zone. */
export interface SenderOptions {
  /** Without a slash at the end. */
  readonly url: string;
  readonly intakeToken: string;
  readonly adminPassword: string;
  readonly timezone: string;
  readonly now: () => number;
}

/** The actions of senders and users. Each resolves when the relay has answered, and throws when it refuses. */
export interface Senders {
  /** A webhook of an Alertmanager: these alerts fire. A repeat reports that they still fire. */
  fire(...alerts: readonly PrometheusAlert[]): Promise<void>;
  /** A webhook of an Alertmanager: these alerts are resolved. */
  resolve(...alerts: readonly PrometheusAlert[]): Promise<void>;
  /** A signed call of alarm_v2. */
  alarm(parameters: Readonly<Record<string, string>>): Promise<void>;
  /** An alarm of OceanBase OCP. */
  ocp(alarm: Readonly<Record<string, unknown>>): Promise<void>;
  /** Acknowledge the open incidents with these words in their title or labels. */
  acknowledge(text: string, note: { readonly by: string; readonly memo: string }): Promise<void>;
  /** Silence the matching alerts. */
  silence(silence: Readonly<Record<string, unknown>>): Promise<void>;
}

/** The senders of a relay. */
export function createSenders({ url, intakeToken, adminPassword, timezone, now }: SenderOptions): Senders {
  const startedAt = new Map<string, number>();

  const ask = async (
    method: string,
    path: string,
    { body, authorization = `Bearer ${intakeToken}` }: { body?: unknown; authorization?: string },
    // deno-lint-ignore no-explicit-any -- each answer has its own shape
  ): Promise<any> => {
    const response = await fetch(url + path, {
      method,
      headers: { authorization, "content-type": "application/json" },
      ...body === undefined ? {} : { body: JSON.stringify(body) },
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} was refused: ${response.status} ${text}`);
    return JSON.parse(text);
  };
  const asAdmin = { authorization: `Bearer ${adminPassword}` };

  /** An Alertmanager sends the same start until an alert is resolved, and a later one when it fires again. */
  const alertmanager = async (
    alerts: readonly PrometheusAlert[],
    status: "firing" | "resolved",
  ): Promise<void> => {
    const endsAt = status === "resolved" ? { endsAt: new Date(now()).toISOString() } : {};
    const told = alerts.map(({ labels, summary }) => {
      const key = JSON.stringify(labels);
      const start = startedAt.get(key) ?? now();
      if (status === "firing") startedAt.set(key, start);
      else startedAt.delete(key);
      return { status, labels, annotations: { summary }, startsAt: new Date(start).toISOString(), ...endsAt };
    });
    await ask("POST", "/webhook", { body: { version: "4", alerts: told } });
  };

  return {
    fire: (...alerts) => alertmanager(alerts, "firing"),
    resolve: (...alerts) => alertmanager(alerts, "resolved"),
    async alarm(parameters): Promise<void> {
      const { dep, secret } = DEPARTMENT;
      const call = { dep, env: "prod", alert_time: formatTime(now(), { timezone }), ...parameters };
      await ask("POST", "/alarm_v2", { body: { ...call, sign: signAlarmV2(call, secret) } });
    },
    async ocp(alarm): Promise<void> {
      const authorization = `Basic ${btoa(`ocp:${intakeToken}`)}`;
      await ask("POST", "/api/v2/alarm/alarms", { body: alarm, authorization });
    },
    async acknowledge(text, note): Promise<void> {
      const { incidents } = await ask("GET", `/api/incidents?${new URLSearchParams({ text })}`, asAdmin);
      const ids = (incidents as { id: string }[]).map(({ id }) => id);
      await ask("POST", "/api/incidents/ack", { body: { ids, ...note }, ...asAdmin });
    },
    async silence(silence): Promise<void> {
      await ask("POST", "/api/silences", { body: silence, ...asAdmin });
    },
  };
}
