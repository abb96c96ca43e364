import { deepStrictEqual as equal, rejects } from "node:assert/strict";
import { type AcceptTools, createAccept } from "../../../relay/intake/accept.ts";
import type { PreparedAlert } from "../../../relay/intake/pipeline.ts";
import { StoreError } from "../../../relay/store/errors.ts";
import { alert } from "../../kit/domain.ts";

const NOW = Date.UTC(2026, 10, 2, 9);

for (const refused of [undefined, new StoreError("full", "Cannot store the alert: it is too large")]) {
  Deno.test(`the decisions of a payload ${refused ? "with a refused alert are not" : "are"} remembered`, async () => {
    const remembered: string[] = [];
    const accept = createAccept({
      routes: { groups: { all: [], get: () => undefined }, rules: [], aliases: new Map(), enrich: [] },
      secondLook: { for: () => Promise.resolve(false) },
      heartbeats: { isBeat: () => false, note: () => Promise.resolve() },
      silences: { covering: () => undefined },
      renewing: {
        sort: (fresh: readonly PreparedAlert[]) => Promise.resolve({ fresh, renewed: 0, updates: [] }),
        store: () => Promise.resolve(new Set<string>()),
        logged: ({ alert }: PreparedAlert) => remembered.push(alert.title),
      },
      writer: {
        append: (alerts: readonly PreparedAlert[]) =>
          Promise.resolve({
            logged: alerts.slice(refused ? 1 : 0).map(() => ({ id: "a", incident: null, routing: [] })),
            lanes: new Set<string>(),
            refused,
          }),
      },
      clock: { now: () => NOW },
      answerWithin: Infinity,
      wake: () => {},
    } as unknown as AcceptTools);
    const alerts = ["first", "second"].map((title) => ({
      alert: alert({ dialect: "alertmanager_api", title }),
      identity: { title },
    }));
    const accepted = accept(alerts, { now: NOW, bytes: 1, group: [] as never });

    if (refused) await rejects(accepted, refused);
    else await accepted;
    equal(remembered, refused ? [] : ["first", "second"]);
  });
}
