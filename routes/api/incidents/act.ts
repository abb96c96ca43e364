import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Action, ActionRefusal, Seen } from "../../../relay/domain/action.ts";
import { isOver } from "../../../relay/domain/incident.ts";
import { translator } from "../../../relay/message/locale.ts";
import type { Relay } from "../../../relay/relay.ts";
import { RequestError } from "../../http/errors.ts";
import { refusalSentence, refusalStatus } from "../../http/refused_act.ts";
import { endpoint } from "../endpoint.ts";
import { whoIs } from "../who.ts";
import { found, refusals } from "./found.ts";
import { actionOf, by, end, type Said, seen, text, to } from "./said.ts";

/** The body of a request, for any action. */
interface Body extends Said {
  readonly by?: string | undefined;
  /** The earlier name of `text`. */
  readonly memo?: string | undefined;
  readonly seen?: Seen | undefined;
}

const memo = text.optional().meta({
  description: "The earlier name of `text`; when the incident is over, it is still added as a note",
});
const note = { by, text: text.optional(), seen };

/** An endpoint that acts on one incident. */
interface Act {
  readonly kind: Action["kind"];
  readonly path: string;
  readonly summary: string;
  readonly details?: string;
  readonly body: z.ZodType<Body>;
  readonly example?: unknown;
}

const ACTS: readonly Act[] = [
  {
    kind: "acknowledge",
    path: "ack",
    summary: "Acknowledge an incident",
    details:
      "Nobody is notified again until its severity rises, it is resolved, or, with `until` or `for`, that time is over: then " +
      "the groups are notified that nobody has it.",
    body: z.object({ ...note, ...end, memo }),
    example: { text: "A bigger disk is on its way", for: "2h" },
  },
  {
    kind: "take",
    path: "take",
    summary: "Take an incident: acknowledge it, and become its holder",
    body: z.object({ ...note, ...end }),
    example: { by: "li.lei" },
  },
  {
    kind: "assign",
    path: "assign",
    summary: "Assign an incident: acknowledge it, and make somebody else its holder",
    details: "`holder` of the incident is the person's name.",
    body: z.object({ ...note, to }),
    example: { to: "li.lei", text: "Your database" },
  },
  {
    kind: "note",
    path: "notes",
    summary: "Add a note to an incident, open or closed",
    details:
      "Notes are added to the timeline, and never overwritten. `memo` of the incident is the newest one.",
    body: z.object({ by, text, seen }),
    example: { text: "The disk was changed" },
  },
  {
    kind: "snooze",
    path: "snooze",
    summary: "Snooze an incident: notify nobody of it until a time",
    details:
      "Unless its severity rises. It ends at `until`, or after `for`; one of them is needed. Then the groups are notified " +
      "that nobody has it.",
    body: z.object({ ...note, ...end }),
    example: { for: "2h", text: "The backup runs until then" },
  },
  {
    kind: "close",
    path: "close",
    summary: "Close an incident: declare that it is over",
    details:
      "Everybody who was notified is told. An incident that is already over stays unchanged. If its sender still sends the " +
      "same occurrence, it is counted, and after the group's `repeat` the incident opens again; a new occurrence is a new incident.",
    body: z.object({ ...note, memo }),
    example: { text: "The disk was replaced" },
  },
  {
    kind: "reopen",
    path: "reopen",
    summary: "Reopen a closed incident: declare that it is not over",
    details: "Its groups are notified.",
    body: z.object(note),
    example: { text: "It fails again" },
  },
];

const refused = {
  ...refusals,
  409: "Nothing was changed: `error` says why, `refused` in one word, and `incident` is as it is now",
};

/** The refusals of an incident that is already in the wanted state. */
const HARMLESS_REFUSALS: Readonly<Partial<Record<Action["kind"], readonly ActionRefusal[]>>> = {
  close: ["unchanged", "over"],
  unacknowledge: ["unchanged", "over"],
};

/**
 * `POST /api/incidents/:id/{ack,take,assign,notes,snooze,close,reopen}` · `DELETE /api/incidents/:id/ack`: withdraw the
 * acknowledgement · `PUT /api/incidents/:id/memo`: add a note.
 */
export function incidentActRoutes({ commands, query }: Relay): Hono {
  const app = new Hono();

  for (const { kind, path, summary, details, body, example } of ACTS) {
    const one = endpoint({
      summary,
      ...details === undefined ? {} : { details },
      body,
      ...example === undefined ? {} : { example },
      answer: ({ incident }) => z.object({ incident }),
      refusals: refused,
    });
    app.post(`/api/incidents/:id/${path}`, one, async (c) => {
      const { by, memo, seen, ...said }: Body = c.req.valid("json");
      const now = query.clock.now();
      const action = await actionOf(kind, { ...said, text: said.text ?? memo }, { query, now });
      if (memo && kind === "acknowledge" && await isOverNow(c)) {
        return await act(c, { kind: "note", text: memo }, { by });
      }
      return await act(c, action, { by, seen });
    });
  }

  const withdraw = endpoint({
    summary: "Withdraw an acknowledgement or a snooze",
    answer: ({ incident }) => z.object({ incident }),
    refusals: refused,
  });
  app.delete("/api/incidents/:id/ack", withdraw, (c) => act(c, { kind: "unacknowledge" }));

  const remember = endpoint({
    summary: "Add a note, unless it is the newest one",
    details: "`seen` is the newest note that the caller read: if there is a newer one, nothing changes.",
    body: z.object({ memo: text.min(1), seen: z.string().max(500).optional() }),
    example: { memo: "The disk was changed" },
    answer: ({ incident }) => z.object({ incident }),
    refusals: { ...refusals, 409: "Somebody wrote another note meanwhile" },
  });
  app.put("/api/incidents/:id/memo", remember, async (c) => {
    const { memo, seen } = c.req.valid("json");
    return await act(c, { kind: "note", text: memo }, seen === undefined ? {} : { seen: { memo: seen } });
  });
  return app;

  async function isOverNow(c: Context): Promise<boolean> {
    const incident = await query.incidents.get(c.req.param("id")!);
    return incident !== undefined && isOver(incident);
  }

  async function act(
    c: Context,
    action: Action,
    { by, seen }: Pick<Body, "by" | "seen"> = {},
  ): Promise<Response> {
    const account = whoIs(c);
    const options = { by: by || account, account, now: query.clock.now(), seen };
    const result = await commands.act(c.req.param("id")!, action, options);
    const incident = found(result?.incident);
    const refused = result?.refused;
    if (refused === undefined || (HARMLESS_REFUSALS[action.kind] ?? ["unchanged"]).includes(refused)) {
      return c.json({ incident });
    }
    const { key, params } = refusalSentence(refused, incident);
    throw new RequestError(refusalStatus(refused), translator("en")(key, params), {}, { refused, incident });
  }
}
