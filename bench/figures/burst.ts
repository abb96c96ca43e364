import { startDingTalk } from "../../simulator/dingtalk.ts";
import type { Figure, Outcome, Stage } from "../figure.ts";
import { PASSWORD, type Running, TOKEN } from "../programs.ts";

const ALERTS = 100;
const MESSAGES = 20;
const WITHIN = 60_000;

/** The alerts' deliveries in the records: name → state. */
type States = ReadonlyMap<string, string>;

/** 100 alerts at once to a robot that takes 20 messages a minute and blocks faster senders. */
export const burst: Figure = {
  name: "burst",
  title: "the burst: 100 alerts, one robot, 20/min",
  floor: "–",
  unit: "",
  async measure({ programs }: Stage): Promise<Outcome> {
    await using dingtalk = await startDingTalk({ robots: [{ token: "bench" }] });
    const relay = await programs.relay(`
groups:
  - owner: default
    level: default
    destinations:
      - { channel: dingtalk_robot, config: { token: bench, base: "${dingtalk.url}" } }
`);
    const began = Date.now();
    const names = Array.from({ length: ALERTS }, (_, number) => `Burst${String(number).padStart(3, "0")}`);
    await Promise.all(names.map((name) => post(relay, name)));
    let states = await statesIn(relay);
    while (countOf(states, "delivered") < ALERTS && Date.now() < began + WITHIN) {
      await new Promise((resolve) => setTimeout(resolve, 250));
      states = await statesIn(relay);
    }
    const seconds = (Date.now() - began) / 1_000;

    const { messages } = dingtalk.robot("bench");
    const told = new Set(
      messages.flatMap(({ title, text }) => `${title}\n${text}`.match(/Burst\d{3}/g) ?? []),
    );
    const delivered = countOf(states, "delivered");
    const lost = names.filter((name) => !states.has(name) || states.get(name) === "dead").length;
    const falsely = names.filter((name) => states.get(name) === "delivered" && !told.has(name)).length;
    const refused = dingtalk.requests.filter(({ came }) => typeof came === "string" || came.errcode !== 0);
    const promises: [string, boolean][] = [
      [`${delivered} delivered`, delivered === ALERTS],
      [`${lost} lost`, lost === 0],
      [`${falsely} falsely reported`, falsely === 0],
      [`${messages.length} messages`, messages.length <= MESSAGES],
      [`${refused.length} refused`, refused.length === 0],
      [`${seconds.toFixed(1)} s`, seconds <= WITHIN / 1_000],
    ];
    return {
      kind: "promises",
      broken: promises.filter(([, kept]) => !kept).map(([words]) => words),
      note: promises.map(([words]) => words).join(", "),
    };
  },
};

/** An Alertmanager's webhook with one bare alert. */
function webhook(alertname: string): Record<string, unknown> {
  return {
    version: "4",
    groupKey: `{}:{alertname="${alertname}"}`,
    status: "firing",
    receiver: "fenghuo",
    groupLabels: {},
    commonLabels: {},
    commonAnnotations: {},
    externalURL: "http://alertmanager:9093",
    alerts: [{
      status: "firing",
      labels: { alertname },
      annotations: {},
      startsAt: "2026-01-31T08:00:00Z",
      endsAt: "0001-01-01T00:00:00Z",
      generatorURL: "http://prometheus:9090/graph?g0.expr=up",
      fingerprint: "0123456789abcdef",
    }],
  };
}

async function post({ url }: Running, alertname: string): Promise<void> {
  const response = await fetch(`${url}/webhook`, {
    method: "POST",
    headers: { authorization: `Bearer ${TOKEN}` },
    body: JSON.stringify(webhook(alertname)),
  });
  if (response.status !== 200) throw new Error(`Cannot measure: ${response.status} ${await response.text()}`);
  await response.body?.cancel();
}

async function statesIn(relay: Running): Promise<States> {
  const { alerts } = await ask<{ alerts: { id: string; alert: { title: string } }[] }>(
    relay,
    `/api/alerts?limit=${2 * ALERTS}`,
  );
  const states = new Map<string, string>();
  for (const { id, alert } of alerts) {
    const { deliveries } = await ask<{ deliveries: { state: string }[] }>(relay, `/api/alerts/${id}`);
    states.set(alert.title, deliveries[0]?.state ?? "pending"); // what was never tried has no record
  }
  return states;
}

async function ask<T>({ url }: Running, path: string): Promise<T> {
  const response = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${PASSWORD}` } });
  return await response.json();
}

function countOf(states: States, state: string): number {
  return [...states.values()].filter((found) => found === state).length;
}
