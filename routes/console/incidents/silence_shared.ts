import { Hono } from "hono";
import { sharedMatchers } from "../../../relay/domain/shared_matchers.ts";
import { labelsIn } from "../../../relay/domain/record.ts";
import type { Relay } from "../../../relay/relay.ts";
import type { Shell } from "../shell.ts";
import { readActedFilter } from "./filter.ts";

/** The most incidents that are examined for common labels. */
const MAX_READ = 1_000;

/** The time limit of the search for them, in milliseconds. */
const BUDGET = 2_000;

/** `GET /incidents/silence?…`: the form of a silence, filled in with the common labels of all incidents of a filter. */
export function sharedSilenceRoutes(shell: Shell): Hono {
  const { relay } = shell;
  const app = new Hono();
  app.get("/incidents/silence", async (c) => {
    const view = await shell.open(c, "operator");
    const { filter, wanted } = readActedFilter(new URL(c.req.url).search);
    const found = await relay.query.incidents.find(wanted, {
      limit: MAX_READ,
      budget: BUDGET,
    });
    const address = await silenceOf(found.incidents.map(({ id }) => id), {
      relay,
      matchers: filter.matchers,
    });
    return address === undefined ? view.done("/incidents", "incidents.sharesNothing") : view.done(address);
  });
  return app;
}

/**
 * The address of the form of a silence for incidents; `undefined` if they have nothing in common. `isChosen`: whether
 * a person chose each of them, so that the silence also contains their differences, if these are short.
 *
 * @throws StoreError
 */
export async function silenceOf(
  ids: readonly string[],
  { relay: { query }, isChosen = false, matchers: given = [] }: {
    relay: Relay;
    isChosen?: boolean;
    /** The conditions of the search. */
    matchers?: readonly string[];
  },
): Promise<string | undefined> {
  if (ids.length === 1) return `/silences/new?incident=${encodeURIComponent(ids[0]!)}`;
  const alerts = await query.alerts.getMany(ids);
  const shared = sharedMatchers([...alerts.values()].map(labelsIn), { isChosen });
  const matchers = [...new Set([...given, ...shared])];
  if (matchers.length === 0) return undefined;
  return `/silences/new?${new URLSearchParams(matchers.map((text) => ["matchers", text]))}`;
}
