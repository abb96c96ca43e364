/**
 * Fills a database in bulk, through the store's own code.
 *
 * @module
 */
import { BUILT_IN } from "../channels.ts";
import { findChannels } from "../relay/channel/discovery.ts";
import { complaintText, type Config, parseConfig } from "../relay/config/mod.ts";
import { deliveryAfter } from "../relay/delivery/settlement.ts";
import { Writer } from "../relay/intake/writer.ts";
import type { Queued } from "../relay/domain/record.ts";
import type { ChannelRegistry } from "../relay/channel/registry.ts";
import type { Lane } from "../relay/store/lane_leases.ts";
import type { Settlement } from "../relay/store/outbox.ts";
import { openStore, type Store } from "../relay/store/store.ts";
import { PASSWORD, TOKEN } from "./programs.ts";

/** A relay's database while it is filled. */
export interface Filling extends Disposable {
  readonly kv: Deno.Kv;
  readonly config: Config;
  readonly channels: ChannelRegistry;
  readonly store: Store;
  readonly writer: Writer;
}

/**
 * Opens, or creates, the database of a relay that has this working folder and this configuration. `now`: the time of
 * the data.
 */
export async function openFilling(
  { folder, yaml, now }: { folder: string; yaml: string; now: () => number },
): Promise<Filling> {
  const channels = findChannels(BUILT_IN);
  await channels.load();
  const parsed = await parseConfig({
    env: {},
    yaml,
    channels,
    secrets: { key: "bench-key", adminPassword: PASSWORD, intakeToken: TOKEN },
  });
  if (!parsed.ok) throw new Error(parsed.complaints.map(complaintText).join("\n"));
  const { config } = parsed;
  await Deno.mkdir(`${folder}/data`, { recursive: true });
  const kv = await Deno.openKv(`${folder}/data/fenghuo.db`);
  const store = await openStore(kv, {
    exclusive: true,
    clock: { now },
    key: config.key,
    retention: config.retention,
  });
  const writer = new Writer(store, { staleAfter: config.staleAfter, clock: { now } });
  return { kv, config, channels, store, writer, [Symbol.dispose]: () => kv.close() };
}

/** Deliveries that are settled at once. */
const SETTLED = 400;

/** The verdicts on a lane's deliveries, some at a time. */
export type Verdict = (entries: readonly Queued[], now: number) => Settlement | Promise<Settlement>;

/** Settles all deliveries of a lane. */
export async function settle(
  { outbox, queues }: Store,
  name: string,
  { now, verdict = allDelivered }: { now: number; verdict?: Verdict },
): Promise<void> {
  const claimed = await outbox.claim(name, { owner: "fill", now, until: now });
  let lane: Lane | "lost" = "heldUntil" in claimed ? "lost" : claimed.lane;
  while (lane !== "lost") {
    const entries: Queued[] = [];
    await queues.head(name, (entry) => entries.push(entry) >= SETTLED);
    if (entries.length === 0) return;
    lane = await outbox.settle(lane, await verdict(entries, now), { now, until: now });
  }
}

/** The vendor accepted each of them at the first attempt. `digest`: the digest that contained them all. */
export function allDelivered(entries: readonly Queued[], now: number, digest?: string): Settlement {
  const attempt = { at: now, ms: 3, request: "POST http://sink/", status: 200, because: "HTTP 200" };
  return {
    done: entries.map((entry) =>
      deliveryAfter(
        {
          entry,
          fate: { state: "delivered", because: "HTTP 200" },
          attempt: { ...attempt, verdict: "delivered" },
          ...digest === undefined ? {} : { digest },
        },
        undefined,
        now,
      )
    ),
  };
}
