import { Hono } from "hono";
import { z } from "zod";
import { sha256Hex } from "../../relay/base/hash.ts";
import type { RefusalCount } from "../../relay/domain/sender_refusal.ts";
import { ACTIVITY_RANGES, type ActivityRange } from "../../relay/query/overview/activity.ts";
import { HEALTHY } from "../../relay/query/overview/overview.ts";
import type { DestinationView, Glance } from "../../relay/query/shapes/overview.ts";
import type { Relay } from "../../relay/relay.ts";
import { wantsHtml } from "../http/wants_html.ts";
import { firstRun } from "./first_run.ts";
import { activityChart } from "./overview/activity_chart.ts";
import { verdictOf } from "./overview/sentence.ts";
import { isBroken, isInTrouble, troubleIn } from "./overview/trouble.ts";
import type { Shell } from "./shell.ts";

/** The most destinations that are listed: failing ones come first. */
const DESTINATIONS = 24;

/** The number of listed refused senders, and the time that they are listed. */
const REFUSED = 6;
const REFUSED_FOR = 24 * 3_600_000;

const RANGES = Object.keys(ACTIVITY_RANGES) as [ActivityRange, ...ActivityRange[]];

const query = z.object({ range: z.enum(RANGES).catch("24h") });

/**
 * `GET /`: the state of the relay in a sentence, the incidents that need a person, and the first steps while it is
 * new.
 */
export function overviewPages(shell: Shell): Hono {
  const { relay } = shell;
  const app = new Hono();
  app.get("/", async (c, next) => {
    if (!wantsHtml(c)) return await next(); // how to send alerts there
    const asking = await shell.openToAll(c);
    if (!asking.who) return asking.done("/sign-in");
    const view = await shell.open(c);
    const { t } = view;
    const { range } = query.parse(c.req.query());
    const overview = await relay.query.overview();
    const [glance, attention, activity] = await Promise.all([
      overview.look(),
      overview.attention(),
      overview.activity(range),
    ]);
    const { burning, destinations, lanes, ledger } = glance;
    const failing = destinations.filter((one) => !isHealthy(one)).length;
    const working = destinations.filter(({ state }) => state === "works").length;
    const trouble = troubleIn(glance, isHealthy);
    const refused = await refusedSenders(relay, view.now);
    const listed = destinations.slice(0, DESTINATIONS);
    const sections = {
      start: firstRun(relay, c, { isNew: glance.isNew, who: view.who! }),
      verdict: verdictOf({
        open: burning.severities,
        unacknowledged: burning.unacknowledged,
        quiet: attention.quiet,
        more: burning.more,
        destinations: {
          healthy: working,
          failing,
          broken: destinations.filter(isBroken).length,
        },
        ledger: ledger && { dead: ledger.value.total.dead, addsUp: ledger.value.addsUp },
      }, t),
      needs: attention,
      taken: { all: attention.taken, more: Math.max(0, burning.known - attention.taken.length) },
      trouble,
      activity: {
        range,
        unplaced: activity.unplaced,
        chart: activityChart(activity, view, relay.query.config),
      },
      queue: {
        lanes: lanes.filter((lane) => lane.waiting.count > 0 && !isInTrouble(lane)),
        count: lanes.reduce((sum, { waiting }) => sum + waiting.count, 0),
        more: lanes.some(({ waiting }) => waiting.more),
      },
      refused: { senders: refused.slice(0, REFUSED), more: Math.max(0, refused.length - REFUSED) },
      warnings: relay.query.warnings(view.locale),
      hours: glance.hours,
      destinations: {
        all: listed,
        more: destinations.length - listed.length,
        healthy: working,
        unproven: destinations.filter(({ state }) => state === "unproven").length,
      },
      ledger,
    };
    return await view.html("console/overview", {
      title: t("overview.title"),
      ranges: RANGES,
      countedAt: countedAt(glance),
      ...sections,
      // The script leaves a part with an unchanged version untouched: see swaps.js.
      versions: Object.fromEntries(
        Object.entries(sections).map(([name, data]) => [
          name,
          sha256Hex(JSON.stringify(SEEN[name]?.(glance) ?? data ?? null), 12),
        ]),
      ),
    });
  });
  return app;
}

function isHealthy({ state }: DestinationView): boolean {
  return HEALTHY.has(state);
}

/** Senders that lost alerts, known ones first. A request with a wrong method is a browser's and carries no alert. */
async function refusedSenders({ query: { refusals } }: Relay, now: number): Promise<RefusalCount[]> {
  return (await refusals.all(now)).filter(({ status, lastAt }) =>
    status !== 405 && lastAt + REFUSED_FOR > now
  )
    .sort((a, b) => Number(b.sender !== undefined) - Number(a.sender !== undefined));
}

/** The data that determines a part's version, if that is not all of its data. */
const SEEN: Readonly<Record<string, (glance: Glance) => unknown>> = {
  ledger: (glance) => [glance.ledger?.value, countedAt(glance)],
  destinations: ({ destinations, ledger }) => [destinations, ledger?.value.destinations],
};

/** The time of the ledger's count, if counting takes so long that the other figures are newer. */
function countedAt({ at, ledger }: Glance): number | undefined {
  return ledger && at - ledger.at > 5_000 ? ledger.at : undefined;
}
