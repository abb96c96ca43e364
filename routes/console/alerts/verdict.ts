import { isNotified } from "../../../relay/domain/outcome.ts";
import { defined } from "../../../relay/base/defined.ts";
import { type IncidentVerdict, outcomeAtFlush } from "../../../relay/query/incident_verdict.ts";
import type { Followed } from "../../../relay/query/shapes/deliveries.ts";
import type { TimelineDelivery } from "../../../relay/query/timeline.ts";
import type { Trace } from "../../../relay/query/why.ts";
import type { Relay } from "../../../relay/relay.ts";
import { type ShownVerdict, shownVerdict } from "../incidents/verdict.ts";
import type { View } from "../shell.ts";

/** One sentence with the people who were notified of an alert, or the reason why nobody was. @throws StoreError */
export async function alertVerdict(
  { alert: { id, routing }, deliveries, silences = new Map(), inhibitors = new Map() }: Trace,
  relay: Relay,
  view: View,
): Promise<ShownVerdict> {
  const all = deliveries.flatMap((followed) => {
    const delivery = timelineDelivery(followed);
    return delivery.state === "suppressed" ? [] : [delivery];
  });
  const of = (state: TimelineDelivery["state"]): TimelineDelivery[] =>
    all.filter((one) => one.state === state);
  const times = (name: "held" | "flush"): number | undefined =>
    routing.map(({ outcome }) => isNotified(outcome) ? outcome[name] : undefined)
      .find((time) => time !== undefined && time > view.now);
  const verdict: IncidentVerdict = {
    delivered: of("delivered"),
    pending: of("pending"),
    failed: of("dead"),
    ...defined({ held: times("held"), flush: times("flush") }),
    without: routing.flatMap(({ group, outcome: decided }) => {
      const own = deliveries.filter((one) => one.group === group).map(timelineDelivery);
      const outcome = outcomeAtFlush(decided, own);
      return isNotified(outcome) ? [] : [{ group, outcome, alert: id }];
    }),
  };
  const found = await Promise.all([...silences.keys()].map((silence) => relay.query.silence(silence)));
  return shownVerdict(
    verdict,
    {
      routing,
      silence: undefined,
      silences: found.flatMap((silence) => silence ?? []),
      inhibitors,
      incident: id,
    },
    relay,
    view,
  );
}

/** A delivery as timelines show it. */
export function timelineDelivery({ id, destination, record, pause }: Followed): TimelineDelivery {
  const { state = "pending", because = pause?.because ?? "", by, to, recipients, settledAt, attempts } =
    record ?? {};
  const missed = state === "delivered" && recipients ? recipients.failed : [];
  return {
    id,
    destination,
    state,
    because,
    ...missed.length > 0 && { missed },
    ...defined({ by, to, at: settledAt ?? attempts?.at(-1)?.at }),
  };
}
