import { deepStrictEqual as equal, ok } from "node:assert/strict";
import channel from "../../channels/webhook.ts";
import { startSink } from "../../simulator/sink.ts";
import { eventually } from "../kit/eventually.ts";
import { type Greeting, type RelayProcess, startRelay, temporaryFolder } from "../kit/process.ts";
import { type TestAlert, webhook } from "../kit/relay.ts";

const SECRET = "whsec_a2lsbC10ZXN0LWtpbGwtdGVzdC1raWxsLXRlc3Q=";

/** One run: the group's settings for notifications, and the number of rounds of all kills. */
interface Run {
  readonly settings: string;
  readonly isGrouped: boolean;
  readonly rounds: number;
}

const RUNS: readonly Run[] = [
  { settings: "", isGrouped: false, rounds: 4 },
  { settings: "group_by: []\n    group_wait: 1s\n    group_interval: 1s", isGrouped: true, rounds: 1 },
];

/** The number of answers to senders, or of messages that arrived, after which the relay is killed. */
const KILLS: readonly { readonly after: number; readonly of: "answers" | "arrivals" }[] = [
  { after: 1, of: "answers" },
  { after: 1, of: "arrivals" },
  { after: 20, of: "answers" },
  { after: 20, of: "arrivals" },
  { after: 2, of: "answers" },
  { after: 150, of: "answers" },
  { after: 150, of: "arrivals" },
  { after: 3, of: "arrivals" },
  { after: 400, of: "answers" },
  { after: 400, of: "arrivals" },
  { after: 7, of: "answers" },
  { after: 50, of: "arrivals" },
];

const SENDERS = 8;

/** The name of the last alert. */
const LAST = "LastOfAll";

/** The most alerts of a payload. */
const ALERTS = 5;

/** A message as the sink has it. */
interface Told {
  readonly data: {
    readonly delivery: string;
    readonly alerts: readonly { readonly id: string; readonly labels: { readonly number: string } }[];
  };
}

/** The load: all alerts are distinct, and unanswered ones are sent again, as Alertmanager does. */
class Senders {
  readonly accepted = new Set<string>();
  readonly #unanswered: TestAlert[][] = [];
  #number = 0;
  onAnswer: () => void = () => {};

  /** Send until the relay is gone. */
  async pour(relay: Greeting): Promise<void> {
    await Promise.all(Array.from({ length: SENDERS }, async () => {
      while (await this.#send(relay, this.#unanswered.shift() ?? this.#fresh()));
    }));
  }

  /** Send the unanswered alerts, and nothing else. */
  async finish(relay: Greeting): Promise<void> {
    for (let payload = this.#unanswered.shift(); payload; payload = this.#unanswered.shift()) {
      ok(await this.#send(relay, payload), "the relay lives");
    }
  }

  /** One more, to be known by its name. */
  async last(relay: Greeting): Promise<void> {
    ok(await this.#send(relay, [{ labels: { alertname: LAST, number: String(this.#number++) } }]));
  }

  #fresh(): TestAlert[] {
    return Array.from({ length: 1 + this.#number % ALERTS }, () => ({
      labels: { number: String(this.#number++) },
    }));
  }

  /** @returns whether it was answered. */
  async #send({ url, intakeToken }: Greeting, payload: TestAlert[]): Promise<boolean> {
    let response: Response;
    try {
      response = await fetch(`${url}/webhook`, {
        method: "POST",
        headers: { authorization: `Bearer ${intakeToken}` },
        body: JSON.stringify(webhook(...payload)),
      });
    } catch {
      this.#unanswered.push(payload);
      return false;
    }
    // The answer counts from here: its body may be lost with the process.
    await response.text().catch(() => {});
    equal(response.status, 200);
    for (const { labels } of payload) this.accepted.add(labels!.number!);
    this.onAnswer();
    return true;
  }
}

for (const { settings, isGrouped, rounds } of RUNS) {
  const does = isGrouped ? "waits for its message group and is delivered" : "is delivered";
  Deno.test(`what was answered 200 ${does}, however often the relay is killed`, () =>
    killOften({ settings, isGrouped, rounds }));
}

async function killOften({ settings, isGrouped, rounds }: Run): Promise<void> {
  await using folder = await temporaryFolder();
  let onArrival: () => void = () => {};
  await using sink = await startSink({ secret: SECRET, onRequest: () => onArrival() });
  const yaml = `
groups:
  - owner: default
    level: default
    ${settings}
    destinations:
      - { channel: webhook, config: { url: "${sink.url}", secret: "${SECRET}" } }
      - { channel: inbox, config: {} }
`;
  const senders = new Senders();
  const started = performance.now();
  // A message of a message group takes a second, and has hundreds of alerts.
  const few = KILLS.map(({ after, of }) => ({ after: of === "arrivals" ? Math.min(after, 5) : after, of }));
  const kills = Array.from({ length: rounds }, () => isGrouped ? few : KILLS).flat();
  for (const { after, of } of kills) {
    await using relay = await startRelay({ folder: folder.path, yaml });
    const { addsUp, wrong, verified } = await ledgerOf(relay, "from=1h&verify=1");
    ok(addsUp && verified?.agrees, `the ledger adds up after every kill, also for ${wrong}`);
    let left = after;
    const count = (): void => {
      if (--left === 0) kill(relay);
    };
    senders.onAnswer = of === "answers" ? count : () => {};
    onArrival = of === "arrivals" ? count : () => {};
    await senders.pour(relay);
    equal((await relay.ended()).signal, "SIGKILL", relay.output);
  }
  senders.onAnswer = () => {};
  onArrival = () => {};

  await using relay = await startRelay({ folder: folder.path });
  await senders.finish(relay);
  await senders.last(relay);
  const told = (): readonly Told[] => sink.bodies as Told[];
  const missing = (): string[] => {
    const numbers = new Set(told().flatMap(({ data }) => data.alerts.map(({ labels }) => labels.number)));
    return [...senders.accepted].filter((number) => !numbers.has(number));
  };
  await eventually("everything to be told", () => missing().length === 0, { within: 60_000, every: 100 })
    .catch((error) => {
      throw new Error(`${error.message}; missing: ${missing().slice(0, 20)}`);
    });
  await eventually("nothing to wait", async () => (await ledgerOf(relay, "from=1h")).total.pending === 0, {
    within: 60_000,
    every: 100,
  });
  const ledger = await ledgerOf(relay, "from=1h&verify=1");
  ok(ledger.addsUp && ledger.verified?.agrees, JSON.stringify(ledger));
  equal((await relay.stop()).code, 0, relay.output);
  const seconds = (performance.now() - started) / 1_000;

  equal(sink.requests.filter(({ refused }) => refused !== undefined), [], "every message is signed");
  const ids = new Map<string, Set<string>>();
  for (const { id, labels: { number } } of told().flatMap(({ data }) => data.alerts)) {
    ids.set(number, (ids.get(number) ?? new Set()).add(id));
  }
  equal([...ids].filter(([, alerts]) => alerts.size > 1), [], "what a sender repeats is not told again");
  equal([...ids.keys()].filter((number) => !senders.accepted.has(number)), [], "nothing is made up");

  // Only messages in progress at a kill may come again: sent, without their answer on disk.
  const repeated = told().length - new Set(told().map(({ data }) => data.delivery)).size;
  const { parallel = 1 } = channel.limits as { parallel?: number };
  ok(repeated <= kills.length * parallel, `${repeated} messages repeated, ${parallel} under way at a time`);

  const stored = await readDatabase(`${folder.path}/data/fenghuo.db`);
  equal(stored.queued, 0, "nothing waits");
  // A message group that is sent again after a kill may have got more alerts.
  if (isGrouped) ok(stored.inInbox >= senders.accepted.size, "the inbox has each alert");
  else equal(stored.inInbox, senders.accepted.size, "the inbox has each alert once");
  // deno-lint-ignore no-console -- the figures are what a person runs this for
  console.log(
    `killed ${kills.length} times in ${seconds.toFixed(1)} s: ${senders.accepted.size} alerts accepted, ` +
      `${ids.size} delivered in ${told().length} messages, of which ${repeated} repeated, 0 missing`,
  );
}

/** The relay's ledger of all alerts. */
async function ledgerOf(
  { url, adminPassword }: Greeting,
  query: string,
): Promise<{ addsUp: boolean; wrong: string[]; total: { pending: number }; verified?: { agrees: boolean } }> {
  const response = await fetch(`${url}/api/ledger?${query}`, {
    headers: { authorization: `Basic ${btoa(`admin:${adminPassword}`)}` },
  });
  equal(response.status, 200);
  return await response.json();
}

/** At once: the process does not finish its current work. */
function kill(relay: RelayProcess): void {
  Deno.kill(relay.pid, "SIGKILL");
}

/** The state of the stopped relay in its database. */
async function readDatabase(path: string): Promise<{ queued: number; inInbox: number }> {
  using kv = await Deno.openKv(path);
  let queued = 0;
  for await (const _ of kv.list({ prefix: ["queue"] })) queued++;
  let inInbox = 0;
  for await (const { value } of kv.list<Uint8Array>({ prefix: ["cache", "inbox"] }, { batchSize: 200 })) {
    inInbox += JSON.parse(new TextDecoder().decode(value)).value.alerts;
  }
  return { queued, inInbox };
}
