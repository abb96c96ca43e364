import { Hono } from "hono";
import { DEFAULT_GROUP, findDestination, type Group } from "../../../relay/domain/group.ts";
import { problemsIn, titleOfChannel } from "../../../relay/message/dictionary.ts";
import { DAY } from "../../../relay/base/duration.ts";
import { formatDuration, formatTime } from "../../../relay/base/time.ts";
import type { TrialResult } from "../../../relay/delivery/trial.ts";
import { PageError } from "../../http/errors.ts";
import { shownAddresses, unreached } from "../people.ts";
import { listPage } from "../list_page.ts";
import type { Shell, View } from "../shell.ts";
import { drillFormRoutes } from "./drill.ts";
import { dutyOf } from "./duty.ts";
import { destinationRoutes } from "./destination_page.ts";
import { groupFormRoutes } from "./group_form.ts";
import { healthOf, rateText } from "./health.ts";
import { openIncidentsOf, rulesOf } from "./incidents.ts";
import { adhocRoutes } from "./adhoc.ts";
import { groupItem, groupPath } from "./subject.ts";

/** The most shifts that are shown: the current one and the next, of the next two months. */
const SHIFTS = 5;
const SHIFTS_WITHIN = 60 * DAY;

/**
 * `/groups`: the groups · `/groups/new` · `/groups/:owner/:level`: one, with its destinations and their health, and
 * below it the forms · `/groups/adhoc`: the groups that requests made.
 */
export function groupPages(shell: Shell): Hono {
  const { relay } = shell;
  const app = new Hono();

  app.get("/groups", async (c) => {
    const view = await shell.open(c);
    const { config, configuration } = relay.query;
    const list = listPage([...config.groups.values()], {
      url: c.req.url,
      wordsOf: ({ id, members, destinations }) => [
        id,
        ...members.flatMap(({ id, name }) => [id, name ?? ""]),
        ...destinations.flatMap(({ name, channel }) => [name, channel]),
      ],
    });
    const destinations = list.items.flatMap((group) => group.destinations);
    const health = Map.groupBy(
      await healthOf(destinations, { relay, locale: view.locale }),
      ({ id }) => id.slice(0, id.lastIndexOf("/")),
    );
    return await view.html("console/groups/list", {
      title: view.t("groups.title"),
      list,
      groups: list.items.map((group) => ({
        ...group,
        path: groupPath(group.owner, group.level),
        window: group.grouping ? view.t("groups.grouping") : formatDuration(group.window, view.locale),
        health: health.get(group.id) ?? [],
        managed: managedBy(group),
      })),
      problems: problemsIn(
        view.locale,
        configuration.problems.filter(({ what }) => what.startsWith("groups/")),
      ),
      sealed: configuration.isSealed,
      adhoc: relay.query.targets.size,
      drill: await relay.query.drill(),
    });
  });

  app.route("/", drillFormRoutes(shell));
  app.route("/", adhocRoutes(shell)); // before `/groups/:owner/:level`
  app.route("/", groupFormRoutes(shell));

  app.get("/groups/:owner/:level", async (c) => {
    const view = await shell.open(c);
    return await show(view, groupOf(c.req.param()));
  });
  app.post("/groups/:owner/:level/test", async (c) => {
    const view = await shell.submit(c, "operator");
    const group = groupOf(c.req.param());
    const wanted = view.form.get("destination");
    const destinations = wanted === null
      ? group.destinations
      : [findDestination(`${group.id}/${wanted}`, relay.query.config.groups)?.destination ?? gone()];
    const results = await Promise.all(
      destinations.map((destination) =>
        relay.commands.testDestination({ group, destination, by: view.who!.name })
      ),
    );
    return await show(view, group, results);
  });

  app.route("/", destinationRoutes(shell));
  return app;

  async function show(view: View, group: Group, outcome?: readonly TrialResult[]): Promise<Response> {
    const { configuration } = relay.query;
    const health = await healthOf(group.destinations, { relay, locale: view.locale });
    return await view.html("console/groups/group", {
      title: group.id,
      group,
      path: groupPath(group.owner, group.level),
      managed: managedBy(group),
      health: health.map((one) => ({
        ...one,
        rates: one.rates.map((rate) => rateText(rate, view)),
        fallbackAfter: formatDuration(one.fallbackAfter, view.locale),
      })),
      problems: problemsIn(
        view.locale,
        configuration.item(groupItem(group.owner, group.level))?.problems ?? [],
      ),
      members: await membersOf(group, view),
      duty: dutyOf(group, view),
      shifts: await shiftsOf(group, view),
      rules: rulesOf(group, relay),
      isDefault: group.id === DEFAULT_GROUP,
      open: await openIncidentsOf(group, relay),
      outcome,
    });
  }

  /** The present shift of a group and the next ones; empty without a calendar. */
  async function shiftsOf(group: Group, { now }: View): Promise<object[]> {
    const calendars = await relay.query.onCall();
    if (!calendars.groups().includes(group)) return [];
    const { shifts } = calendars.view(group, { from: now, until: now + SHIFTS_WITHIN });
    return shifts.slice(0, SHIFTS).map((shift) => ({
      ...shift,
      names: shift.members.map(({ id, name }) => name ?? id),
      days: [shift.from, shift.until].map((ms) => formatTime(ms, group).slice(0, 16)),
    }));
  }

  /** The members with their addresses, and the channels that could not reach them. */
  async function membersOf({ members }: Group, view: View): Promise<object[]> {
    const { locale } = view;
    const shown = shownAddresses(relay, view);
    const failing = await unreached(relay);
    return members.map((member) => ({
      ...member,
      addresses: shown(member),
      left: failing.filter((one) => one.member === member.id).map((one) => ({
        ...one,
        channel: titleOfChannel(one.channel, { channels: relay.query.channels, locale }),
      })),
    }));
  }

  function managedBy({ owner, level }: Group): "file" | "console" | "builtIn" {
    return relay.query.configuration.item(groupItem(owner, level))?.managedBy ?? "builtIn";
  }

  function groupOf({ owner, level }: { owner: string; level: string }): Group {
    return relay.query.config.groups.get(`${owner}/${level}`) ?? gone();
  }
}

function gone(): never {
  throw new PageError(404, "groups.gone");
}
