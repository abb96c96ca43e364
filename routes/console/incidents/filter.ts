import { z } from "zod";
import { SEVERITIES } from "../../../relay/domain/severity.ts";
import type { WantedIncidents } from "../../../relay/query/incident_list/wanted.ts";

/** The query of the list; invalid parameters are ignored. */
const query = z.object({
  state: z.enum(["open", "closed", "all"]).catch("open"),
  severity: z.enum(SEVERITIES).optional().catch(undefined),
  known: z.enum(["yes", "no"]).optional().catch(undefined),
  group: z.string().max(300).optional().catch(undefined),
  dialect: z.string().max(100).optional().catch(undefined),
  title: z.string().max(500).optional().catch(undefined),
  text: z.string().max(300).optional().catch(undefined),
});

/** The filter of the list of incidents. */
export type ListFilter = z.output<typeof query>;

/** The filter in the list's address. */
export function readFilter(search: URLSearchParams): ListFilter {
  return query.parse(Object.fromEntries([...search].filter(([, value]) => value !== "")));
}

/** The filter as a search for incidents. */
export function wantedBy({ known, ...filter }: ListFilter): WantedIncidents {
  return { ...filter, acknowledged: known === undefined ? undefined : known === "yes" };
}

/** The filter as it stands in an address. */
export function writeFilter(filter: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(filter).filter(([name, value]) =>
    value && !(name === "state" && value === "open")
  );
  return new URLSearchParams(given as [string, string][]).toString();
}
