/**
 * The settings of whole sections of fenghuo.yaml, with their defaults.
 *
 * @module
 */
import { defined } from "../base/defined.ts";
import type { CalledHeartbeat, CalledHeartbeats } from "../domain/called_heartbeat.ts";
import type { DrillPlan } from "../domain/drill.ts";
import type { HeartbeatRules } from "../domain/heartbeat.ts";
import type { Group } from "../domain/group.ts";
import { didYouMean } from "../base/nearest.ts";
import type { Path } from "./path.ts";
import type { Severity } from "../domain/severity.ts";
import type { Config, Department, OcpRules } from "./config.ts";
import type { FileValues } from "./sections.ts";
import { DAY, MINUTE } from "../base/duration.ts";

/** `departments`, by `dep`. */
export function departmentsOf(section: FileValues["departments"] = {}): ReadonlyMap<string, Department> {
  return new Map(
    Object.entries(section).map(([dep, { name = dep, secret, environments }]) => [
      dep,
      defined({ name, secrets: [secret].flat(), environments }),
    ]),
  );
}

/** `heartbeat`, by `alertname`. */
export function heartbeatsOf(section: FileValues["heartbeat"] = ["Watchdog"]): HeartbeatRules {
  return new Map(
    section.map((one) => typeof one === "string" ? [one, {}] : [one.name, { within: one.within }]),
  );
}

/** Called with a mistake, and its path inside the section. */
type Complain = (path: Path, message: string) => void;

/** `heartbeats`, by name. `groups`: the ids of all groups. */
export function calledHeartbeatsOf(
  section: FileValues["heartbeats"] = [],
  { groups, complain }: { groups: ReadonlySet<string>; complain: Complain },
): CalledHeartbeats {
  const heartbeats = new Map<string, CalledHeartbeat>();
  for (
    const [index, { name, every, grace = 5 * MINUTE, severity = "critical", group }] of section.entries()
  ) {
    if (heartbeats.has(name)) complain([index, "name"], "is there already");
    if (group !== undefined && !groups.has(group)) {
      complain([index, "group"], `there is no group "${group}"${didYouMean(group, groups)}`);
    }
    heartbeats.set(name, defined({ name, every, grace, severity, group }));
  }
  return heartbeats;
}

/** `drill`. `timezone`: its default. */
export function drillOf(
  section: FileValues["drill"],
  { timezone: standard, groups, complain }: { timezone: string; groups: Iterable<Group>; complain: Complain },
): DrillPlan | undefined {
  if (section === undefined) return undefined;
  const { days = ["mon"], at, timezone = standard, destinations = "all", within = 15 * MINUTE } = section;
  const plan = { days, at, timezone, within };
  if (destinations === "all") return { ...plan, destinations };
  const ids = new Set([...groups].flatMap(({ destinations }) => destinations.map(({ id }) => id)));
  for (const [index, id] of destinations.entries()) {
    if (!ids.has(id)) {
      complain(["destinations", index], `there is no destination "${id}"${didYouMean(id, ids)}`);
    }
  }
  return { ...plan, destinations: new Set(destinations) };
}

/** `ocp`. */
export function ocpRulesOf({ clear_after = 5 * MINUTE, rules = {} }: FileValues["ocp"] = {}): OcpRules {
  return {
    clearAfter: clear_after,
    byType: new Map(
      Object.entries(rules).map(([type, { clear_after, ...rule }]) => [
        type,
        defined({ ...rule, clearAfter: clear_after }),
      ]),
    ),
  };
}

/** `retention`. */
export function retentionOf(
  { alerts = 30 * DAY, dead = 90 * DAY, audit = 365 * DAY, refused = DAY }: FileValues["retention"] = {},
): Config["retention"] {
  return { alerts, dead, audit, refused };
}

/** `severities`, by their spellings in lower case. `complain`: called with a duplicate spelling. */
export function severitiesOf(
  section: FileValues["severities"] = {},
  complain: (spelling: string) => void,
): ReadonlyMap<string, Severity> {
  const severities = new Map<string, Severity>();
  for (const [spelling, severity] of Object.entries(section)) {
    const key = spelling.trim().toLowerCase();
    if (severities.has(key)) complain(spelling);
    severities.set(key, severity);
  }
  return severities;
}
