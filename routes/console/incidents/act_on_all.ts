import type { Action, ActResult, Seen } from "../../../relay/domain/action.ts";
import type { Relay } from "../../../relay/relay.ts";
import type { View } from "../shell.ts";

/** At most this many incidents are changed at once. */
const STEP = 200;

/** Acts on incidents in the name of an account; `undefined` for a deleted one. @throws StoreError */
export async function actOnAll(
  ids: Iterable<string>,
  action: Action,
  { relay: { commands }, view: { who, now }, seen }: {
    relay: Relay;
    view: Pick<View, "who" | "now">;
    /** Changes only incidents in this state. */
    seen?: Seen | undefined;
  },
): Promise<(ActResult | undefined)[]> {
  const by = who!.name;
  const results: (ActResult | undefined)[] = [];
  const all = [...new Set(ids)];
  for (let from = 0; from < all.length; from += STEP) {
    const some = all.slice(from, from + STEP);
    results.push(
      ...await Promise.all(some.map((id) => commands.act(id, action, { by, account: by, now, seen }))),
    );
  }
  return results;
}
