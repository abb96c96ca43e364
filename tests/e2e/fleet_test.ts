import { deepStrictEqual as equal, ok } from "node:assert/strict";
import type { KvFault } from "../../simulator/kv_connect.ts";
import { startSink } from "../../simulator/sink.ts";
import { type Fleet, FLEET_PASSWORD, FLEET_TOKEN, startFleet } from "../../tasks/_fleet.ts";
import { eventually } from "../kit/eventually.ts";
import { DENOKV, KV_STORE } from "../kit/kv_connect.ts";
import { webhook } from "../kit/relay.ts";

/** What happens while so many alerts are accepted: faults, and what is done to relays. */
interface Phase {
  readonly accepted: number;
  readonly faults?: readonly KvFault[];
  readonly kill?: string;
  readonly start?: string;
}

const PHASES: readonly Phase[] = [
  { accepted: 60 },
  {
    accepted: 150,
    faults: [
      { kind: "5xx_before", share: 0.1 },
      { kind: "5xx_after", on: "write", share: 0.1 },
      { kind: "late", on: "write", share: 0.03 },
      { kind: "reset_after", share: 0.03 },
    ],
  },
  {
    accepted: 60,
    faults: [
      { kind: "hang", share: 0.05, times: 4 },
      { kind: "hang_after", on: "write", share: 0.05, times: 4 },
      { kind: "broken_body", share: 0.05 },
    ],
  },
  { accepted: 60, faults: [{ kind: "partition", instance: "b" }] },
  { accepted: 60, kill: "c" },
  { accepted: 60, start: "c" },
];

/** How many incidents are under way at a time. */
const SENDERS = 12;

/** The vendor refuses one message in so many: what waits behind it must not overtake it. */
const REFUSED_EVERY = 20;

/** How long a sender waits for an answer, and for a phase: milliseconds. */
const PATIENCE = 15_000;
const PHASE_WITHIN = 45_000;

/** A lease of a relay that was killed or cut off ends by then, and what it held is sent: milliseconds. */
const TOLD_WITHIN = 90_000;

/** Incidents that fire and are resolved, each sent to one relay after the other until one accepts it. */
class Senders {
  /** By incident: `firing`, then `resolved`. */
  readonly accepted = new Map<string, string[]>();
  count = 0;
  refusals = 0;
  slowest = 0;
  readonly #fleet: Fleet;
  readonly #stop = new AbortController();
  readonly #working: Promise<unknown>;
  #incidents = 0;

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
    this.#working = Promise.all(Array.from({ length: SENDERS }, () => this.#work()));
  }

  /** Begin no more incidents, and end those that have begun. */
  async finish(): Promise<void> {
    this.#stop.abort();
    await this.#working;
  }

  async #work(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const number = this.#incidents++;
      for (const status of ["firing", "resolved"] as const) await this.#send(number, status);
    }
  }

  async #send(number: number, status: "firing" | "resolved"): Promise<void> {
    const incident = `incident-${number}`;
    for (let tries = 0;; tries++) {
      const { url } = this.#fleet.relays[(number + tries) % this.#fleet.relays.length]!;
      const began = performance.now();
      if (await post(url, incident, status)) {
        this.accepted.set(incident, [...this.accepted.get(incident) ?? [], status]);
        this.count++;
        return;
      }
      this.refusals++;
      this.slowest = Math.max(this.slowest, performance.now() - began);
      // A relay that is gone refuses at once: do not spin.
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** @returns whether it was accepted */
async function post(url: string, incident: string, status: "firing" | "resolved"): Promise<boolean> {
  try {
    const response = await fetch(`${url}/webhook`, {
      method: "POST",
      headers: { authorization: `Bearer ${FLEET_TOKEN}` },
      body: JSON.stringify(webhook({ status, labels: { alertname: "Fleet", incident } })),
      signal: AbortSignal.timeout(PATIENCE),
    });
    await response.body?.cancel();
    return response.status === 200;
  } catch {
    return false;
  }
}

/** What arrived at the sink of each incident: its statuses in their order. */
function arrived(bodies: readonly unknown[]): Map<string, string[]> {
  const incidents = new Map<string, string[]>();
  for (const { data } of bodies as Told[]) {
    for (const { labels: { incident }, status } of data.alerts) {
      incidents.set(incident, [...incidents.get(incident) ?? [], status]);
    }
  }
  return incidents;
}

/** A message as the sink has it. */
interface Told {
  readonly data: {
    readonly alerts: readonly { readonly status: string; readonly labels: { readonly incident: string } }[];
  };
}

Deno.test(`three relays on one database (${KV_STORE}) lose nothing that they accept and keep its order, whatever the database does`, async () => {
  await using sink = await startSink({
    onRequest: () => {
      if (sink.requests.length % REFUSED_EVERY === 0) sink.answer({ status: 503, times: 1 });
    },
  });
  const yaml = `
groups:
  - owner: default
    level: default
    destinations: [{ channel: webhook, config: { url: "${sink.url}" } }]
`;
  await using fleet = await startFleet({ yaml, denokv: DENOKV, seed: 15 });
  const started = performance.now();
  const senders = new Senders(fleet);
  for (const { accepted, faults = [], kill, start } of PHASES) {
    for (const fault of faults) fleet.proxy.fault(fault);
    if (kill !== undefined) await fleet.end(kill, "SIGKILL");
    if (start !== undefined) await fleet.start(start);
    const enough = senders.count + accepted;
    await eventually(
      `${enough} accepted alerts, with ${faults.map(({ kind }) => kind)}`,
      () => senders.count >= enough,
      { within: PHASE_WITHIN },
    );
    fleet.proxy.heal();
  }
  await senders.finish();
  const accepting = performance.now() - started;

  const missing = (): string[] => {
    const told = arrived(sink.bodies);
    return [...senders.accepted].flatMap(([incident, statuses]) =>
      statuses.filter((status) => !told.get(incident)?.includes(status)).map((status) =>
        `${incident} ${status}`
      )
    );
  };
  await eventually("all that was accepted to arrive", () => missing().length === 0, { within: TOLD_WITHIN })
    .catch((error) => {
      const output = fleet.relays.map(({ name, output }) => `${name}: ${output.slice(-2_000)}`).join("\n");
      throw new Error(`${error.message}; missing: ${missing().slice(0, 20)}\n${output}`);
    });
  const telling = performance.now() - started - accepting;

  const wrongOrder = [...arrived(sink.bodies)].filter(([, statuses]) => {
    const resolved = statuses.indexOf("resolved");
    return resolved >= 0 && statuses.lastIndexOf("firing") > resolved;
  });
  equal(wrongOrder, [], "firing comes before resolved");
  const unknown = [...arrived(sink.bodies).keys()].filter((incident) => !senders.accepted.has(incident));
  equal(unknown, [], "nothing is made up");

  for (const { name, url } of fleet.relays) {
    const ledger = await eventually(`the ledger of ${name}`, async () => {
      const response = await fetch(`${url}/api/ledger?from=1h&verify=1`, {
        headers: { authorization: `Basic ${btoa(`admin:${FLEET_PASSWORD}`)}` },
      });
      const ledger = await response.json();
      return response.status === 200 && ledger.total.pending === 0 && ledger;
    });
    ok(ledger.addsUp && ledger.verified.agrees, `${name}: ${JSON.stringify(ledger)}`);
    ok(ledger.accepted >= senders.count, `${name}: ${ledger.accepted} of ${senders.count}`);
  }
  const messages = [...arrived(sink.bodies).values()].flat().length;
  // deno-lint-ignore no-console -- the figures are what a person runs this for
  console.log(
    `${senders.count} alerts accepted in ${
      (accepting / 1_000).toFixed(1)
    } s, ${senders.refusals} refused (the slowest ` +
      `after ${(senders.slowest / 1_000).toFixed(1)} s), all told ${(telling / 1_000).toFixed(1)} s later; ` +
      `${messages - senders.count} told again; ${fleet.proxy.counters().faults} requests met a fault`,
  );
});
