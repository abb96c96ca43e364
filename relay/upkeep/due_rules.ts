import { sha256Hex } from "../base/hash.ts";
import type { ChannelRegistry } from "../channel/registry.ts";
import type { Config } from "../config/mod.ts";
import { dueAt, type DueRules, exactlyDueAt } from "../domain/due.ts";
import type { Incident } from "../domain/incident.ts";
import type { GroupLookup } from "../domain/group.ts";
import type { DueAt } from "../store/due_incidents.ts";

/** The due times of incidents in the current configuration. */
export function dueRules(
  { config, channels, groups, upSince }: {
    config: Config;
    channels: Pick<ChannelRegistry, "get">;
    groups: Pick<GroupLookup, "get">;
    /** Since when repeats would have been received, in epoch milliseconds. */
    upSince: () => number;
  },
): { dueAt: DueAt; exactly: (incident: Incident, now: number) => number; settings: () => string } {
  const rules: DueRules = {
    get staleAfter(): number {
      return config.staleAfter;
    },
    get upSince(): number {
      return upSince();
    },
    groupOf: (id) => groups.get(id),
    repeatOf: ({ channel, config }) => channels.get(channel)?.repeat?.(config),
  };
  let named: { groups: Config["groups"]; name: string } | undefined;
  return {
    dueAt: (incident, now) => dueAt(incident, { ...rules, now }),
    /** The next due time of an incident that must be exact to the second. */
    exactly: (incident, now) => exactlyDueAt(incident, { ...rules, now }),
    /** A name of all that decides it: with other settings, another one. */
    settings: () => {
      if (named?.groups === config.groups) return named.name;
      const own = [...config.groups.values()].map((
        { id, remind, flap, escalate, quiet, grouping, destinations },
      ) => [
        id,
        remind,
        escalate && [escalate, quiet],
        flap?.per,
        grouping && [grouping.interval, grouping.repeat],
        destinations.map((destination) => rules.repeatOf(destination)).filter(Boolean),
      ]);
      const name = sha256Hex(JSON.stringify([config.staleAfter, own]), 16);
      named = { groups: config.groups, name };
      return name;
    },
  };
}
