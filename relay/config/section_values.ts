/**
 * The settings of whole sections of fenghuo.yaml, with their defaults.
 *
 * @module
 */
import { defined } from "../base/defined.ts";
import type { CalledHeartbeat, CalledHeartbeats } from "../domain/called_heartbeat.ts";
import type { HeartbeatRules } from "../domain/heartbeat.ts";
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

/** `heartbeats`, by name. `complain`: called with the index of a name that is there already. */
export function calledHeartbeatsOf(
  section: FileValues["heartbeats"] = [],
  complain: (index: number) => void,
): CalledHeartbeats {
  const heartbeats = new Map<string, CalledHeartbeat>();
  for (
    const [index, { name, every, grace = 5 * MINUTE, severity = "critical", group }] of section.entries()
  ) {
    if (heartbeats.has(name)) complain(index);
    heartbeats.set(name, defined({ name, every, grace, severity, group }));
  }
  return heartbeats;
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
  { alerts = 30 * DAY, dead = 90 * DAY, audit = 365 * DAY }: FileValues["retention"] = {},
): Config["retention"] {
  return { alerts, dead, audit };
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
