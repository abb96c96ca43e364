import { defined } from "../../relay/base/defined.ts";
import { formatDuration } from "../../relay/base/time.ts";
import { findDestination } from "../../relay/domain/group.ts";
import { deliveryWords } from "../../relay/query/timeline_words.ts";
import { waitsFor } from "../../relay/query/why.ts";
import type { Relay } from "../../relay/relay.ts";
import { timelineDelivery } from "./alerts/verdict.ts";
import type { DeliveryStory } from "./delivery_story.ts";
import type { View } from "./shell.ts";
import { briefTime } from "./time_element.ts";

/** The outcome of a delivery in one sentence, and its colour. */
export function deliveryVerdict(
  { id, group, destination, record, waiting }: DeliveryStory,
  { t, locale, now }: Pick<View, "t" | "locale" | "now">,
  { query }: Relay,
): { verdict: string; tone: string } {
  const { timezone } = query.config;
  const next = findDestination(destination, query.groups)?.destination.fallback;
  const delivery = {
    ...timelineDelivery({ id, group, destination, record, entry: undefined }),
    ...defined({ next }),
  };
  const tone = {
    delivered: delivery.missed ? "warning" : "resolved",
    pending: "info",
    suppressed: "",
    dead: "critical",
  };
  if (!waiting?.entry) {
    const verdict = deliveryWords(delivery, { t, locale, timezone, nameOf: query.nameOf });
    return { verdict, tone: tone[delivery.state] };
  }
  const reason = waitsFor(waiting, { t, now, time: (ms) => briefTime(ms, { now, timezone }) });
  const { since = waiting.entry.at } = waiting.entry;
  const began = since > now ? waiting.entry.at : since;
  return {
    verdict: t("why.pending", { destination, since: formatDuration(now - began, locale), reason }),
    tone: tone.pending,
  };
}
