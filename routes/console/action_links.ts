import { type Context, Hono } from "hono";
import { MINUTE } from "../../relay/base/duration.ts";
import { isAcknowledged } from "../../relay/domain/acknowledge.ts";
import { type ActionLink, type LinkedAct, readLink } from "../../relay/domain/action_link.ts";
import { findDestination } from "../../relay/domain/group.ts";
import { type Incident, isOver } from "../../relay/domain/incident.ts";
import { intentOf } from "../../relay/domain/linked_act.ts";
import { labelsIn } from "../../relay/domain/record.ts";
import { whereOf } from "../../relay/domain/where.ts";
import { actSentence } from "../../relay/message/act_sentence.ts";
import { type TextKey, translator } from "../../relay/message/locale.ts";
import { PageError } from "../http/errors.ts";
import { RateLimit } from "../http/rate_limit.ts";
import { wantsHtml } from "../http/wants_html.ts";
import type { Shell, View } from "./shell.ts";

/** Our choice, for all readers together: no team makes as many requests by hand. */
const LIMIT = { limit: 300, per: MINUTE };

/** The question, the button and the explanation on the page of each action. */
const WORDS: Readonly<Record<LinkedAct, Readonly<Record<"ask" | "button" | "as", TextKey>>>> = {
  acknowledge: { ask: "actionLink.ask", button: "message.acknowledge", as: "actionLink.as" },
  take: { ask: "actionLink.askTake", button: "message.take", as: "actionLink.asTake" },
  snooze: { ask: "actionLink.askSnooze", button: "message.snooze", as: "actionLink.asSnooze" },
};

/**
 * The links in messages, for readers without an account: `GET /l/:link` shows the incidents of a message and, for a
 * link that acts, a confirmation. Only `POST /l/:link` acts, because chats and scanners open links. A program that
 * posts, such as a push service whose button is pressed, gets a line of text.
 */
export function actionLinkRoutes(shell: Shell): Hono {
  const { relay } = shell;
  const { commands, query } = relay;
  const { config, clock, groups } = query;
  const rate = new RateLimit(LIMIT);
  const app = new Hono();

  app.get("/l/:link", async (c) => {
    const link = await read(c);
    const view = await open(c, link);
    const who = nameOf(link);
    const incidents = await incidentsOf(link);
    const { act } = link;
    const waits = act !== "open" &&
      incidents.some((incident) => intentOf(act, incident, { by: who, now: view.now }).refused === undefined);
    return await view.html("console/action_link", {
      title: view.t("actionLink.title"),
      who,
      // Without a pending action, the page only shows the incidents.
      saying: waits ? WORDS[act] : undefined,
      // For readers with an account.
      page: incidents.length === 1 ? `/incidents/${incidents[0]!.id}` : `/incidents`,
      incidents: await Promise.all(incidents.map(async (incident) => ({
        ...incident,
        place: whereOf(labelsIn(await query.alerts.get(incident.id)), config.labelRules.where).text,
        over: isOver(incident),
        acknowledged: isAcknowledged(incident),
        holder: incident.holder === undefined ? undefined : memberName(incident.holder),
      }))),
    });
  });

  app.post("/l/:link", async (c) => {
    const link = await read(c);
    const { act, alerts, destination, member } = link;
    if (act === "open") throw new PageError(403, "actionLink.onlyShows");
    const view = await open(c, link);
    const account = ["link", destination, ...member === undefined ? [] : [member]].join(" ");
    const person = { by: nameOf(link), account, via: "link", now: view.now };
    const results = await commands.actOnAlerts({ act, alerts }, person);
    const text = actSentence(act, results, view.t);
    if (wantsHtml(c)) return view.done(`/l/${c.req.param("link")}`, "actionLink.notice", { text });
    // The address is the credential, so a page of another origin with that address may read the answer.
    c.header("access-control-allow-origin", "*");
    return c.text(text, results.some(({ refused }) => refused === undefined) ? 200 : 409);
  });
  return app;

  /** @throws PageError when the link is not valid, or there are too many requests */
  async function read(c: Context): Promise<ActionLink> {
    const now = clock.now();
    const link = readLink(c.req.param("link")!, { key: config.key, now });
    if (link === undefined) throw new PageError(404, "actionLink.wrong");
    if (link === "expired") throw new PageError(404, "actionLink.expired");
    // Counted after the signature is checked: a caller without a valid link cannot use up the limit.
    const { allowed, reset } = rate.take(now);
    if (!allowed) {
      throw new PageError(429, "actionLink.tooMany", { headers: { "retry-after": String(reset) } });
    }
    if (await isRemoved(link)) throw new PageError(403, "actionLink.removed");
    if (hasLeft(link)) {
      throw new PageError(403, "actionLink.left", { params: { who: memberName(link.member!) } });
    }
    return link;
  }

  /** A page in the group's language. */
  async function open(c: Context, { destination }: ActionLink): Promise<View> {
    c.header("x-robots-tag", "noindex");
    return await shell.openToAll(c, { locale: groupOf(destination)?.locale });
  }

  function groupOf(destination: string): ReturnType<typeof groups.get> {
    return groups.get(groupIdOf(destination));
  }

  /** Whether its destination is gone: its links are then refused. @throws StoreError */
  async function isRemoved({ destination }: ActionLink): Promise<boolean> {
    if (!groupOf(destination)) await groups.load(groupIdOf(destination));
    return !findDestination(destination, groups) && !groups.holds(destination);
  }

  /** Whether the member of the link no longer belongs to the group, or to the destination's own members. */
  function hasLeft({ destination, member }: ActionLink): boolean {
    if (member === undefined) return false;
    const { members = [] } = findDestination(destination, groups)?.destination ?? {};
    return ![...groupOf(destination)?.members ?? [], ...members].some(({ id }) => id === member);
  }

  /** The name of the link's member; without a member, the link's destination. */
  function nameOf({ destination, member }: ActionLink): string {
    if (member !== undefined) return memberName(member);
    return translator(groupOf(destination)?.locale ?? config.locale)("actionLink.in", { destination });
  }

  function memberName(id: string): string {
    return config.members.get(id)?.name ?? id;
  }

  /** The incidents of a message, each once, in its order. */
  async function incidentsOf({ alerts }: ActionLink): Promise<Incident[]> {
    const logged = await query.alerts.getMany(alerts);
    const ids = alerts.map((id) => logged.get(id)?.incident ?? id);
    return [...(await query.incidents.getMany(new Set(ids))).values()];
  }
}

function groupIdOf(destination: string): string {
  return destination.slice(0, destination.lastIndexOf("/"));
}
