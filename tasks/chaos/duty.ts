/**
 * Incidents that a person must acknowledge: each fires once and is not resolved. Some are acknowledged after a while,
 * and the others escalate, first to the lead and then to the boss, while relays stop and start.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import { startSink } from "../../simulator/sink.ts";
import { FLEET_PASSWORD, FLEET_TOKEN } from "../_fleet.ts";
import { type Account, fingerprintOf } from "./account.ts";
import type { Broken } from "./audit.ts";
import { type DutyIncident, dutyPromises, type DutyStep, isOpen, STEPS } from "./duty_audit.ts";
import type { Dice } from "./plan.ts";
import { escalationsTo } from "./records.ts";
import { type Door, PATIENCE, pause, payloadOf } from "./senders.ts";

/** Milliseconds between two incidents. */
const EVERY = [1_500, 4_000] as const;

/** The share of acknowledged incidents, and the time from the group's notification to the acknowledgement. */
const ACKNOWLEDGED = 0.5;
const ACKNOWLEDGED_AFTER = [0, 35_000] as const;

/** Milliseconds between two attempts. */
const AGAIN = 500;

/** The time limit of the last steps: the second step's own, a check each minute, and the transit. */
const SETTLED_WITHIN = 120_000;
const ASK_EVERY = 3_000;

/** The options of {@linkcode startDuty}. */
export interface DutyOptions {
  readonly account: Account;
  readonly dice: Dice;
}

/** The receivers, and the incidents. */
export interface Duty extends AsyncDisposable {
  /** The groups and the rule of `fenghuo.yaml`. */
  readonly yaml: { readonly groups: string; readonly rules: string };
  readonly incidents: readonly DutyIncident[];
  /** Fire and acknowledge incidents at any of these relays. */
  begin(doors: readonly Door[]): void;
  /** Fire no more. Resolves when all fired incidents are accepted, and all planned acknowledgements are made. */
  finish(): Promise<void>;
  /** Give up incidents that are not accepted or acknowledged yet. */
  abandon(): void;
  /** Wait until every required step was taken. @returns the broken promises @throws Error */
  audit(door: Door, signal: AbortSignal): Promise<Broken[]>;
}

/** Start the receivers of the group on duty and of the steps. */
export async function startDuty({ account, dice }: DutyOptions): Promise<Duty> {
  await using started = new AsyncDisposableStack();
  const incidents: DutyIncident[] = [];
  const open = new Map<string, DutyIncident>();
  const stop = new AbortController();
  const work: Promise<unknown>[] = [];
  let doors: readonly Door[] = [];
  let abandoned = false;
  const duty = started.use(
    await startSink({
      onRequest: ({ text, refused }) => {
        if (refused !== undefined) return;
        for (const { id, fingerprint } of alertsIn(text)) {
          const incident = open.get(fingerprint);
          if (!incident || !open.delete(fingerprint) || !dice.chance(ACKNOWLEDGED)) continue;
          work.push(acknowledge(incident, id));
        }
      },
    }),
  );
  const received: Record<DutyStep, string[]> = { lead: [], boss: [] };
  const receiverOf = async (step: DutyStep): Promise<string> => {
    const sink = started.use(
      await startSink({
        onRequest: ({ text, refused }) => {
          if (refused === undefined) {
            received[step].push(...alertsIn(text).map(({ fingerprint }) => fingerprint));
          }
        },
      }),
    );
    return sink.url;
  };
  const [lead, boss] = [await receiverOf("lead"), await receiverOf("boss")];

  async function fire(): Promise<void> {
    while (!stop.signal.aborted) {
      const name = `duty-${incidents.length + 1}`;
      const alert = {
        incident: name,
        severity: "warning",
        occurrence: 1,
        status: "firing",
        startsAt: Date.now(),
      } as const;
      const incident: DutyIncident = {
        name,
        fingerprint: fingerprintOf(name, "warning"),
        firedAt: Date.now(),
      };
      incidents.push(incident);
      open.set(incident.fingerprint, incident);
      while (!abandoned) {
        account.sentAlerts++;
        if (await post(payloadOf([alert]), dice.pick(doors))) break;
        await pause(AGAIN);
      }
      if (abandoned) return;
      account.acceptedAlerts++;
      await delay(dice.between(EVERY), undefined, { signal: stop.signal }).catch(() => {});
    }
  }

  async function acknowledge(incident: DutyIncident, id: string): Promise<void> {
    await delay(dice.between(ACKNOWLEDGED_AFTER), undefined, { signal: stop.signal }).catch(() => {});
    while (!abandoned) {
      incident.askedAt ??= Date.now();
      if (await act(`api/incidents/${id}/ack`, dice.pick(doors))) {
        incident.acknowledgedAt = Date.now();
        return;
      }
      await pause(AGAIN);
    }
  }

  const owned = started.move();
  return {
    yaml: yamlFor({ duty: duty.url, lead, boss }),
    incidents,
    begin: (given) => {
      doors = given;
      work.push(fire());
    },
    finish: async () => {
      stop.abort();
      for (let done = 0; done < work.length; done = work.length) await Promise.all(work);
    },
    abandon: () => {
      abandoned = true;
      stop.abort();
    },
    audit: async (door, signal) => {
      const end = Date.now() + SETTLED_WITHIN;
      for (;;) {
        const escalations = {
          lead: await escalationsTo("lead/1/lead", door),
          boss: await escalationsTo("boss/1/boss", door),
        };
        const broken = dutyPromises(incidents, { escalations, received });
        // A missing delivery may still arrive; a surplus one stays.
        if (!broken.some(isOpen) || Date.now() > end) return broken;
        await delay(ASK_EVERY, undefined, { signal });
      }
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function alertsIn(text: string): { readonly id: string; readonly fingerprint: string }[] {
  return JSON.parse(text).data.alerts;
}

function yamlFor({ duty, lead, boss }: { duty: string; lead: string; boss: string }): Duty["yaml"] {
  const group = (owner: string, url: string): string => `
  - owner: ${owner}
    level: "1"
    flap: { count: 0 }
    destinations: [{ name: ${owner}, channel: webhook, config: { url: "${url}" } }]`;
  const steps = [
    `{ after: ${STEPS.lead / 1_000}s, to: lead/1 }`,
    `{ after: ${STEPS.boss / 1_000}s, to: boss/1 }`,
  ];
  return {
    groups: `${group("duty", duty)}
    escalate: [${steps.join(", ")}]${group("lead", lead)}${group("boss", boss)}`,
    rules: `
  - { match: ['incident=~"duty-.*"'], group: duty/1 }`,
  };
}

/** @returns whether it was answered 200 */
async function post(payload: unknown, { url }: Door): Promise<boolean> {
  return await ask(`${url}/webhook`, `Bearer ${FLEET_TOKEN}`, payload) === 200;
}

/** @returns whether it is acknowledged: 409 means that an earlier attempt did it, and its answer was lost */
async function act(path: string, { url }: Door): Promise<boolean> {
  const status = await ask(`${url}/${path}`, `Basic ${btoa(`admin:${FLEET_PASSWORD}`)}`, { by: "chaos" });
  return status === 200 || status === 409;
}

async function ask(url: string, authorization: string, body: unknown): Promise<number> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { authorization, "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE),
    });
    await response.body?.cancel();
    return response.status;
  } catch {
    return 0; // the relay is gone, or says nothing
  }
}
