import { tellingLabels } from "../../../relay/silence.ts";
import { cut } from "../../../relay/text.ts";

/** Where it happens: its most telling labels, without those that only say its title again. */
export function placeOf(labels: Readonly<Record<string, string>>, title: string): [string, string][] {
  return tellingLabels(labels).filter(([, value]) => value !== title).slice(0, 4)
    .map(([name, value]) => [name, cut(value, { chars: 80 })]);
}
