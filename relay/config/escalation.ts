import type { z } from "zod";
import { defined } from "../base/defined.ts";
import { formatDuration, MINUTE, parseDuration } from "../base/duration.ts";
import { didYouMean } from "../base/nearest.ts";
import type { Member } from "../channel.ts";
import type { ChannelRegistry } from "../channel/registry.ts";
import type { EscalationStep } from "../domain/escalation.ts";
import { type Destination, type Group, primaryDestinations } from "../domain/group.ts";
import type { DestinationSource } from "./destination.ts";
import type { stepSchema } from "./escalation_schema.ts";
import type { Path } from "./path.ts";

/** A step of the file. */
type StepFields = z.output<typeof stepSchema>;

/** The parts of a configuration to which the steps of a group refer. */
export interface EscalationContext {
  /** The group's id. */
  readonly group: string;
  /** The group's own destinations and members. */
  readonly destinations: readonly Destination[];
  readonly members: readonly string[];
  readonly byId: ReadonlyMap<string, Member>;
  /** Includes members with mistakes. */
  readonly memberIds: ReadonlySet<string>;
  readonly channels: Pick<ChannelRegistry, "get">;
  /** Makes the destination of a step with a channel; none if it has a mistake. */
  readonly make: (
    index: number,
    source: Pick<DestinationSource, "id" | "name" | "channel" | "config">,
  ) => Destination[];
  /** Called with a path that begins at `escalate`. */
  readonly complain: (path: Path, message: string) => void;
}

/** The default time between two repeats of a step. */
const EVERY = 10 * MINUTE;

/**
 * The name of the destination that belongs to a step: it stays the same when other steps come and go.
 *
 * @param name The step's channel, or the name of the group's destination that it uses.
 */
export function stepDestinationName(after: number, name: string): string {
  return `escalation-${formatDuration(after)}-${name}`;
}

/** The name of a step in its written form; `undefined` if it has no channel of its own. */
export function writtenStepDestination(
  { after, channel }: { after?: unknown; channel?: unknown },
): string | undefined {
  const ms = parseDuration(String(after));
  return ms === undefined || typeof channel !== "string" ? undefined : stepDestinationName(ms, channel);
}

/** Reads the steps of a group's escalation, and makes the destinations that belong to them. */
export function readEscalation(
  steps: readonly StepFields[],
  context: EscalationContext,
): Pick<Group, "escalate" | "destinations"> {
  const destinations: Destination[] = [];
  const escalate = steps.map((fields, index): EscalationStep => {
    const { after, to, only, times = 1, every = EVERY } = fields;
    const before = steps[index - 1]?.after ?? 0;
    if (after <= before) {
      context.complain(
        [index, "after"],
        `must be later than that of the step before, ${formatDuration(before)}`,
      );
    }
    if (fields.every !== undefined && times === 1) {
      context.complain([index, "every"], "has no effect without times");
    }
    const own = to === undefined ? destinationsOf(fields, index, context) : [];
    if (to !== undefined) checkGroupStep(fields, index, context);
    destinations.push(...own);
    const target = to === undefined ? { destinations: own.map(({ id }) => id) } : { group: to };
    return { after, to: target, ...defined({ only }), times, every };
  });
  return { escalate, destinations };
}

/** A step that notifies a group needs nothing else. */
function checkGroupStep(fields: StepFields, index: number, { group, complain }: EscalationContext): void {
  const { to } = fields;
  for (const key of ["members", "channel", "config"] as const) {
    if (fields[key] !== undefined) {
      complain([index, key], `has no effect beside to: "${to}" notifies its own members`);
    }
  }
  if (to === group) complain([index, "to"], "is this group itself, which has been notified already");
}

/** The destinations of a step that notifies members, or through a channel. */
function destinationsOf(fields: StepFields, index: number, context: EscalationContext): Destination[] {
  const { after, members, channel, config } = fields;
  const { group, byId, make, complain } = context;
  checkMembers(fields, index, context);
  if (members === undefined && channel === undefined) {
    complain([index], "notifies nobody: write to, members or channel");
    return [];
  }
  if (config !== undefined && channel === undefined) {
    complain([index, "config"], "has no effect without channel");
  }
  const people = members && { members: [...new Set(members)].flatMap((id) => byId.get(id) ?? []) };
  const named = (name: string): Pick<Destination, "id" | "name"> => {
    const own = stepDestinationName(after, name);
    if (context.destinations.some((other) => other.name === own)) {
      complain([index, "after"], `needs the name "${own}", which a destination of the group has`);
    }
    return { id: `${group}/${own}`, name: own };
  };
  if (channel !== undefined) {
    const made = make(index, { ...named(channel), channel, config: config ?? {} });
    return made.map((one) => ({ ...one, ...people, isStep: true }));
  }
  const own = primaryDestinations(context);
  if (own.length === 0) complain([index], "notifies nobody: the group has no destination; write channel");
  return own.map(({ fallback: _, ...destination }) => ({
    ...destination,
    ...named(destination.name),
    ...people,
    isStep: true,
  }));
}

/** Members must exist, and have an address that a channel of the step reads. */
function checkMembers(
  { members, channel }: StepFields,
  index: number,
  { destinations, members: group, byId, memberIds, channels, complain }: EscalationContext,
): void {
  const used = channel === undefined
    ? primaryDestinations({ destinations }).map((one) => one.channel)
    : [channel];
  const addresses = used.map((name) => [channels.get(name)?.address ?? []].flat().map(({ name }) => name));
  const needed = [...new Set(addresses.flat())];
  const isOpen = needed.length === 0 || addresses.some((names) => names.length === 0); // no address is needed
  for (const [position, id] of members?.entries() ?? []) {
    const here = [index, "members", position];
    if (!memberIds.has(id)) complain(here, `there is no member "${id}"${didYouMean(id, memberIds)}`);
    const member = byId.get(id);
    if (!member || isOpen || needed.some((address) => member[address] !== undefined)) continue;
    complain(here, `"${id}" has no ${needed.join(" or ")}, which ${used.join(", ")} needs`);
  }
  const callsEach = channel !== undefined && channels.get(channel)?.per === "recipient";
  if (members === undefined && callsEach && group.length === 0) {
    complain([index], `notifies nobody: the group has no members whom ${channel} could call; write members`);
  }
}

/**
 * The groups that a step names must exist, and no escalation may return to its first group.
 *
 * @param complain Called with a group's id and a path that begins at its `escalate`.
 */
export function checkEscalationGroups(
  groups: ReadonlyMap<string, Group>,
  { ids, complain }: {
    /** Includes groups with mistakes. */
    ids: ReadonlySet<string>;
    complain: (group: string, path: Path, message: string) => void;
  },
): void {
  const next = new Map([...groups].flatMap(([id, { escalate = [] }]) => {
    const targets = escalate.map(({ to }) => "group" in to ? to.group : undefined);
    return targets.some((target) => target !== undefined) ? [[id, targets] as const] : [];
  }));
  for (const [id, targets] of next) {
    for (const [index, target] of targets.entries()) {
      if (target === undefined || target === id) continue;
      if (!ids.has(target)) {
        complain(id, [index, "to"], `there is no group "${target}"${didYouMean(target, ids)}`);
        continue;
      }
      const way = wayTo(id, target, next);
      if (way) complain(id, [index, "to"], `comes back to its beginning: ${[id, ...way].join(" → ")}`);
    }
  }
}

/** The chain of escalations from one group to another, including both; `undefined` if there is none. */
function wayTo(
  end: string,
  from: string,
  next: ReadonlyMap<string, readonly (string | undefined)[]>,
): string[] | undefined {
  const seen = new Set<string>();
  let ways = [[from]];
  while (ways.length > 0) {
    const found = ways.find((way) => way.at(-1) === end);
    if (found) return found;
    ways = ways.flatMap((way) =>
      (next.get(way.at(-1)!) ?? []).flatMap((target) => {
        if (target === undefined || seen.has(target)) return [];
        seen.add(target);
        return [[...way, target]];
      })
    );
  }
  return undefined;
}
