import { type Context, Hono } from "hono";
import { z } from "zod";
import { aboutOf } from "../../relay/domain/about.ts";
import { type DeliveryFilter, type List, LISTS } from "../../relay/query/deliveries.ts";
import { type Here, parseTime } from "../../relay/base/period.ts";
import { formatTime } from "../../relay/base/time.ts";
import { alertIdOf, type DeadLetter, isDeliveryId, wholeIn } from "../../relay/domain/record.ts";
import { missedNames, recipientNames } from "../../relay/query/trace.ts";
import { waitsFor } from "../../relay/query/why.ts";
import { PageError } from "../http/errors.ts";
import { digestView, messageView, storyOf } from "./delivery_story.ts";
import { deliveryVerdict } from "./delivery_verdict.ts";
import { parseForm } from "./form.ts";
import { groupPath } from "./groups/subject.ts";
import type { Shell, View } from "./shell.ts";

/** Deliveries on one page. */
const SHOWN = 50;

/** Deliveries of a digest on one page. */
const DIGEST_SHOWN = 100;

/** The reasons of notifications. */
const REASONS = [
  "first",
  "repeat",
  "changed",
  "resolved",
  "reminder",
  "flapping",
  "settled",
  "acknowledged",
  "closed",
] as const;

/** The states that each list can be filtered by. */
const STATES: Readonly<Record<List, readonly string[]>> = {
  waiting: ["pause", "quiet", "group", "due", "turn"],
  dead: [],
  recent: ["delivered", "pending", "suppressed", "skipped", "silenced", "inhibited", "dead"],
};

/** The periods that failed deliveries can be filtered by. */
const SINCE = ["1h", "6h", "24h", "7d"] as const;

const note = z.object({ note: z.string().trim().min(1).max(1_000) });

/**
 * `GET /deliveries?tab=waiting|dead|recent`: deliveries and their outcome · `?digest=<id>`: the deliveries of a digest ·
 * `GET /deliveries/:id`: one · `POST /deliveries/send`, `POST /deliveries/:id/send`: send the dead again · `POST
 * /deliveries/:id/drop`: remove one from the dead letters.
 */
export function deliveryPages(shell: Shell): Hono {
  const { relay } = shell;
  const { commands: { deadLetters }, query } = relay;
  const { clock } = query;
  const app = new Hono();

  app.get("/deliveries", async (c) => {
    const view = await shell.open(c);
    const { digest, from } = c.req.query();
    if (digest !== undefined) return await digestPage(view, digest, shell);
    const list = LISTS.find((one) => one === c.req.query("tab")) ?? "waiting";
    if (from && !isDeliveryId(from)) throw new PageError(422, "alerts.wrongPlace");
    const asked = filterOf(new URL(c.req.url).searchParams);
    const found = await query.deliveries.find(
      list,
      readFilter(asked, { now: clock.now(), timezone: query.config.timezone }),
      { from: from || undefined, limit: SHOWN },
    );
    const at = (changes: Record<string, string>): string => {
      const query = new URLSearchParams({ tab: list, ...asked, ...changes });
      return `/deliveries?${query}`;
    };
    return await view.html("console/deliveries", {
      title: `${view.t(`deliveries.${list}`)} · ${view.t("deliveries.title")}`,
      list,
      lists: LISTS,
      asked,
      ...found,
      deliveries: found.deliveries.map((row) => ({ ...row, missed: missedNames(row, relay.query.groups) })),
      destinations: destinationsOf(shell, asked.destination),
      groups: [...relay.query.config.groups.keys()],
      reasons: REASONS,
      states: STATES[list],
      sinces: SINCE,
      newer: from ? at({}) : undefined,
      older: found.next === undefined ? undefined : at({ from: found.next }),
    });
  });

  app.get("/deliveries/:id", async (c) => {
    const view = await shell.open(c);
    return await deliveryPage(view, c.req.param("id"), shell);
  });

  app.post("/deliveries/send", async (c) => {
    const view = await shell.submit(c, "operator");
    const asked = filterOf(view.form);
    const ended = view.form.get("ended") === "true";
    const wanted = readFilter(asked, { now: clock.now(), timezone: relay.query.config.timezone });
    const again = await deadLetters.sendAll(wanted, { by: view.who!.name }, { ended });
    const { sent, refused, stays: [first], more } = again;
    const back = `/deliveries?${new URLSearchParams({ tab: "dead", ...asked })}`;
    const because = first?.because ?? "";
    if (more) return view.done(back, "deliveries.sentMore", { sent, refused });
    if (refused > 0) return view.done(back, "deliveries.sentSome", { sent, refused, because });
    return again.ended > 0
      ? view.done(back, "deliveries.sentBurning", { sent, ended: again.ended })
      : view.done(back, "deliveries.sentAll", { sent });
  });

  app.post("/deliveries/:id/send", async (c) => {
    const view = await shell.submit(c, "operator");
    const letter = await letterOf(c);
    const stays = await deadLetters.sendOne(letter, { by: view.who!.name });
    if (stays) throw new PageError(409, "deliveries.stays", { params: { because: stays.because } });
    return view.done(`/deliveries/${letter.entry.id}`, "deliveries.sentOne");
  });

  app.post("/deliveries/:id/drop", async (c) => {
    const view = await shell.submit(c, "operator");
    const letter = await letterOf(c);
    const { id } = letter.entry;
    const read = parseForm(view.form, note, { ...view, texts: { note: "deliveries.noteNeeded" } });
    if (!read.ok) return await deliveryPage(view, id, shell, { errors: read.errors, status: 422 });
    if (!await deadLetters.drop(letter, { by: view.who!.name, note: read.data.note })) {
      throw new PageError(409, "deliveries.gone");
    }
    return view.done(`/deliveries/${id}`, "deliveries.dropped");
  });

  async function letterOf(c: Context): Promise<DeadLetter> {
    const letter = await query.deliveries.dead(c.req.param("id")!);
    if (letter) return letter;
    throw new PageError(409, "deliveries.notDead");
  }

  return app;
}

/** The filter of a form or an address, without empty fields. */
function filterOf(params: URLSearchParams): Record<string, string> {
  const names = ["destination", "group", "reason", "state", "since"];
  return Object.fromEntries(names.flatMap((name) => {
    const value = params.get(name)?.trim();
    return value ? [[name, value.slice(0, 300)]] : [];
  }));
}

function readFilter({ since, ...filter }: Record<string, string>, here: Here): DeliveryFilter {
  return { ...filter, since: since === undefined ? undefined : parseTime(since, here) };
}

/** A page offers at most this many destinations to choose from; of more, the first ones. */
const MAX_OFFERED = 1_000;

/** The configured ones, and the one in the filter. */
function destinationsOf({ relay }: Shell, asked: string | undefined): string[] {
  const ids = [...relay.query.config.groups.values()].flatMap(({ destinations }) =>
    destinations.map(({ id }) => id)
  );
  const offered = ids.sort().slice(0, MAX_OFFERED);
  return [...new Set([...offered, ...asked === undefined ? [] : [asked]])].sort();
}

async function deliveryPage(
  view: View,
  id: string,
  { relay }: Shell,
  { errors = {}, status = 200 }: { errors?: Readonly<Record<string, string>>; status?: 200 | 422 } = {},
): Promise<Response> {
  const story = await storyOf(id, relay);
  if (!story) throw new PageError(404, "deliveries.gone");
  const { record, waiting } = story;
  const { timezone } = relay.query.config;
  const owner = relay.query.config.groups.get(story.group);
  const endings = story.letter ? await relay.query.deliveries.endingsOf([story.letter.entry]) : undefined;
  const digest = record?.digest === undefined
    ? undefined
    : await relay.query.deliveries.digest(record.digest);
  return await view.html("console/delivery", {
    ...story,
    title: story.title ?? story.destination,
    status,
    errors,
    missed: missedNames(record, relay.query.groups),
    people: recipientNames(record, relay.query.groups),
    ending: endings?.get(id),
    groupPath: owner && groupPath(owner.owner, owner.level),
    digest,
    ...deliveryVerdict(story, view, relay),
    waitsFor: waiting && waitsFor(waiting, { ...view, time: (ms) => formatTime(ms, { timezone }) }),
    shown: digest ? await digestView(digest, relay) : await messageView(story, relay),
  });
}

/** A digest: its text, and its deliveries, which may be thousands. */
async function digestPage(view: View, id: string, { relay }: Shell): Promise<Response> {
  const { alerts, config, deliveries: sent } = relay.query;
  const digest = await sent.digest(id);
  if (!digest) throw new PageError(404, "deliveries.digestGone");
  const pages = Math.max(1, Math.ceil(digest.deliveries.length / DIGEST_SHOWN));
  const page = Math.min(pages, Math.max(1, Math.trunc(Number(view.c.req.query("page"))) || 1));
  const ids = digest.deliveries.slice((page - 1) * DIGEST_SHOWN, page * DIGEST_SHOWN);
  const deliveries = await Promise.all(ids.map(async (delivery) => {
    const alert = alertIdOf(delivery);
    const [record, logged] = await Promise.all([
      sent.get(delivery),
      alerts.get(alert),
    ]);
    const whole = wholeIn(logged);
    return {
      id: delivery,
      alert,
      record,
      missed: missedNames(record, relay.query.groups),
      title: whole?.title,
      about: whole && aboutOf(whole, config.labelRules.where),
      at: logged?.at,
    };
  }));
  const at = (page: number): string => `/deliveries?digest=${encodeURIComponent(id)}&page=${page}`;
  return await view.html("console/digest", {
    title: digest.title,
    digest,
    shown: await digestView(digest, relay),
    deliveries,
    page,
    pages,
    newer: page > 1 ? at(page - 1) : undefined,
    older: page < pages ? at(page + 1) : undefined,
  });
}
