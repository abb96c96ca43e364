import type { TextKey, Translate } from "../../../relay/message/locale.ts";
import type { Facet } from "../../../relay/query/shapes/incident_list.ts";
import type { Query } from "../../../relay/query/query.ts";
import { addressOf, labelIs, type ListFilter } from "./filter.ts";

/** A condition of the filter, which a link removes. */
export interface Chip {
  readonly name: string;
  readonly value: string;
  readonly address: string;
}

/** A value of a facet, with the link that adds it to the filter, or removes it. */
interface ShownValue {
  readonly text: string;
  /** A severity, which has a colour. */
  readonly severity?: string;
  readonly count: number;
  readonly chosen: boolean;
  readonly address: string;
}

/** A facet as the page shows it. */
export interface ShownFacet {
  readonly id: string;
  readonly title: string;
  readonly values: readonly ShownValue[];
  readonly others: number;
}

/** The field of the filter for each facet that has one. */
const FIELDS = {
  severity: "severity",
  acknowledged: "known",
  group: "group",
  dialect: "dialect",
  holder: "holder",
  title: "title",
} as const;

const TITLES: Readonly<Record<keyof typeof FIELDS, TextKey>> = {
  severity: "incidents.severity",
  acknowledged: "incidents.known",
  group: "incidents.group",
  dialect: "incidents.dialect",
  holder: "incidents.holder",
  title: "incidents.name",
};

/** The facets, with a link at each value. A facet without a choice is not shown. */
export function shownFacets(
  facets: readonly Facet[],
  filter: ListFilter,
  { t, query }: { t: Translate; query: Pick<Query, "nameOf"> },
): ShownFacet[] {
  const shown = facets.map((facet, index): ShownFacet => {
    const { by, name, others } = facet;
    const values = facet.values.map(({ value, count }): ShownValue => {
      if (by === "label") {
        const condition = labelIs(name!, value);
        const chosen = filter.matchers.includes(condition);
        const matchers = chosen
          ? filter.matchers.filter((one) => one !== condition)
          : [...filter.matchers, condition];
        return { text: value, count, chosen, address: addressOf({ ...filter, matchers }) };
      }
      const field = FIELDS[by];
      const chosen = filter[field] === value;
      return {
        text: wordsOf(by, value, { t, query }),
        ...by === "severity" && { severity: value },
        count,
        chosen,
        address: addressOf({ ...filter, [field]: chosen ? undefined : value }),
      };
    });
    return { id: `facet-${index}`, title: by === "label" ? name! : t(TITLES[by]), values, others };
  });
  return shown.filter(({ values, others }) =>
    values.length + others > 1 || values.some(({ chosen }) => chosen)
  );
}

function wordsOf(
  by: keyof typeof FIELDS,
  value: string,
  { t, query }: { t: Translate; query: Pick<Query, "nameOf"> },
): string {
  if (by === "severity") return t(`severity.${value}` as TextKey);
  if (by === "acknowledged") return t(`incidents.known.${value as "yes" | "no"}`);
  return by === "holder" ? query.nameOf(value) : value;
}

/** The conditions of a filter, each with the link that removes it. */
export function chipsOf(
  filter: ListFilter,
  { t, query }: { t: Translate; query: Pick<Query, "nameOf"> },
): Chip[] {
  const fields = (Object.keys(FIELDS) as (keyof typeof FIELDS)[]).flatMap((by): Chip[] => {
    const field = FIELDS[by];
    const value = filter[field];
    if (value === undefined) return [];
    const address = addressOf({ ...filter, [field]: undefined });
    return [{ name: t(TITLES[by]), value: wordsOf(by, value, { t, query }), address }];
  });
  const labels = filter.matchers.map((text): Chip => ({
    name: "",
    value: text,
    address: addressOf({ ...filter, matchers: filter.matchers.filter((one) => one !== text) }),
  }));
  const words = filter.text === undefined ? [] : [{
    name: t("incidents.words"),
    value: filter.text,
    address: addressOf({ ...filter, text: undefined }),
  }];
  return [...fields, ...labels, ...words];
}
