import { z } from "zod";
import { PatternBudget, REQUEST_INSTRUCTIONS, within } from "../../../relay/base/pattern.ts";
import { formatMatcher, type Matcher, parseMatcher } from "../../../relay/domain/matcher.ts";
import { type GroupBy, parseGroupBy } from "../../../relay/query/incident_list/groups.ts";
import { SORT_ORDERS } from "../../../relay/query/incident_list/order.ts";
import type { WantedIncidents } from "../../../relay/query/incident_list/wanted.ts";
import { filterFields, STATES } from "../../api/incidents/filter.ts";
import { PageError } from "../../http/errors.ts";

/** At most this many conditions on labels: an address has to hold them. */
const MAX_MATCHERS = 20;

/** The query of the list. */
const query = z.object({
  state: z.enum(STATES).default("open"),
  known: z.enum(["yes", "no"]).optional(),
  ...filterFields,
  sort: z.enum(SORT_ORDERS).optional(),
  /** `none`, `title`, or `label:` with the name of a label. */
  group_by: z.string().max(300).optional(),
});

/** The filter and the order of the list of incidents. */
export type ListFilter = z.output<typeof query> & {
  /** Conditions on labels, as texts. */
  readonly matchers: readonly string[];
};

type Fields = Record<string, string>;

/** A condition on a label that cannot be read. */
export interface WrongMatcher {
  readonly text: string;
  readonly problem: string;
}

/** The filter in the list's address; invalid parameters are ignored, except conditions on labels. */
export function readFilter(search: URLSearchParams): ListFilter {
  const given = fieldsOf(search);
  const { error } = query.safeParse(given);
  const wrong = new Set(error?.issues.map(({ path }) => String(path[0])));
  const right = Object.fromEntries(Object.entries(given).filter(([name]) => !wrong.has(name)));
  return { ...query.parse(right), matchers: matchersOf(search).slice(0, MAX_MATCHERS) };
}

/**
 * Reads the filter of an action. No part of it is ignored, because the action would change more incidents than the person saw.
 *
 * @throws PageError 422
 */
export function readActedFilter(text: string): { filter: ListFilter; wanted: WantedIncidents } {
  const search = new URLSearchParams(text);
  const read = query.safeParse(fieldsOf(search));
  const texts = matchersOf(search);
  if (!read.success || texts.length > MAX_MATCHERS) throw new PageError(422, "incidents.wrongFilter");
  const filter = { ...read.data, matchers: texts };
  const { matchers, wrong } = matchersIn(filter);
  if (wrong.length > 0) throw new PageError(422, "incidents.wrongMatcher", { params: { ...wrong[0]! } });
  return { filter, wanted: wantedBy(filter, matchers) };
}

function fieldsOf(search: URLSearchParams): Fields {
  return Object.fromEntries([...search].filter(([, value]) => value !== ""));
}

function matchersOf(search: URLSearchParams): string[] {
  return [...new Set(search.getAll("matchers").filter((text) => text !== ""))];
}

/** The conditions on labels, and those that cannot be read. */
export function matchersIn({ matchers }: Pick<ListFilter, "matchers">): {
  matchers: Matcher[];
  wrong: WrongMatcher[];
} {
  const read: Matcher[] = [];
  const wrong: WrongMatcher[] = [];
  within(new PatternBudget(REQUEST_INSTRUCTIONS), () => {
    for (const text of matchers) {
      try {
        read.push(parseMatcher(text));
      } catch (error) {
        wrong.push({ text, problem: (error as Error).message });
      }
    }
  });
  return { matchers: read, wrong };
}

/** The filter as a search for incidents. `matchers`: its parsed conditions on labels. */
export function wantedBy(
  { state, severity, known, group, dialect, holder, title, text }: ListFilter,
  matchers: readonly Matcher[],
): WantedIncidents {
  const acknowledged = known === undefined ? undefined : known === "yes";
  return { state, severity, acknowledged, group, dialect, holder, title, text, matchers };
}

/** The grouping of the list. Default: open incidents by their title, unless the filter contains a title. */
export function groupByOf({ group_by, state, title }: ListFilter): GroupBy | undefined {
  if (group_by === "none") return undefined;
  const given = group_by === undefined ? undefined : parseGroupBy(group_by);
  if (given) return given.by === "title" && title !== undefined ? undefined : given;
  return state === "open" && title === undefined ? { by: "title" } : undefined;
}

/** Values of an address that replace those of the filter; `undefined` removes one. */
export type FilterChange = {
  readonly [K in keyof ListFilter | "after" | "expand"]?: string | readonly string[] | undefined;
};

/** The filter as the query of an address. */
export function writeFilter(filter: FilterChange): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(filter)) {
    if (value === undefined || value === "" || name === "state" && value === "open") continue;
    for (const one of [value].flat()) search.append(name, one);
  }
  return search.toString();
}

/** The address of the list with a filter. */
export function addressOf(filter: FilterChange): string {
  const search = writeFilter(filter);
  return search === "" ? "/incidents" : `/incidents?${search}`;
}

/** A condition that a label has a value. */
export function labelIs(name: string, value: string): string {
  return formatMatcher({ name, operator: "=", value });
}

/** A word of the search box that is a condition on a label. */
const CONDITION = /^[A-Za-z_][\w.-]*(?:=~|!~|!=|=)\S/;

/** Splits the text of the search box into conditions on labels, such as `team=ops`, and words. */
export function readTyped(typed: string): { matchers: string[]; text: string } {
  // A value in quotes may contain spaces.
  const words = typed.match(/(?:[^\s"]|"(?:[^"\\]|\\.)*"?)+/g) ?? [];
  const { yes = [], no = [] } = Object.groupBy(words, (word) => CONDITION.test(word) ? "yes" : "no");
  return { matchers: yes.map(normal), text: no.join(" ") };
}

/** A condition in its usual spelling; an invalid one is unchanged, so that the page can report it. */
function normal(text: string): string {
  try {
    return formatMatcher(parseMatcher(text));
  } catch {
    return text;
  }
}
