/**
 * Every page of the console, and the corresponding lists of `/api`.
 *
 * @module
 */
import type { Places } from "./programs/fill_company.ts";

/** A request to the relay, with its name. */
export interface Asked {
  readonly name: string;
  /** With the query. */
  readonly path: string;
  /** The JSON body of a POST request. */
  readonly body?: unknown;
  /** A search, whose answer may also be 404: "not in the time that a search has". */
  readonly isSearch?: true;
}

/** All pages, for a database that `fill_company.ts` filled. */
export function pagesOf(places: Places): Asked[] {
  const {
    alert,
    folded,
    foldedDeep,
    deep,
    incident,
    noisy,
    fingerprint,
    delivery,
    waiting,
    dead,
    digest,
    silence,
    message,
  } = places;
  const team = "team-03/default";
  const matchers = encodeURIComponent('alertname="NodeHighCpuLoad"');
  const rare = "node-0000000042";
  const paths = [
    "/",
    "/?range=7d",
    ...queriesOf("/alerts", [
      "",
      `cursor=${deep}`,
      "status=resolved",
      "severity=critical",
      "severity=critical&dialect=ocp",
      `group=${team}`,
      "group=no/such",
      "told=true&from=6h&to=3h",
      `q=${rare}`,
      "q=no-such-word",
      "q=nvme0n1p1+node-000005",
      `q=no-such-word&cursor=${deep}`,
    ]),
    `/alerts/new?after=${deep}`,
    `/alerts/${alert}`,
    `/alerts/${folded}`,
    `/alerts/${foldedDeep}`,
    `/alerts/${deep}`,
    `/alerts/${alert}/deliveries/${alert}-0`,
    ...queriesOf("/incidents", [
      "",
      "group_by=none",
      `group_by=none&sort=newest&after=2~${deep}`,
      "group_by=label%3Acluster",
      "group_by=label%3Ainstance",
      "expand=NodeHighCpuLoad",
      "sort=longest",
      "title=NodeHighCpuLoad",
      `matchers=${encodeURIComponent('cluster="prod-3"')}&group_by=none`,
      `matchers=${encodeURIComponent('instance=~"node-.*7[.].*"')}`,
      "severity=critical",
      "known=yes&severity=error",
      `group=${team}`,
      `text=${rare}`,
      "text=no-such-word",
      "state=closed",
      "state=closed&text=no-such-word",
      "state=all",
      "state=all&group=no/such",
    ]),
    "/incidents/silence?title=NodeHighCpuLoad&severity=critical",
    `/incidents/${incident}`,
    `/incidents/${noisy}`,
    "/incidents/response",
    ...queriesOf("/noise", ["", "period=7d", "by=told", `group=${team}&window=30m`]),
    ...queriesOf("/silences", ["", "state=expired"]),
    `/silences/${silence}`,
    "/silences/new",
    `/silences/new?matchers=${matchers}`,
    `/silences/new?matchers=${encodeURIComponent('instance="no-such"')}`,
    ...["waiting", "dead", "recent"].flatMap((tab) =>
      queriesOf("/deliveries", [
        `tab=${tab}`,
        `tab=${tab}&from=${deep}-0`,
        `tab=${tab}&destination=${team}/desk`,
        `tab=${tab}&group=no/such`,
        `tab=${tab}&reason=reminder`,
      ])
    ),
    ...queriesOf("/deliveries", ["tab=waiting&state=due", "tab=dead&since=1h", "tab=recent&state=dead"]),
    `/deliveries?digest=${digest}`,
    `/deliveries/${delivery}`,
    `/deliveries/${waiting}`,
    `/deliveries/${dead}`,
    "/inbox",
    `/inbox/${message}`,
    ...["dingtalk_robot", "wecom_robot", "email"].map((channel) => `/inbox/${message}/${channel}`),
    "/groups",
    "/groups/new",
    `/groups/${team}`,
    `/groups/${team}/edit`,
    `/groups/${team}/destinations`,
    `/groups/${team}/destinations?channel=dingtalk_robot`,
    `/groups/${team}/destinations/mail`,
    "/members",
    "/members/new",
    "/members/member-7",
    "/rules",
    `/rules?alert=${alert}`,
    "/rules/edit",
    "/channels",
    "/channels/email/defaults",
    "/templates",
    `/templates?alert=${alert}&lang=en`,
    "/settings/departments",
    "/settings/general",
    "/settings/file",
    "/settings/accounts",
    "/settings/tokens",
    "/settings/password",
    ...queriesOf("/search", ["q=no-such-word", `q=${rare}`, "q=team-03"]),
    "/watching?from=info&since=0",
    "/wall",
    "/wall/board",
    "/settings/api",
    ...queriesOf("/audit", ["", "by=nobody", "what=members/member-7", "what=groups&by=li.lei"]),
    ...queriesOf("/api/alerts", ["", "q=no-such-word", `cursor=${deep}&limit=1000`]),
    `/api/alerts/${folded}`,
    `/api/alerts/${foldedDeep}/why`,
    ...queriesOf("/api/incidents", ["", "text=no-such-word", "state=all&limit=1000"]),
    ...queriesOf("/api/search", ["q=no-such-word", `q=${rare}`]),
    ...queriesOf("/api/incidents/facets", ["", "text=no-such-word"]),
    ...queriesOf("/api/incidents/groups", ["", "by=label%3Ainstance&limit=1000"]),
    `/api/incidents/${noisy}`,
    ...["waiting", "dead", "recent"].map((list) => `/api/deliveries?list=${list}`),
    "/api/deliveries?list=waiting&state=due",
    "/api/dead",
    "/api/dead?group=no/such",
    "/api/ledger",
    "/api/overview",
    "/api/lanes",
    "/api/statistics/folding",
    "/api/silences",
    "/api/audit",
    "/api/members/failing",
    "/api/channels",
    "/api/config",
  ];
  const preview = "/api/silences/preview";
  return [
    ...paths.map((path) => ({ name: nameOf(path, places), path })),
    { name: "/api/alerts/<fingerprint>/why", path: `/api/alerts/${fingerprint}/why`, isSearch: true },
    { name: preview, path: preview, body: { matchers: ['alertname="NodeHighCpuLoad"'] } },
  ];
}

/** A path with placeholders for its ids: `/alerts/<folded>`. */
function nameOf(path: string, places: Places): string {
  const ids = Object.entries(places).sort(([, a], [, b]) => b.length - a.length);
  return ids.reduce((name, [what, id]) => name.replaceAll(id, `<${what}>`), path);
}

function queriesOf(path: string, queries: readonly string[]): string[] {
  return queries.map((query) => query === "" ? path : `${path}?${query}`);
}
