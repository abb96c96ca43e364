import { Hono } from "hono";
import { sha256Hex } from "../../relay/base/hash.ts";
import type { Translate } from "../../relay/message/locale.ts";
import type { RefusalCount } from "../../relay/domain/sender_refusal.ts";
import type { Relay } from "../../relay/relay.ts";
import type { Glance } from "../../relay/query/shapes/overview.ts";
import { SEVERITIES } from "../../relay/domain/severity.ts";
import { wantsHtml } from "../http/wants_html.ts";
import { firstRun } from "./first_run.ts";
import type { Shell } from "./shell.ts";

/** At most this many destinations are listed: failing ones come first. */
const DESTINATIONS = 60;

/** How many refused senders are listed, and for how long. */
const REFUSED = 6;
const REFUSED_FOR = 24 * 3_600_000;

/** `GET /`: the live overview of the relay; and the first steps while it is new. */
export function overviewPages(shell: Shell): Hono {
  const { relay } = shell;
  const app = new Hono();
  app.get("/", async (c, next) => {
    if (!wantsHtml(c)) return await next(); // how to send alerts there
    const asking = await shell.openToAll(c);
    if (!asking.who) return asking.done("/sign-in");
    const view = await shell.open(c);
    const glance = await (await relay.query.overview()).look();
    const start = firstRun(relay, c, { isNew: glance.isNew, who: view.who! });
    const waiting = glance.lanes.filter(({ state, waiting, sick, refused }) =>
      state !== "idle" || waiting.count > 0 || sick || refused.length > 0
    );
    const refused = refusedSenders(relay, view.now);
    const sections = {
      start,
      refused: { senders: refused.slice(0, REFUSED), more: Math.max(0, refused.length - REFUSED) },
      warnings: relay.query.warnings(view.locale),
      burning: glance.burning,
      hours: glance.hours,
      destinations: glance.destinations.slice(0, DESTINATIONS),
      waiting,
      ledger: glance.ledger,
      countedAt: countedAt(glance),
    };
    const { total } = glance.burning;
    return await view.html("console/overview", {
      title: (total > 0 ? `(${total}) ` : "") + view.t("overview.title"),
      charts: true,
      severities: SEVERITIES,
      ...sections,
      more: glance.destinations.length - sections.destinations.length,
      chart: chartOf(glance, view.t),
      // The script leaves a part with an unchanged version as it is: see swaps.js.
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

/** Senders that lost alerts, known ones first. A request with a wrong method is a browser's and carries no alert. */
function refusedSenders({ query: { refusals } }: Relay, now: number): RefusalCount[] {
  return refusals.list().filter(({ status, lastAt }) => status !== 405 && lastAt + REFUSED_FOR > now)
    .sort((a, b) => Number(b.sender !== undefined) - Number(a.sender !== undefined));
}

/** The data that a part's version depends on, where that is not all of its data. */
const SEEN: Readonly<Record<string, (glance: Glance) => unknown>> = {
  ledger: (glance) => [glance.ledger?.value, countedAt(glance)],
  destinations: ({ destinations, ledger }) => [destinations, ledger?.value.destinations],
};

/** When the ledger was counted, if counting takes so long that the other figures are newer. */
function countedAt({ at, ledger }: Glance): number | undefined {
  return ledger && at - ledger.at > 5_000 ? ledger.at : undefined;
}

function chartOf({ hours }: Glance, t: Translate): Record<string, unknown> {
  const line = (
    tone: string,
    name: "accepted" | "folded" | "delivered" | "dead",
  ): Record<string, unknown> => ({
    label: t(`overview.${name}`),
    tone,
    values: hours.map((hour) => hour[name]),
  });
  return {
    times: hours.map(({ from }) => from),
    series: [
      line("info", "accepted"),
      line("warning", "folded"),
      line("resolved", "delivered"),
      line("critical", "dead"),
    ],
  };
}
