/**
 * Fills a database, through the store's own code, with the records of a relay: `fill.ts '{"folder": …}'`.
 *
 * Alerts fire and are resolved, and both are delivered. The newest tenth still fires.
 *
 * @module
 */
import { fingerprint } from "../../relay/domain/fingerprint.ts";
import type { Group } from "../../relay/domain/group.ts";
import type { PreparedAlert } from "../../relay/intake/pipeline.ts";
import { parseAlertmanager } from "../../routes/dialects/alertmanager.ts";
import { openFilling, settle } from "../filling.ts";
import { webhooks } from "../payloads.ts";

/** The options of the program. */
export interface FillOptions {
  /** The relay's working folder. */
  readonly folder: string;
  readonly yaml: string;
  readonly alerts: number;
}

/** The number of alerts per commit. */
const BATCH = 500;

/** The time span of the data until now, in milliseconds. */
const PERIOD = 12 * 60 * 60_000;

const make = webhooks({ url: "http://fill", token: "", run: "fill.example.com" });
const decoder = new TextDecoder();

await fill(JSON.parse(Deno.args[0]!));
// deno-lint-ignore no-console -- the output is the result
console.log("{}");

async function fill({ folder, yaml, alerts }: FillOptions): Promise<void> {
  const began = Date.now() - PERIOD;
  let stored = 0;
  const now = (): number => Math.round(began + PERIOD * stored / alerts);
  using filling = await openFilling({ folder, yaml, now });
  const { config, store, writer } = filling;
  const group = config.groups.get("default/default")!;

  const put = async (status: "firing" | "resolved", from: number): Promise<void> => {
    const intakes = Array.from(
      { length: BATCH },
      (_, index) => intakeOf(from + index, { status, group, now }),
    );
    await writer.append(intakes, { bytes: 0 });
    await settle(store, group.destinations[0]!.lane, { now: now() });
    stored += BATCH;
  };
  for (let number = 0; stored < alerts; number += BATCH) {
    await put("firing", number);
    if (stored < 0.9 * alerts) await put("resolved", number);
  }
  await writer.idle();
  await store.incidents.sweep(); // as a relay does each minute
}

function intakeOf(
  number: number,
  { status, group, now }: { status: "firing" | "resolved"; group: Group; now: () => number },
): PreparedAlert {
  const request = decoder.decode(make(number, 0));
  const [incoming] = parseAlertmanager(JSON.parse(request.slice(request.indexOf("{"))), {
    ignoreLabels: new Set(),
    severities: new Map(),
    timezone: "UTC",
  });
  const { alert, identity } = incoming!;
  return {
    alert: { ...alert, status },
    fingerprint: fingerprint(alert.dialect, identity),
    routes: [{ group, by: "default" }],
    payload: `fill-${number}`,
    now: now(),
  };
}
