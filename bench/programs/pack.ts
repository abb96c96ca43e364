/**
 * Packs a database's log, as a relay does in the background: `pack.ts '{"folder": …}'`.
 *
 * @module
 */
import { openStore } from "../../relay/store/store.ts";

const { folder } = JSON.parse(Deno.args[0]!) as { folder: string };
const DAY = 86_400_000;
const kv = await Deno.openKv(`${folder}/data/fenghuo.db`);
const store = await openStore(kv, {
  exclusive: true,
  now: () => Date.now(),
  key: "bench-key",
  retention: { alerts: 30 * DAY, dead: 90 * DAY, audit: 365 * DAY },
});
await store.summaries.pack({ rest: 0 });
kv.close();
// deno-lint-ignore no-console -- the output is the result
console.log("{}");
