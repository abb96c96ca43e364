/**
 * One stream of alerts for a real Alertmanager and for a relay with the same routes, and the notifications of each. A
 * second here represents a minute.
 *
 * @module
 */
import { type Greeting, startRelay } from "../kit/process.ts";
import { freePort } from "../kit/program.ts";
import { type ApiAlert, launchAlertmanager } from "./_alertmanager.ts";

/** Seconds: as in production, with seconds for minutes. */
export const WAIT = 4;
export const INTERVAL = 8;
export const REPEAT = 30;

/** The interval at which firing alerts are sent again, in seconds, as Prometheus does. */
const RESEND = 3;

/** Alerts, silences and their times, for one route. Times are seconds from the start of the stream. */
export interface Scenario {
  /** Its label `scenario`, and the receiver. */
  readonly name: string;
  readonly groupBy: readonly string[];
  readonly steps: readonly Step[];
}

/** The events at a time. An alert is named by its label `instance`. */
export interface Step {
  readonly at: number;
  /** Fires, and is sent again until it is resolved. `once`: it is not sent again, and ends at this time. */
  readonly fire?: {
    readonly instance: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly startsAt?: number;
    readonly once?: number;
  };
  readonly resolve?: string;
  /** A silence of the scenario's alerts with this instance. */
  readonly silence?: { readonly instance: string; readonly until: number };
  /** Ends the silences of this instance. */
  readonly unsilence?: string;
}

/** A message about one scenario, in a short form: `5 A+ B-`. `+` fires, `-` is resolved, `*` still fires. */
export interface Notification {
  /** Seconds from the start of the stream. */
  readonly at: number;
  readonly scenario: string;
  readonly alerts: string;
}

/** The notifications of both. */
export interface Run {
  readonly alertmanager: readonly Notification[];
  readonly fenghuo: readonly Notification[];
}

/** Runs all scenarios at once against both. */
export async function runBoth(
  scenarios: readonly Scenario[],
  { folder, until }: { folder: string; until: number },
): Promise<Run> {
  await using receiver = receive();
  await using relay = await startRelay({
    folder: `${folder}`,
    yaml: fenghuoYaml(scenarios, receiver.url),
    env: { FENGHUO_LOCALE: "en" },
  });
  await using alertmanager = await launchAlertmanager({
    folder: `${folder}/alertmanager`,
    config: alertmanagerYaml(scenarios, receiver.url),
  });
  const token = await tokenOf(relay);
  const start = Date.now();
  receiver.begin(start);
  await play(scenarios, {
    start,
    until,
    to: [
      { url: alertmanager.url, write: "", read: "" },
      { url: relay.url, write: `Bearer ${relay.intakeToken}`, read: `Bearer ${token}` },
    ],
  });
  return { alertmanager: receiver.of("alertmanager"), fenghuo: receiver.of("fenghuo") };
}

const ROUTE = `group_wait: ${WAIT}s, group_interval: ${INTERVAL}s, repeat_interval: ${REPEAT}s`;

function alertmanagerYaml(scenarios: readonly Scenario[], url: string): string {
  const routes = scenarios.map(({ name, groupBy }) =>
    `    - { receiver: ${name}, matchers: ['scenario="${name}"'], group_by: ${
      JSON.stringify(groupBy)
    }, ${ROUTE} }`
  );
  return `
route:
  receiver: nobody
  routes:
${routes.join("\n")}
receivers:
  - name: nobody
${
    scenarios.map(({ name }) =>
      `  - { name: ${name}, webhook_configs: [{ url: "${url}/alertmanager/${name}", send_resolved: true }] }`
    ).join("\n")
  }
inhibit_rules:
  - { source_matchers: ['severity="critical"'], target_matchers: ['severity="warning"'], equal: [scenario, host] }
`;
}

function fenghuoYaml(scenarios: readonly Scenario[], url: string): string {
  const groups = scenarios.map(({ name, groupBy }) => `
  - owner: same
    level: ${name}
    group_by: ${JSON.stringify(groupBy)}
    group_wait: ${WAIT}s
    group_interval: ${INTERVAL}s
    repeat_interval: ${REPEAT}s
    destinations: [{ channel: webhook, config: { url: "${url}/fenghuo/${name}" } }]`);
  return `
groups: ${groups.join("")}
rules:
${
    scenarios.map(({ name }) => `  - { match: ['scenario="${name}"'], group: same/${name} }`)
      .join("\n")
  }
inhibit:
  - { source: ['severity="critical"'], target: ['severity="warning"'], equal: [scenario, host] }
`;
}

async function tokenOf({ url, adminPassword }: Greeting): Promise<string> {
  const response = await fetch(`${url}/api/tokens`, {
    method: "POST",
    headers: { authorization: `Bearer ${adminPassword}` },
    body: JSON.stringify({ name: "differential", scope: "operate" }),
  });
  return (await response.json()).token;
}

/** An address that alerts and silences are sent to. */
interface Target {
  readonly url: string;
  /** The header `authorization` for alerts, and for silences. */
  readonly write: string;
  readonly read: string;
}

interface Firing {
  readonly labels: Readonly<Record<string, string>>;
  readonly startsAt: number;
}

/** Sends everything at its time, the same to each target. */
async function play(
  scenarios: readonly Scenario[],
  { start, until, to }: { start: number; until: number; to: readonly Target[] },
): Promise<void> {
  const iso = (seconds: number): string => new Date(start + seconds * 1_000).toISOString();
  const firing = new Map<string, Firing>();
  const silences = new Map<string, string[][]>();
  const steps = scenarios.flatMap(({ name, steps }) => steps.map((step) => ({ name, ...step })))
    .toSorted((a, b) => a.at - b.at);
  const alertOf = ({ labels, startsAt }: Firing, endsAt: number): ApiAlert => ({
    labels,
    annotations: { summary: `${labels.alertname} of ${labels.instance}` },
    startsAt: iso(startsAt),
    endsAt: iso(endsAt),
  });
  for (let second = 0; second <= until; second++) {
    await new Promise((resolve) => setTimeout(resolve, start + second * 1_000 - Date.now()));
    const alerts: ApiAlert[] = [];
    for (const { name, fire, resolve, silence, unsilence } of steps.filter(({ at }) => at === second)) {
      if (fire) {
        const { instance, labels = {}, startsAt = second, once } = fire;
        const one = {
          labels: { alertname: "Disk", scenario: name, instance, ...labels },
          startsAt,
        };
        alerts.push(alertOf(one, once ?? second + 4 * RESEND));
        if (once === undefined) firing.set(`${name} ${instance}`, one);
      }
      const key = `${name} ${resolve}`;
      const over = firing.get(key);
      if (over) {
        alerts.push(alertOf(over, second));
        firing.delete(key);
      }
      if (silence) {
        const ids = await silenceAll(to, {
          matchers: [
            { name: "scenario", value: name, isRegex: false, isEqual: true },
            { name: "instance", value: silence.instance, isRegex: false, isEqual: true },
          ],
          startsAt: iso(second),
          endsAt: iso(silence.until),
          createdBy: "test",
          comment: name,
        });
        silences.set(`${name} ${silence.instance}`, [ids]);
      }
      for (const ids of silences.get(`${name} ${unsilence}`) ?? []) {
        await Promise.all(
          to.map(({ url, read }, index) => ask(`${url}/api/v2/silence/${ids[index]}`, read, "DELETE")),
        );
      }
    }
    if (second % RESEND === 0) {
      alerts.push(...[...firing.values()].map((one) => alertOf(one, second + 4 * RESEND)));
    }
    if (alerts.length > 0) {
      await Promise.all(to.map(({ url, write }) => ask(`${url}/api/v2/alerts`, write, "POST", alerts)));
    }
  }
}

async function silenceAll(to: readonly Target[], silence: unknown): Promise<string[]> {
  return await Promise.all(
    to.map(async ({ url, read }) =>
      JSON.parse(await ask(`${url}/api/v2/silences`, read, "POST", silence)).silenceID
    ),
  );
}

async function ask(url: string, authorization: string, method: string, body?: unknown): Promise<string> {
  const response = await fetch(url, {
    method,
    headers: {
      ...authorization === "" ? {} : { authorization },
      ...body === undefined ? {} : { "content-type": "application/json" },
    },
    ...body === undefined ? {} : { body: JSON.stringify(body) },
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${url} answers ${response.status}: ${text}`);
  return text;
}

/** A receiver of the webhooks of both. */
interface Receiver extends AsyncDisposable {
  readonly url: string;
  begin(start: number): void;
  of(sender: "alertmanager" | "fenghuo"): readonly Notification[];
}

function receive(): Receiver {
  let start = 0;
  const found = { alertmanager: [] as Notification[], fenghuo: [] as Notification[] };
  const known = new Map<string, Map<string, string>>();
  const server = Deno.serve(
    { port: freePort(), hostname: "127.0.0.1", onListen: () => {} },
    async (request) => {
      const at = (Date.now() - start) / 1_000;
      const [, sender, scenario = ""] = new URL(request.url).pathname.split("/");
      const payload = await request.json();
      const alerts = sender === "alertmanager" ? changesIn(payload, known) : payload.data.alerts.map(shortly);
      const list = sender === "alertmanager" ? found.alertmanager : found.fenghuo;
      list.push({ at, scenario, alerts: alerts.toSorted().join(" ") });
      return new Response();
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    begin: (at) => void (start = at),
    of: (sender) => found[sender],
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** An alert of Alertmanager's webhook. */
interface Sent {
  readonly status: string;
  readonly labels: { readonly instance: string };
}

/** The changes in a message of Alertmanager, which names all alerts of its group each time; all of them if nothing changed. */
function changesIn(
  { receiver, groupKey, alerts }: { receiver: string; groupKey: string; alerts: readonly Sent[] },
  known: Map<string, Map<string, string>>,
): string[] {
  const key = `${receiver} ${groupKey}`;
  const before = known.get(key) ?? new Map<string, string>();
  const now = new Map(alerts.map(({ status, labels }) => [labels.instance, status]));
  known.set(key, new Map([...now].filter(([, status]) => status === "firing")));
  const changed = [...now].filter(([instance, status]) => before.get(instance) !== status);
  if (changed.length === 0) return [...now.keys()].map((instance) => `${instance}*`);
  return changed.map(([instance, status]) => `${instance}${status === "firing" ? "+" : "-"}`);
}

/** An alert of the relay's webhook. */
function shortly({ status, reason, labels }: Sent & { readonly reason: string }): string {
  return labels.instance + (status === "resolved" ? "-" : reason === "repeat" ? "*" : "+");
}
