/**
 * Send an alert through every door to the inbox, and prove that the platform runs the relay's cron. The test creates
 * a group of its own, and removes it afterwards.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import { ulid } from "../../relay/base/ulid.ts";
import type { Options } from "../_task.ts";
import { refusalOf, type RelayClient } from "../_relay.ts";
import type { OptionValues, SendDialect } from "../send/_dialect.ts";
import type { Finding } from "./finding.ts";

/** Senders of alarm_v2 name the group by its parts; OCP and PrometheusAlert by the label `team`. */
const OWNER = "smoke";
const GROUP = `${OWNER}/default`;

const POLL = 2_000;

/** The doors, by their dialect of `deno task send`, with the options that name the group. */
const DOORS: Readonly<Record<string, (run: string) => OptionValues>> = {
  alertmanager: (run) => ({ group: GROUP, label: [`smoke=${run}`, "severity=critical"] }),
  grafana: (run) => ({ group: GROUP, label: [`smoke=${run}`] }),
  dingtalk_webhook: (run) => ({ target: OWNER, label: [`smoke=${run}-webhook`] }),
  prometheusalert: (run) => ({ label: [`smoke=${run}-prometheusalert`, `team=${OWNER}`] }),
  dingtalk_robot: (run) => ({ robot: run, text: `HelloFenghuo ${run}` }),
  alarm_v2: (run) => ({ id: OWNER, level: "default", set: [`alert_function=${run}`] }),
  alarm: (run) => ({ id: OWNER, level: "default", set: [`alert_function=${run}-alarm`] }),
  ocp: (run) => ({ target: `smoke=${run}`, label: [`team=${OWNER}`] }),
};

/** The options of the check of the doors. */
export interface DoorOptions {
  readonly intakeToken: string;
  /** The reminder interval of the critical alert, such as `1m`: the cron must run after that. */
  readonly remind: string;
  /** The longest wait for the inbox and for the cron, in milliseconds. */
  readonly patience: number;
}

/** The temporary group of a smoke test. */
export class SmokeGroup implements AsyncDisposable {
  readonly #relay: RelayClient;
  readonly #options: DoorOptions;
  /** Distinguishes the alerts of this run from those of an earlier one. */
  readonly #run = `smoke${ulid(Date.now()).slice(-12).toLowerCase()}`;

  private constructor(relay: RelayClient, options: DoorOptions) {
    this.#relay = relay;
    this.#options = options;
  }

  /** Create the group. @throws Error when the relay refuses it */
  static async make(relay: RelayClient, options: DoorOptions): Promise<SmokeGroup> {
    const group = new SmokeGroup(relay, options);
    await group[Symbol.asyncDispose](); // an interrupted run leaves it behind
    const answer = await relay.ask("PUT", `api/config/groups/${GROUP}`, {
      robot_token: group.#run,
      window: "5m",
      remind: options.remind,
      destinations: [{ channel: "inbox" }],
    });
    if (answer.status >= 300) throw new Error(`the group ${GROUP} cannot be made: ${refusalOf(answer)}`);
    return group;
  }

  /** Send an alert whose duplicates follow. */
  async accept(): Promise<void> {
    const refused = await this.#send("alertmanager", {
      ...DOORS.alertmanager!(this.#run),
      label: [`smoke=${this.#run}-speed`],
    });
    if (refused !== undefined) throw new Error(refused);
  }

  /** Send an alert through every door, and wait for them in the inbox. */
  async checkDoors(): Promise<Finding[]> {
    const refused = new Map<string, string>();
    for (const [door, valuesOf] of Object.entries(DOORS)) {
      const why = await this.#send(door, valuesOf(this.#run));
      if (why !== undefined) refused.set(door, why);
    }
    const taken = Object.keys(DOORS).length - refused.size;
    const arrived = await this.#until(async () => {
      const delivered = await this.#delivered("first");
      return { done: delivered.length > taken, value: delivered.length - 1 }; // one is of `accept`
    });
    const name = "doors";
    return [
      {
        name,
        verdict: taken === 0 || arrived < taken ? "bad" : "good",
        says: `${taken} of ${Object.keys(DOORS).length} took an alert; ${arrived} are in the inbox`,
      },
      ...Array.from(refused, ([door, why]): Finding => ({ name: door, verdict: "poor", says: why })),
    ];
  }

  /** Wait for the reminder of the critical alert: only the cron sends it. */
  async checkCron(): Promise<Finding> {
    const at = await this.#until(async () => {
      const [reminder] = await this.#delivered("reminder");
      return { done: reminder !== undefined, value: reminder?.at };
    });
    return at === undefined
      ? {
        name: "cron",
        verdict: "bad",
        says: `it did not run within ${
          this.#options.patience / 1_000
        } s: look for the cron "tidy" of the app`,
      }
      : { name: "cron", verdict: "good", says: `it ran at ${new Date(at).toISOString()}` };
  }

  /** The inbox's messages about this run's alerts, for one reason. */
  async #delivered(reason: string): Promise<{ at: number }[]> {
    const about = { group: GROUP, limit: "100" };
    const alerts = await this.#list<{ fingerprint: string }>("alerts", about);
    const own = alerts.filter((alert) => JSON.stringify(alert).includes(this.#run));
    const fingerprints = new Set(own.map(({ fingerprint }) => fingerprint));
    const deliveries = await this.#list<{ at: number; fingerprint: string }>("deliveries", {
      ...about,
      reason,
      state: "delivered",
    });
    return deliveries.filter(({ fingerprint }) => fingerprints.has(fingerprint));
  }

  async #list<T>(what: string, query: Readonly<Record<string, string>>): Promise<readonly T[]> {
    const answer = await this.#relay.ask("GET", `api/${what}?${new URLSearchParams(query)}`);
    if (answer.status !== 200) throw new Error(`${what} cannot be read: ${refusalOf(answer)}`);
    return answer.json[what];
  }

  /** @returns the reason why the door refused the alert; `undefined` if it accepted it */
  async #send(door: string, values: OptionValues): Promise<string | undefined> {
    const dialect: SendDialect = (await import(`../send/${door}.ts`)).default;
    try {
      const example = await dialect.example({ ...defaultsOf(dialect.options), ...values }, {
        token: this.#options.intakeToken,
        now: Date.now(),
      });
      const response = await fetch(`${this.#relay.address}/${example.path}`, {
        method: "POST",
        headers: example.headers,
        body: example.body,
        redirect: "manual",
        signal: AbortSignal.timeout(30_000),
      });
      const text = await response.text();
      const json = parse(text);
      if (response.ok && dialect.accepted(json, text) !== undefined) return undefined;
      return dialect.refused?.(json) ?? `${response.status}: ${text.slice(0, 300)}`;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  async #until<T>(look: () => Promise<{ done: boolean; value: T }>): Promise<T> {
    const end = Date.now() + this.#options.patience;
    for (;;) {
      const { done, value } = await look();
      if (done || Date.now() >= end) return value;
      await delay(POLL);
    }
  }

  /** Remove the group. Its incidents end automatically after five minutes, as those of all tests. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { status, json } = await this.#relay.ask("GET", `api/config/groups/${GROUP}`);
    if (status !== 200) return;
    await this.#relay.ask("DELETE", `api/config/groups/${GROUP}?version=${json.version}`);
  }
}

/** The defaults of the options. */
function defaultsOf(options: Options): OptionValues {
  return Object.fromEntries(
    Object.entries(options).flatMap(([name, { default: value }]) =>
      value === undefined ? [] : [[name, value as string]]
    ),
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
