import { deepStrictEqual as equal } from "node:assert/strict";
import { discover } from "../../kit/channels.ts";
import { complaintText, parseConfig } from "../../../relay/config/mod.ts";
import type { Group } from "../../../relay/domain/group.ts";
import { HOUR, MINUTE, SECOND } from "../../../relay/base/duration.ts";

/** The group with these settings, or their errors. */
async function read(settings: string): Promise<Partial<Group> | string[]> {
  const yaml = `groups: [{ owner: ops, level: default, destinations: [], ${settings} }]`;
  const secrets = { key: "k", adminPassword: "p", intakeToken: "t" };
  const parsed = await parseConfig({ env: {}, yaml, secrets, channels: await discover() });
  if (!parsed.ok) return parsed.complaints.map(complaintText);
  const { window, repeat, grouping } = parsed.config.groups.get("ops/default")!;
  return { window, repeat, ...grouping && { grouping } } as Partial<Group>;
}

const DEFAULTS = { wait: 30 * SECOND, interval: 5 * MINUTE, repeat: 4 * HOUR };

const RIGHT: [string, Partial<Group>][] = [
  ["", { window: 5 * MINUTE, repeat: 4 * HOUR }],
  ["window: 1m, repeat: 0", { window: MINUTE, repeat: 0 }],
  ["group_by: [alertname, cluster]", {
    window: 4 * HOUR,
    repeat: 4 * HOUR,
    grouping: { by: ["alertname", "cluster"], ...DEFAULTS },
  }],
  ['group_by: ["..."]', { window: 4 * HOUR, repeat: 4 * HOUR, grouping: { by: ["..."], ...DEFAULTS } }],
  ["group_by: [], group_wait: 0, group_interval: 1m, repeat_interval: 2h", {
    window: 2 * HOUR,
    repeat: 2 * HOUR,
    grouping: { by: [], wait: 0, interval: MINUTE, repeat: 2 * HOUR },
  }],
];

for (const [settings, group] of RIGHT) {
  Deno.test(`a group with "${settings}" is understood`, async () => equal(await read(settings), group));
}

const WRONG: [string, string[]][] = [
  ["group_wait: 10s, repeat_interval: 2h", [
    "groups[0].group_wait: has no effect without group_by",
    "groups[0].repeat_interval: has no effect without group_by",
  ]],
  ["group_by: [a], window: 5m", [
    "groups[0].window: is not for a group with group_by: an alert is notified once",
  ]],
  ["group_by: [a], repeat: 4h", [
    "groups[0].repeat: is not for a group with group_by; use repeat_interval",
  ]],
  ['group_by: [a, "..."]', ['groups[0].group_by: must have no other label beside "..."']],
  ["group_by: a", ["groups[0].group_by: must be a list, not a string"]],
  ["group_by: [a], group_interval: 0", ["groups[0].group_interval: must be longer than 0"]],
];

for (const [settings, complaints] of WRONG) {
  Deno.test(`a group with "${settings}" is refused`, async () => equal(await read(settings), complaints));
}
