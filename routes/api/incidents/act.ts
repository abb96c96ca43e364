import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Action, ActResult } from "../../../relay/domain/action.ts";
import type { Relay } from "../../../relay/relay.ts";
import { RequestError } from "../../http/errors.ts";
import { endpoint } from "../endpoint.ts";
import { whoIs } from "../who.ts";
import { found, refusals } from "./found.ts";

/** At most this many incidents in one request to acknowledge. */
const MAX_ACKNOWLEDGED = 200;

const note = z.object({
  by: z.string().trim().max(100).optional().meta({
    description: "Who acknowledges; default: the caller",
    examples: ["li.lei"],
  }),
  memo: z.string().trim().max(500).optional().meta({ examples: ["A bigger disk is on its way"] }),
});

const closing = z.object({
  by: z.string().trim().max(100).optional().meta({
    description: "The person who closes it; default: the caller",
    examples: ["li.lei"],
  }),
  memo: note.shape.memo,
});

const memo = z.object({ memo: note.shape.memo.unwrap(), seen: note.shape.memo });

const several = note.extend({
  ids: z.array(z.string().max(100)).min(1).max(MAX_ACKNOWLEDGED).meta({
    examples: [["01KG9EGN000000000000000000-000"]],
  }),
});

/**
 * `POST /api/incidents/:id/ack`: acknowledge it ·
 * `PUT /api/incidents/:id/memo` · `DELETE /api/incidents/:id/ack`: withdraw that · `POST /api/incidents/ack`: acknowledge several ·
 * `POST /api/incidents/:id/close`: close it.
 */
export function incidentActRoutes({ commands, query: { clock } }: Relay): Hono {
  const app = new Hono();

  const all = endpoint({
    summary: "Acknowledge several incidents",
    details: "An incident that is already acknowledged stays unchanged: `knownBy` names the person.",
    body: several,
    answer: ({ incident }) =>
      z.object({ incidents: z.array(z.object({ id: z.string(), incident: incident.nullable() })) }),
  });
  app.post("/api/incidents/ack", all, async (c) => {
    const { ids, by = whoIs(c), memo } = c.req.valid("json");
    const now = clock.now();
    const action = { kind: "acknowledge", text: memo } as const;
    const said = { by, now, account: whoIs(c), seen: { known: false } };
    const after = await Promise.all([...new Set(ids)].map(async (id) => ({
      id,
      incident: (await commands.act(id, action, said))?.incident ?? null,
    })));
    return c.json({ incidents: after });
  });

  const known = endpoint({
    summary: "Acknowledge an incident",
    details: "Nobody is notified again until its severity rises or it is resolved.",
    body: note,
    answer: ({ incident }) => z.object({ incident }),
    refusals,
  });
  app.post("/api/incidents/:id/ack", known, async (c) => {
    const { by = whoIs(c), memo } = c.req.valid("json");
    const { incident, refused } = await act(c, { kind: "acknowledge", text: memo }, by);
    if (refused !== "over" || memo === undefined) return c.json({ incident });
    return c.json({ incident: (await act(c, { kind: "note", text: memo }, by)).incident });
  });

  const over = endpoint({
    summary: "Close an incident: a person says that it is over",
    details:
      "Every destination that was notified of it is told who closed it. One that is over already stays unchanged. " +
      "If its sender still says that it fires, that is a new incident.",
    body: closing,
    answer: ({ incident }) => z.object({ incident }),
    refusals,
  });
  app.post("/api/incidents/:id/close", over, async (c) => {
    const { by = whoIs(c), memo } = c.req.valid("json");
    return c.json({ incident: (await act(c, { kind: "close", text: memo }, by)).incident });
  });

  const unknown = endpoint({
    summary: "Withdraw an acknowledgement",
    answer: ({ incident }) => z.object({ incident }),
    refusals,
  });
  const remember = endpoint({
    summary: "Write the memo (note) without acknowledging",
    details:
      "Also for a closed incident. `seen` is the memo that the caller read: another person's is then not overwritten.",
    body: memo,
    example: { memo: "The disk was changed" },
    answer: ({ incident }) => z.object({ incident }),
    refusals: { ...refusals, 409: "Somebody wrote another memo meanwhile" },
  });
  app.put("/api/incidents/:id/memo", remember, async (c) => {
    const { memo, seen } = c.req.valid("json");
    const { incident } = await act(c, { kind: "note", text: memo }, whoIs(c), seen);
    if ((incident.memo ?? "") === memo) return c.json({ incident });
    throw new RequestError(409, `Cannot write the memo: somebody wrote another one: ${incident.memo ?? ""}`);
  });
  app.delete("/api/incidents/:id/ack", unknown, async (c) => {
    const { incident } = await act(c, { kind: "unacknowledge" }, whoIs(c));
    return c.json({ incident });
  });
  return app;

  async function act(c: Context, action: Action, by: string, memo?: string): Promise<ActResult> {
    const seen = memo === undefined ? undefined : { memo };
    const options = { by, account: whoIs(c), now: clock.now(), seen };
    return found(await commands.act(c.req.param("id")!, action, options));
  }
}
