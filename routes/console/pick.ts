import { whereOf, type WhereRules } from "../../relay/domain/where.ts";
import type { Store } from "../../relay/store/store.ts";
import { cut, oneLine } from "../../relay/base/text.ts";
import { recentAlerts, type WholeAlert, wholeAlert } from "../../relay/query/whole.ts";

/** Alerts that are offered, and among how many they are looked for. */
const OFFERED = { most: 30, among: 500 };

/** An alert that may be chosen. */
export interface Pick {
  readonly id: string;
  readonly title: string;
  readonly at: number;
}

/** Recent alerts for a form that works with one, and the chosen one when it is older. @throws StoreError */
export async function pickable(store: Store, chosen: string, rules: WhereRules): Promise<Pick[]> {
  const recent = await recentAlerts(store, OFFERED);
  const own = chosen === "" || recent.some(({ logged }) => logged.id === chosen)
    ? undefined
    : await wholeAlert(chosen, store);
  return [...own ? [own] : [], ...recent].map((one) => ({
    id: one.logged.id,
    title: titleOf(one, rules),
    at: one.logged.at,
  }));
}

/** An alert's title and where it is, on one short line. */
export function titleOf({ alert: { title, labels } }: WholeAlert, rules: WhereRules): string {
  const { text } = whereOf(labels, rules);
  const words = [title, title.includes(text) ? "" : text].filter(Boolean).join(" · ");
  return cut(oneLine(words), { chars: 80 });
}
