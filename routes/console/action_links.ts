import { type Context, Hono } from "hono";
import { MINUTE } from "../../relay/base/duration.ts";
import { isAcknowledged } from "../../relay/domain/acknowledge.ts";
import { type ActionLink, readLink } from "../../relay/domain/action_link.ts";
import { type Incident, isOver } from "../../relay/domain/incident.ts";
import { labelsIn } from "../../relay/domain/record.ts";
import { whereOf } from "../../relay/domain/where.ts";
import { translator } from "../../relay/message/locale.ts";
import { PageError } from "../http/errors.ts";
import { RateLimit } from "../http/rate_limit.ts";
import type { Shell, View } from "./shell.ts";

/** Our choice, for all readers together: no team makes as many requests by hand. */
const LIMIT = { limit: 300, per: MINUTE };

/**
 * The links in messages, for readers without an account: `GET /l/:link` shows the incidents of a message and, with a link to
 * acknowledge them, asks. Only `POST /l/:link` acts, because chats open links to preview them.
 */
export function actionLinkRoutes(shell: Shell): Hono {
  const { relay } = shell;
  const { commands, query } = relay;
  const { config, clock, groups } = query;
  const rate = new RateLimit(LIMIT);
  const app = new Hono();

  app.get("/l/:link", async (c) => {
    const link = read(c);
    const view = await open(c, link);
    const incidents = await incidentsOf(link);
    return await view.html("console/action_link", {
      title: view.t("actionLink.title"),
      who: nameOf(link),
      mayAcknowledge: link.act === "acknowledge",
      waits: incidents.some(mayBeAcknowledged),
      // For readers with an account.
      page: incidents.length === 1 ? `/incidents/${incidents[0]!.id}` : `/incidents`,
      incidents: await Promise.all(incidents.map(async (incident) => ({
        ...incident,
        place: whereOf(labelsIn(await query.alerts.get(incident.id)), config.labelRules.where).text,
        over: isOver(incident),
        acknowledged: isAcknowledged(incident),
      }))),
    });
  });

  app.post("/l/:link", async (c) => {
    const link = read(c);
    if (link.act !== "acknowledge") throw new PageError(403, "actionLink.onlyShows");
    const view = await open(c, link);
    const by = nameOf(link);
    const account = ["link", link.destination, ...link.member === undefined ? [] : [link.member]].join(" ");
    const waiting = (await incidentsOf(link)).filter(mayBeAcknowledged);
    for (const { id } of waiting) {
      await commands.act(id, { kind: "acknowledge" }, { by, account, now: view.now, seen: { known: false } });
    }
    return view.done(`/l/${c.req.param("link")}`);
  });
  return app;

  /** @throws PageError when the link is not valid, or there are too many requests */
  function read(c: Context): ActionLink {
    const now = clock.now();
    const link = readLink(c.req.param("link")!, { key: config.key, now });
    if (link === undefined) throw new PageError(404, "actionLink.wrong");
    if (link === "expired") throw new PageError(404, "actionLink.expired");
    // Counted after the signature is checked: a stranger without a valid link cannot use up the limit.
    const { allowed, reset } = rate.take(now);
    if (!allowed) {
      throw new PageError(429, "actionLink.tooMany", { headers: { "retry-after": String(reset) } });
    }
    return link;
  }

  /** A page in the group's language. */
  async function open(c: Context, { destination }: ActionLink): Promise<View> {
    c.header("x-robots-tag", "noindex");
    return await shell.openToAll(c, { locale: groupOf(destination)?.locale });
  }

  function groupOf(destination: string): ReturnType<typeof groups.get> {
    return groups.get(destination.slice(0, destination.lastIndexOf("/")));
  }

  /** The name of the member whose link it is; without a member, the link's destination. */
  function nameOf({ destination, member }: ActionLink): string {
    const group = groupOf(destination);
    if (member !== undefined) return group?.members.find(({ id }) => id === member)?.name ?? member;
    return translator(group?.locale ?? config.locale)("actionLink.in", { destination });
  }

  /** The incidents of a message, each once, in its order. */
  async function incidentsOf({ alerts }: ActionLink): Promise<Incident[]> {
    const logged = await query.alerts.getMany(alerts);
    const ids = alerts.map((id) => logged.get(id)?.incident ?? id);
    return [...(await query.incidents.getMany(new Set(ids))).values()];
  }
}

function mayBeAcknowledged(incident: Incident): boolean {
  return !isOver(incident) && !incident.known;
}
