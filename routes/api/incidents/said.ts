/**
 * The schemas of requests that act on incidents, and the parser of the requested action.
 *
 * @module
 */
import { z } from "zod";
import type { Action } from "../../../relay/domain/action.ts";
import { isInstant } from "../../../relay/base/instant.ts";
import type { Query } from "../../../relay/query/query.ts";
import { RequestError } from "../../http/errors.ts";
import { duration, moment } from "../input.ts";

/** The person who acts. */
export const by = z.string().trim().max(100).optional().meta({
  description: "The person who acts; default: the caller",
  examples: ["li.lei"],
});

/** A note. */
export const text = z.string().trim().max(500).meta({
  description: "A note for the timeline; when it is closed or reopened, the reason",
  examples: ["A bigger disk is on its way"],
});

/** The end of an acknowledgement or of a snooze. */
export const end = {
  until: moment.optional(),
  for: duration.optional(),
};

/** The assignee. */
export const to = z.string().trim().min(1).max(100).meta({
  description: "A member's id or name, or an account",
  examples: ["li.lei"],
});

/** The state that the caller read. */
export const seen = z.object({
  known: z.boolean().optional(),
  holder: z.string().max(100).optional(),
  memo: z.string().max(500).optional(),
}).optional().meta({
  description:
    "The state that you read: if it has changed since, nothing changes, and the answer is 409. An empty text: nobody, no note",
});

/** The fields of a request, for any action. */
export interface Said {
  readonly text?: string | undefined;
  readonly until?: number | undefined;
  readonly for?: number | undefined;
  readonly to?: string | undefined;
}

/** The fields that each kind of action uses, in addition to `by`. */
const FIELDS: Readonly<Record<Action["kind"], readonly (keyof Said)[]>> = {
  acknowledge: ["text", "until", "for"],
  unacknowledge: [],
  take: ["text", "until", "for"],
  assign: ["text", "to"],
  note: ["text"],
  snooze: ["text", "until", "for"],
  close: ["text"],
  reopen: ["text"],
};

/** The requested action. @throws RequestError 422 with the field · StoreError */
export async function actionOf(
  kind: Action["kind"],
  said: Said,
  { query, now }: { query: Pick<Query, "person">; now: number },
): Promise<Action> {
  const useless = (["text", "until", "for", "to"] as const)
    .find((name) => said[name] !== undefined && said[name] !== "" && !FIELDS[kind].includes(name));
  if (useless !== undefined) throw new RequestError(422, `${useless}: does not apply to the action ${kind}`);
  const text = said.text || undefined;
  switch (kind) {
    case "unacknowledge":
      return { kind };
    case "note":
      if (text === undefined) throw new RequestError(422, "text: is missing; a note needs one");
      return { kind, text };
    case "assign":
      return { kind, to: await nameIn(said.to, query), text };
    case "snooze": {
      const until = endOf(said, now);
      if (until === undefined) {
        throw new RequestError(422, 'until: is missing; give it, or for, such as "2h"');
      }
      return { kind, until, text };
    }
    case "close":
    case "reopen":
      return { kind, text };
    default:
      return { kind, until: endOf(said, now), text };
  }
}

function endOf({ until, for: lasts }: Said, now: number): number | undefined {
  if (until !== undefined && lasts !== undefined) {
    throw new RequestError(422, "for: cannot be combined with until; give one of them");
  }
  const end = until ?? (lasts === undefined ? undefined : now + lasts);
  if (end === undefined || isInstant(end)) return end;
  throw new RequestError(422, "for: must end before the year 10000");
}

async function nameIn(to: string | undefined, query: Pick<Query, "person">): Promise<string> {
  if (!to) throw new RequestError(422, "to: is missing; give a member's id or name, or an account");
  const person = await query.person(to);
  if ("name" in person) return person.name;
  throw new RequestError(
    422,
    person.wrong === "ambiguous"
      ? `to: several members are called "${to}"; give one of their ids${person.hint}`
      : `to: there is no member and no account "${to}"; they may have left${person.hint}`,
  );
}
