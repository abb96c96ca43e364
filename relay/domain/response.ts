/**
 * The response times to incidents, and their durations: MTTA, MTTR and the acknowledged share of each group.
 *
 * @module
 */
import { type Incident, isOver, notifiedGroups } from "./incident.ts";
import type { Tally } from "./tally.ts";

/** A step of an incident that counts for the figures of its notified groups. */
export interface Response {
  /** A person acknowledged or closed it for the first time · it is over · it was closed too early, and is open again. */
  readonly kind: "answered" | "ended" | "reopened";
  /** Milliseconds from its opening to this step; for `reopened`, to the end that does not count. */
  readonly ms: number;
  /** Whether a person had answered it by then. */
  readonly answered: boolean;
  readonly groups: readonly string[];
}

/** The incident after a change, with the time of a person's first answer. `before`: the same incident before. */
export function withAnswer(before: Incident | undefined, after: Incident): Incident {
  const own = before?.id === after.id ? before : undefined;
  // An earlier version stored the acknowledgement alone: a later action is not the first answer.
  const answeredAt = own?.answeredAt ?? (own && answerIn(own)) ?? answerIn(after);
  return answeredAt === undefined || after.answeredAt === answeredAt ? after : { ...after, answeredAt };
}

/** The time at which a person acknowledged, took or closed it, according to the incident. */
function answerIn({ known, knownAt, closedBy, closedAt }: Incident): number | undefined {
  if (known && knownAt !== undefined) return knownAt;
  return closedBy === undefined ? undefined : closedAt ?? undefined;
}

/**
 * The steps in a change of an incident. An incident that fell silent has not ended.
 *
 * @param before As {@linkcode withAnswer} returned it, like `after`
 */
export function responsesIn(before: Incident | undefined, after: Incident): Response[] {
  if (before?.id !== after.id) return [];
  const groups = notifiedGroups(after);
  if (groups.length === 0) return [];
  const { openedAt, answeredAt } = after;
  const responses: Response[] = [];
  const add = (kind: Response["kind"], at: number): void => {
    responses.push({ kind, ms: Math.max(0, at - openedAt), answered: answeredAt !== undefined, groups });
  };
  if (before.answeredAt === undefined && answeredAt !== undefined) add("answered", answeredAt);
  if (!isOver(before) && isOver(after)) add("ended", after.closedAt!);
  if (isOver(before) && !isOver(after)) add("reopened", before.closedAt!);
  return responses;
}

/** The figures of a group. The sums are in milliseconds. */
export interface ResponseFigures {
  /** Incidents that a person answered for the first time, and the time that it took. */
  readonly answered: number;
  readonly answeredMs: number;
  /** Ended incidents, their total duration, and the number of them that a person had answered. */
  readonly ended: number;
  readonly endedMs: number;
  readonly endedAnswered: number;
}

/** The figures when nothing happened. */
export const NO_RESPONSES: ResponseFigures = {
  answered: 0,
  answeredMs: 0,
  ended: 0,
  endedMs: 0,
  endedAnswered: 0,
};

/** Stands for all groups: an incident counts once there, however many groups were notified of it. */
export const ALL_GROUPS = "";

/** Count steps: `ended ops/default`, `endedMs ops/default` …, and the same for {@linkcode ALL_GROUPS}. */
export function countResponses(responses: readonly Response[]): Tally {
  const tally: Record<string, number> = {};
  const count = (name: keyof ResponseFigures, group: string, by: number): void => {
    tally[`${name} ${group}`] = (tally[`${name} ${group}`] ?? 0) + by;
  };
  for (const { kind, ms, answered, groups } of responses) {
    for (const group of [ALL_GROUPS, ...groups]) {
      if (kind === "answered") {
        count("answered", group, 1);
        count("answeredMs", group, ms);
        continue;
      }
      const sign = kind === "ended" ? 1 : -1;
      count("ended", group, sign);
      count("endedMs", group, sign * ms);
      if (answered) count("endedAnswered", group, sign);
    }
  }
  return tally;
}

/** Parse the counts of {@linkcode countResponses}, by group. */
export function figuresIn(tally: Tally): Map<string, ResponseFigures> {
  const figures = new Map<string, ResponseFigures>();
  for (const [key, count] of Object.entries(tally)) {
    const space = key.indexOf(" ");
    const [name, group] = [key.slice(0, space), key.slice(space + 1)];
    figures.set(group, { ...figures.get(group) ?? NO_RESPONSES, [name]: count });
  }
  return figures;
}
