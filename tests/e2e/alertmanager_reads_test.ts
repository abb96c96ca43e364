/**
 * The same requests that read alerts, and read and change silences, to a real Alertmanager and to a relay with the same routes:
 * their answers are the same, or the request says what differs and why.
 *
 * @module
 */
import { deepStrictEqual as equal } from "node:assert/strict";
import { startRelay, temporaryFolder } from "../kit/process.ts";
import { isInstalled } from "../kit/program.ts";
import { launchAlertmanager, PROGRAM } from "./_alertmanager.ts";

const ignore = !(await isInstalled(PROGRAM));

const ALERTMANAGER = `
route:
  receiver: default/default
  group_by: [alertname]
  routes: [{ receiver: db/oncall, matchers: ["team=db"] }]
receivers: [{ name: default/default }, { name: db/oncall }]
inhibit_rules: [{ source_matchers: ["alertname=Down"], target_matchers: ["alertname=Slow"] }]
`;

const FENGHUO = `
groups:
  - { owner: default, level: default, group_by: [alertname], destinations: [{ channel: inbox }] }
  - { owner: db, level: oncall, group_by: [alertname], destinations: [{ channel: inbox }] }
rules: [{ match: ["team=db"], group: db/oncall }]
inhibit: [{ source: [alertname=Down], target: [alertname=Slow] }]
`;

/** A request; `ID` in it is the id of the silence that was made last. */
interface Request {
  readonly ask: string;
  readonly body?: unknown;
  readonly type?: string;
  /** Why the answers of Alertmanager 0.25 and of the relay differ, and their statuses. */
  readonly differs?: { readonly alertmanager: number; readonly fenghuo: number; readonly why: string };
}

const HOUR = 3_600_000;
const NOW = Date.now();
const iso = (offset: number): string => new Date(NOW + offset).toISOString();
const UNKNOWN = "5f0b8d7e-0000-4000-8000-000000000000";

const disk = { name: "alertname", value: "Disk", isRegex: false, isEqual: true };
const silence = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
  matchers: [disk],
  startsAt: iso(HOUR),
  endsAt: iso(3 * HOUR),
  createdBy: "li.lei",
  comment: "换盘",
  ...more,
});
const alert = (labels: Record<string, string>, more: Record<string, unknown> = {}): unknown => ({
  labels,
  annotations: { summary: labels.alertname },
  startsAt: iso(-HOUR),
  endsAt: iso(HOUR),
  generatorURL: "http://prometheus.example.com/graph",
  ...more,
});

const FILTERS = [
  "",
  "filter=team%3Ddb",
  'filter=team%3D"db"&filter=alertname!%3D"Load"',
  'filter=alertname%3D~"D.*"',
  'filter=team%3D""',
  'filter=alertname!~"D.*|L.*"',
  "receiver=db%2F.*",
  "receiver=oncall",
  "active=false",
  "silenced=false",
  "inhibited=false",
  "silenced=false&active=false",
  "active=maybe",
  "active=",
  "filter=foo",
  'filter=a%3D~"("',
  "receiver=(",
];

/** In this order. */
const REQUESTS: readonly Request[] = [
  {
    ask: "POST alerts",
    body: [
      alert({ alertname: "Disk", team: "db" }),
      alert({ alertname: "Load", team: "db" }),
      alert({ alertname: "Down" }),
      alert({ alertname: "Slow" }),
    ],
  },
  { ask: "POST silences", body: silence({ startsAt: iso(-HOUR) }) },
  ...FILTERS.flatMap((query) => [
    { ask: `GET alerts?${query}` },
    { ask: `GET alerts/groups?${query}` },
  ]),
  { ask: "GET receivers" },
  { ask: "GET silence/ID" },
  { ask: "DELETE silence/ID" },
  { ask: "GET silence/ID" },
  { ask: "DELETE silence/ID" },
  { ask: "POST silences", body: silence() },
  { ask: "GET silence/ID" },
  { ask: "POST silences", body: silence({ id: "ID", endsAt: iso(4 * HOUR), comment: "longer" }) },
  {
    ask: "GET silences?expired=false",
    differs: {
      alertmanager: 200,
      fenghuo: 200,
      why: "Alertmanager 0.25 has no such switch; newer ones have",
    },
  },
  { ask: "POST silences", body: silence({ id: "ID", matchers: [{ ...disk, value: "Load" }] }) },
  { ask: "GET silences" },
  { ask: 'GET silences?filter=alertname%3D"Load"' },
  { ask: 'GET silences?filter=alertname%3D~"Load"' },
  {
    ask: "GET silences?pending=false",
    differs: {
      alertmanager: 200,
      fenghuo: 200,
      why: "Alertmanager 0.25 has no such switch; newer ones have",
    },
  },
  { ask: "GET silences?filter=foo" },
  { ask: `POST silences`, body: silence({ id: UNKNOWN }) },
  { ask: `GET silence/${UNKNOWN}` },
  {
    ask: `DELETE silence/${UNKNOWN}`,
    differs: { alertmanager: 500, fenghuo: 404, why: "newer Alertmanagers answer 404, too" },
  },
  {
    ask: "GET silence/abc",
    differs: { alertmanager: 422, fenghuo: 404, why: "ids of silences are ULIDs, not UUIDs" },
  },
  ...[
    {},
    [],
    silence({ comment: undefined }),
    silence({ createdBy: undefined }),
    silence({ matchers: [] }),
    silence({ matchers: [{ name: "a", value: "b" }] }),
    silence({ matchers: [{ ...disk, value: "" }] }),
    silence({ matchers: [{ ...disk, name: "" }] }),
    silence({ matchers: [{ ...disk, value: "(", isRegex: true }] }),
    silence({ startsAt: "yesterday" }),
    silence({ startsAt: iso(4 * HOUR) }),
    silence({ startsAt: iso(-3 * HOUR), endsAt: iso(-HOUR) }),
  ].map((body): Request => ({ ask: "POST silences", body })),
  { ask: "POST silences", body: silence(), type: "text/plain" },
  { ask: "POST silences", type: "application/json" },
  { ask: "PUT silences", body: silence() },
  { ask: "DELETE alerts/groups" },
  { ask: "GET nothing" },
];

Deno.test({
  name:
    `a relay answers readers and silences as Alertmanager does, or it is known why not (needs ${PROGRAM})`,
  ignore,
  async fn(test): Promise<void> {
    await using folder = await temporaryFolder();
    await using relay = await startRelay({ folder: folder.path, yaml: FENGHUO });
    await using alertmanager = await launchAlertmanager({
      folder: `${folder.path}/alertmanager`,
      config: ALERTMANAGER,
    });
    const real = new Client(alertmanager.url);
    const response = await fetch(`${relay.url}/api/tokens`, {
      method: "POST",
      headers: { authorization: `Bearer ${relay.adminPassword}` },
      body: JSON.stringify({ name: "amtool", scope: "operate" }),
    });
    const { token } = await response.json();
    const ours = new Client(relay.url, token);
    for (const request of REQUESTS) {
      const [theirs, answered] = await Promise.all([real.ask(request), ours.ask(request)]);
      const { differs } = request;
      const what = `${request.ask} ${JSON.stringify(request.body) ?? ""}`;
      await test.step(what, () => {
        if (!differs) return equal(answered, theirs);
        equal([theirs.status, answered.status], [differs.alertmanager, differs.fenghuo], differs.why);
      });
    }
  },
});

/** An answer in a form in which both are compared. */
interface Answer {
  readonly status: number;
  readonly body: unknown;
}

class Client {
  readonly #url: string;
  readonly #token: string | undefined;
  #id = "";

  constructor(url: string, token?: string) {
    this.#url = url;
    this.#token = token;
  }

  async ask({ ask, body, type = "application/json" }: Request): Promise<Answer> {
    const [method, path] = ask.replace("ID", this.#id).split(" ") as [string, string];
    const response = await fetch(`${this.#url}/api/v2/${path}`, {
      method,
      headers: {
        ...this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` },
        "content-type": type,
      },
      ...body === undefined ? {} : { body: JSON.stringify(body).replace('"ID"', `"${this.#id}"`) },
    });
    const text = await response.text();
    const answer = text === "" ? undefined : JSON.parse(text);
    this.#id = answer?.silenceID ?? this.#id;
    return { status: response.status, body: response.ok ? comparable(answer, path) : wordsOf(answer) };
  }
}

/** Without what each chooses by itself: ids, fingerprints, the order of alerts, and times of its own clock. */
function comparable(answer: unknown, path: string): unknown {
  const text = JSON.stringify(answer, (key, value) => {
    if (["id", "silenceID", "fingerprint", "updatedAt"].includes(key)) return typeof value;
    if (["silencedBy", "inhibitedBy"].includes(key)) return value.length;
    if (key === "mutedBy") return undefined; // newer Alertmanagers have it
    if (key === "startsAt" || key === "endsAt") {
      return Math.abs(Date.parse(value) - Date.now()) < 30_000 ? "now" : value;
    }
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => a < b ? -1 : 1))
      : value;
  });
  if (text === undefined) return undefined;
  const parsed = JSON.parse(text);
  return Array.isArray(parsed) && !path.startsWith("silences")
    ? parsed.map((one) => JSON.stringify(one)).sort()
    : parsed;
}

/** An error: the router's object, without the cause, or a text in each program's own words, which may be empty. */
function wordsOf(answer: unknown): unknown {
  if (typeof answer !== "object") return "a text";
  const { code, message } = answer as { code: number; message: string };
  const words = message.split(", because")[0]!;
  // The order of the methods is that of a Go map.
  return {
    code,
    message: words.replace(/\[.+\]/, (methods) => methods.slice(1, -1).split(",").sort().join()),
  };
}
