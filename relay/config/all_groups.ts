import type { GroupLookup } from "../domain/group.ts";
import type { AdhocGroups } from "./adhoc.ts";
import type { Config } from "./config.ts";
import type { LiveConfig } from "./live.ts";

/** The configured groups, and those that request addresses define. */
export function allGroups(
  { config, configuration, adhoc }: { config: Config; configuration: LiveConfig; adhoc: AdhocGroups },
): GroupLookup {
  return {
    get: (id) => config.groups.get(id) ?? adhoc.get(id),
    load: (id) => adhoc.load(id),
    refresh: () => configuration.refresh(),
    holds: (destination) => configuration.holds(destination),
    hasFallback: (lane) =>
      [...config.groups.values()].some(({ destinations }) =>
        destinations.some((one) => one.lane === lane && one.fallback !== undefined)
      ),
  };
}
