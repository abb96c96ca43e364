import { writeYaml } from "../../relay/config/file.ts";
import { route } from "../../relay/domain/rules.ts";
import { parseMatchers } from "../../relay/domain/matcher.ts";
import type { Group } from "../../relay/domain/group.ts";
import { type Figure, type Outcome, quantile, type Stage } from "../figure.ts";
import { type CompanySize, groupOf, labelsFor, LARGE, largeTree } from "../large_company.ts";
import { PASSWORD, type RunningRelay } from "../programs.ts";

/** The limit of each step, in milliseconds. */
const MOST = { start: 2_000, route: 1, save: 200, page: 100 };

/** Pages whose lists grow with the configuration. */
const PAGES = [
  "/",
  "/groups",
  "/groups?page=20",
  "/groups?q=team-04999",
  "/members",
  "/rules",
  "/channels",
  "/deliveries",
  "/alerts",
];

/** The cost of a configuration with 5,000 groups, 20,000 destinations, 2,000 rules and 10,000 members. */
export const config: Figure = {
  name: "config",
  title: "a configuration of 5,000 groups and 20,000 destinations, ms",
  floor: "–",
  unit: "ms",
  async measure({ programs, quick, say }: Stage): Promise<Outcome> {
    const size: CompanySize = quick
      ? { groups: 500, destinations: 2_000, rules: 200, members: 1_000 }
      : LARGE;
    const seen = new Map<string, { ms: number; most: number }>();
    const note = (what: string, times: readonly number[], most: number): void => {
      seen.set(what, { ms: quantile(times, 0.5), most });
      say(`${what}: ${quantile(times, 0.5).toFixed(2)} ms`);
    };
    note("route", routing(size), MOST.route);

    // From the file and from people's changes: the two sources of a configuration.
    const tree = largeTree(size, { url: (await programs.server("sink")).url });
    const yaml = await writeYaml(tree);
    const starts: number[] = [];
    for (let round = 0; round < (quick ? 1 : 3); round++) {
      const begun = performance.now();
      const relay = await programs.relay(yaml);
      starts.push(performance.now() - begun);
      await relay.stop();
    }
    note("start from the file", starts, MOST.start);

    const relay = await programs.relay("");
    await apply(relay, tree);
    await relay.stop();
    const begun = performance.now();
    const again = await programs.relay("", { folder: relay.folder });
    note("start from the database", [performance.now() - begun], MOST.start);

    const saves: number[] = [];
    for (let round = 0; round < 10; round++) saves.push(await save(again, groupOf(100 + round)));
    note("save a group", saves, MOST.save);
    for (const path of PAGES) {
      const times: number[] = [];
      for (let round = 0; round < 5; round++) times.push(await look(again, path));
      note(path, times, MOST.page);
    }
    const broken = [...seen].filter(([, { ms, most }]) => ms > most)
      .map(([what, { ms, most }]) => `${what}: ${ms.toFixed(1)} ms, at most ${most}`);
    const all = [...seen].map(([what, { ms }]) => `${what} ${ms < 1 ? ms.toFixed(2) : Math.round(ms)}`);
    return { kind: "promises", broken, note: all.join(", ") };
  },
};

/** The time for finding an alert's groups, alert by alert. */
function routing(size: CompanySize): number[] {
  const { rules } = largeTree(size) as { rules: { match: string[]; group: string }[] };
  const parsed = rules.map(({ match, group }) => ({ matchers: match.flatMap(parseMatchers), group }));
  const groups = new Map(
    ["default/default", ...rules.map(({ group }) => group)].map((id): [string, Group] => {
      const [owner = "", level = ""] = id.split("/");
      return [id, {
        id,
        owner,
        level,
        members: [],
        destinations: [],
        window: 0,
        repeat: 0,
        locale: "zh",
        timezone: "UTC",
      }];
    }),
  );
  const times: number[] = [];
  for (let number = 0; number < 2_000; number++) {
    const labels = labelsFor(number % size.rules);
    const begun = performance.now();
    const [first] = route(labels, { rules: parsed, groups });
    times.push(performance.now() - begun);
    if (first?.by !== "rule") throw new Error(`Cannot measure: no rule matches ${JSON.stringify(labels)}`);
  }
  return times;
}

async function ask({ url }: RunningRelay, path: string, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(`${url}${path}`, {
    ...init,
    headers: {
      authorization: `Bearer ${PASSWORD}`,
      accept: "text/html",
      ...init.headers as Record<string, string>,
    },
  });
  if (!response.ok) {
    throw new Error(`Cannot measure: ${path} answered ${response.status} ${await response.text()}`);
  }
  return response;
}

async function look(relay: RunningRelay, path: string): Promise<number> {
  const begun = performance.now();
  await (await ask(relay, path)).arrayBuffer();
  return performance.now() - begun;
}

/** Store a configuration, as `deno task apply` does. */
async function apply(relay: RunningRelay, document: unknown): Promise<void> {
  const post = (path: string, body: object): Promise<Response> =>
    ask(relay, path, { method: "POST", body: JSON.stringify(body) });
  const { hash } = await (await post("/api/config/plan", { document, prune: false })).json();
  await (await post("/api/config/apply", { document, prune: false, hash })).arrayBuffer();
}

/** Save a group with another window. @returns the time of the request */
async function save(relay: RunningRelay, group: string): Promise<number> {
  const path = `/api/config/groups/${group}`;
  const { value, version } = await (await ask(relay, path)).json();
  const begun = performance.now();
  const saved = await ask(relay, path, {
    method: "PUT",
    headers: { "if-match": version },
    body: JSON.stringify({ ...value, window: "7m" }),
  });
  await saved.arrayBuffer();
  return performance.now() - begun;
}
