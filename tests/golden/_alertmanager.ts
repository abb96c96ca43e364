/**
 * A model of Alertmanager's notifications about a group, for alerts whose times are given in advance.
 *
 * Source: https://github.com/prometheus/alertmanager, `DedupStage` in `notify`, and `dispatch`.
 *
 * @module
 */

/** An alert over time: it fires in each period; the last may end after the time that is looked at. */
export interface Course<A> {
  readonly alert: A;
  readonly periods: readonly { readonly from: number; readonly to: number }[];
}

/** One webhook. */
export interface Post<A> {
  readonly at: number;
  readonly alerts: readonly Posted<A>[];
}

/** An alert in a webhook. */
export interface Posted<A> {
  readonly alert: A;
  readonly status: "firing" | "resolved";
  readonly startsAt: number;
  readonly endsAt: number | null;
}

/** The settings of a route, in milliseconds. */
export interface Route {
  readonly groupWait: number;
  readonly groupInterval: number;
  readonly repeatInterval: number;
}

/**
 * Alertmanager's posts about a group until `until`. After `groupWait`, and then each `groupInterval`, it checks the
 * group; it posts all of it when an alert fires that did not at the last post, when one has ended since
 * (`send_resolved`), or when the last post is older than `repeatInterval`. An alert that was posted as resolved
 * leaves the group.
 */
export function postsOf<A>(
  courses: readonly Course<A>[],
  { groupWait, groupInterval, repeatInterval }: Route,
  until: number,
): Post<A>[] {
  const posts: Post<A>[] = [];
  const first = Math.min(...courses.flatMap(({ periods }) => periods.map(({ from }) => from)));
  let last: { at: number; firing: ReadonlySet<A>; resolved: ReadonlySet<A> } | undefined;
  /** By alert: the end of the newest period that was posted as resolved. */
  const postedEnds = new Map<A, number>();
  for (let at = first + groupWait; at <= until; at += groupInterval) {
    const alerts = courses.flatMap(({ alert, periods }): Posted<A>[] => {
      const period = periods.findLast(({ from }) => from <= at);
      if (period === undefined) return [];
      const { from: startsAt, to } = period;
      if (at < to) return [{ alert, status: "firing", startsAt, endsAt: null }];
      const isGone = (postedEnds.get(alert) ?? -Infinity) >= to;
      return isGone ? [] : [{ alert, status: "resolved", startsAt, endsAt: to }];
    });
    const of = (status: "firing" | "resolved"): Set<A> =>
      new Set(alerts.filter((one) => one.status === status).map(({ alert }) => alert));
    const [firing, resolved] = [of("firing"), of("resolved")];
    const isDue = last === undefined
      ? firing.size > 0
      : !firing.isSubsetOf(last.firing) || !resolved.isSubsetOf(last.resolved) ||
        firing.size > 0 && at - last.at >= repeatInterval;
    if (isDue) {
      posts.push({ at, alerts });
      last = { at, firing, resolved };
      for (const { alert, status, endsAt } of alerts) {
        if (status === "resolved") postedEnds.set(alert, endsAt!);
      }
    }
  }
  return posts;
}
