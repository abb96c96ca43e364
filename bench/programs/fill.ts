/**
 * Fills a database, through the store's own code, with what a relay would have left there: `fill.ts '{"folder": …}'`.
 *
 * Alerts fire, are delivered, are resolved, and that is delivered, too. The newest tenth still fires.
 *
 * @module
 */
import { discover } from "../../channels/mod.ts";
import { complaintText, parseConfig } from "../../relay/config/mod.ts";
import { deliveryAfter } from "../../relay/delivery/settlement.ts";
import { fingerprint } from "../../relay/fingerprint.ts";
import type { Group } from "../../relay/group.ts";
import type { Intake } from "../../relay/intake/plan.ts";
import { Writer } from "../../relay/intake/writer.ts";
import type { Queued } from "../../relay/record.ts";
import { openStore, type Store } from "../../relay/store/store.ts";
import { parseAlertmanager } from "../../routes/alertmanager.ts";
import { PASSWORD, TOKEN } from "../programs.ts";
import { webhooks } from "../payloads.ts";

/** What to fill. */
export interface FillOptions {
  /** The relay's working folder. */
  readonly folder: string;
  readonly yaml: string;
  readonly alerts: number;
}

/** Alerts stored at once. */
const BATCH = 500;

/** Deliveries settled at once. */
const SETTLED = 200;

/** All of it happened in so many milliseconds until now. */
const PERIOD = 12 * 60 * 60_000;

const make = webhooks({ url: "http://fill", token: "", run: "fill.example.com" });
const decoder = new TextDecoder();

await fill(JSON.parse(Deno.args[0]!));
// deno-lint-ignore no-console -- the output is the result
console.log("{}");

async function fill({ folder, yaml, alerts }: FillOptions): Promise<void> {
  const channels = await discover();
  const parsed = await parseConfig({
    env: {},
    yaml,
    channels,
    secrets: { key: "bench-key", adminPassword: PASSWORD, intakeToken: TOKEN },
  });
  if (!parsed.ok) throw new Error(parsed.complaints.map(complaintText).join("\n"));
  const { config } = parsed;
  const group = config.groups.get("default/default")!;

  await Deno.mkdir(`${folder}/data`, { recursive: true });
  const kv = await Deno.openKv(`${folder}/data/fenghuo.db`);
  const began = Date.now() - PERIOD;
  let stored = 0;
  const now = (): number => Math.round(began + PERIOD * stored / alerts);
  const store = await openStore(kv, { exclusive: true, now, key: config.key, retention: config.retention });
  const writer = new Writer(store.journal, { staleAfter: config.staleAfter, now });

  const put = async (status: "firing" | "resolved", from: number): Promise<void> => {
    const intakes = Array.from(
      { length: BATCH },
      (_, index) => intakeOf(from + index, { status, group, now }),
    );
    await writer.append(intakes, { bytes: 0 });
    await settle(store, group.destinations[0]!.lane, now());
    stored += BATCH;
  };
  for (let number = 0; stored < alerts; number += BATCH) {
    await put("firing", number);
    if (stored < 0.9 * alerts) await put("resolved", number);
  }
  await writer.idle();
  kv.close();
}

function intakeOf(
  number: number,
  { status, group, now }: { status: "firing" | "resolved"; group: Group; now: () => number },
): Intake {
  const request = decoder.decode(make(number, 0));
  const [incoming] = parseAlertmanager(JSON.parse(request.slice(request.indexOf("{"))), {
    ignoreLabels: new Set(),
    severities: new Map(),
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

/** All that waits in a lane becomes delivered. */
async function settle({ outbox }: Store, name: string, now: number): Promise<void> {
  let lane = await outbox.claim(name, { owner: "fill", now, until: now });
  while (!("heldUntil" in lane)) {
    const entries: Queued[] = [];
    await outbox.head(name, (entry) => entries.push(entry) >= SETTLED);
    if (entries.length === 0) return;
    const attempt = { at: now, ms: 3, request: "POST http://sink/", status: 200, because: "HTTP 200" };
    const done = entries.map((entry) =>
      deliveryAfter(
        {
          entry,
          fate: { state: "delivered", because: "HTTP 200" },
          attempt: { ...attempt, verdict: "delivered" },
        },
        undefined,
        now,
      )
    );
    lane = await outbox.settle(lane, { done }) ?? { heldUntil: now };
  }
}
