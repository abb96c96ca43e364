import { whereOf, type WhereRules } from "../../relay/domain/where.ts";
import type { Query } from "../../relay/query/query.ts";
import { cut, oneLine } from "../../relay/base/text.ts";
import type { WholeAlert } from "../../relay/query/whole.ts";

/** The number of offered alerts, and the number of searched ones. */
const OFFERED = { most: 30, among: 500 };

/** An alert that the user may choose. */
export interface Pick {
  readonly id: string;
  readonly title: string;
  readonly at: number;
}

/** Recent alerts for a form that works with one, and the chosen one if it is older. @throws StoreError */
export async function pickable({ alerts, config }: Query, chosen: string): Promise<Pick[]> {
  const recent = await alerts.recent(OFFERED);
  const own = chosen === "" || recent.some(({ logged }) => logged.id === chosen)
    ? undefined
    : await alerts.whole(chosen);
  return [...own ? [own] : [], ...recent].map((one) => ({
    id: one.logged.id,
    title: titleOf(one, config.labelRules.where),
    at: one.logged.at,
  }));
}

/** An alert's title and its object, on one short line. */
export function titleOf({ alert: { title, labels } }: WholeAlert, rules: WhereRules): string {
  const { text } = whereOf(labels, rules);
  const words = [title, title.includes(text) ? "" : text].filter(Boolean).join(" · ");
  return cut(oneLine(words), { chars: 80 });
}
