import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Relay } from "../../relay/relay.ts";
import { described } from "../http/described.ts";
import { gettable, isWanted, type WantedAlerts } from "./alert.ts";
import { groupLabelsOf } from "./group_labels.ts";
import { filterOf, isOn, receiverFilterOf } from "./input.ts";
import { alertGroup, type GettableAlert, gettableAlert } from "./shapes.ts";
import { streamArray } from "./stream.ts";

const text = z.string().optional();

const filters = {
  query: z.object({
    filter: text.meta({ description: "A matcher of labels; may occur again" }),
    receiver: text.meta({ description: "A regular expression of a group's id" }),
    active: text.meta({ description: "`false`: only suppressed alerts" }),
    silenced: text.meta({ description: "`false`: no silenced alerts" }),
    inhibited: text.meta({ description: "`false`: no inhibited alerts" }),
    unprocessed: text.meta({ description: "Has no effect: each alert is decided when it is stored" }),
  }),
};

/** `GET /api/v2/alerts` and `/api/v2/alerts/groups`: the open incidents. */
export function alertRoutes({ query }: Relay): Hono {
  const app = new Hono();

  /** The wanted alerts, in batches. @throws RequestError 400 · StoreError */
  async function* wanted(c: Context): AsyncGenerator<GettableAlert[]> {
    const { config: { staleAfter, publicUrl } } = query;
    const matchers = filterOf(c);
    const isReceiver = receiverFilterOf(c);
    const kinds: WantedAlerts = {
      active: isOn(c, "active"),
      silenced: isOn(c, "silenced"),
      inhibited: isOn(c, "inhibited"),
    };
    for await (const batch of query.incidents.current({ matchers, now: query.clock.now() })) {
      yield batch
        .filter(({ groups }) => isReceiver === undefined || groups.some(isReceiver))
        .map((one) => gettable(one, { staleAfter, publicUrl }))
        .filter((alert) => isWanted(alert, kinds));
    }
  }

  const list = {
    ...filters,
    summary: "The open incidents, as Alertmanager's alerts",
    answer: () => z.array(gettableAlert),
  };
  app.get(
    "/api/v2/alerts",
    described(list, async (c) => {
      async function* batches(): AsyncGenerator<string[]> {
        for await (const batch of wanted(c)) yield batch.map((alert) => JSON.stringify(alert));
      }
      return await streamArray(c, batches());
    }),
  );

  const groups = {
    ...filters,
    summary: "The open incidents by group and labels, as Alertmanager's groups",
    details: "Grouped by the group's `group_by`, without one by `alertname`.",
    answer: () => z.array(alertGroup),
  };
  app.get(
    "/api/v2/alerts/groups",
    described(groups, async (c) => {
      const isReceiver = receiverFilterOf(c) ?? (() => true);
      async function* batches(): AsyncGenerator<string[]> {
        /** The groups by the beginning of their JSON. */
        const found = new Map<string, string[]>();
        for await (const batch of wanted(c)) {
          for (const alert of batch) {
            const json = JSON.stringify(alert);
            for (const { name } of alert.receivers.filter(({ name }) => isReceiver(name))) {
              const labels = groupLabelsOf(alert.labels, query.config.groups.get(name)?.grouping);
              const head = JSON.stringify({ receiver: { name }, labels });
              const alerts = found.get(head);
              if (alerts) alerts.push(json);
              else found.set(head, [json]);
            }
          }
        }
        for (const [head, alerts] of found) {
          yield [`${head.slice(0, -1)},"alerts":[${alerts.join(",")}]}`];
        }
      }
      return await streamArray(c, batches());
    }),
  );
  return app;
}
