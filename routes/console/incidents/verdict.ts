import { findDestination } from "../../../relay/domain/group.ts";
import type { Incident } from "../../../relay/domain/incident.ts";
import type { Routing } from "../../../relay/domain/record.ts";
import { endOf, type Silence } from "../../../relay/domain/silence.ts";
import { cut, oneLine } from "../../../relay/base/text.ts";
import { titleOfChannel } from "../../../relay/message/dictionary.ts";
import type { TextKey } from "../../../relay/message/locale.ts";
import type { IncidentVerdict } from "../../../relay/query/incident_verdict.ts";
import type { TimelineDelivery } from "../../../relay/query/timeline.ts";
import { outcomeWords } from "../../../relay/query/why.ts";
import type { Relay } from "../../../relay/relay.ts";
import type { View } from "../shell.ts";
import { briefTime } from "../time_element.ts";

/** Destinations that the sentence names; of more, their number. */
const NAMED = 3;

/** The longest title of another incident. */
const TITLE_CHARS = 80;

/** Links below the sentence to deliveries, at most. */
const LINKED = 4;

/** The verdict on an incident, as its page shows it. */
export interface ShownVerdict {
  readonly tone: "resolved" | "warning" | "critical" | "info" | "";
  readonly sign: string;
  readonly sentence: string;
  readonly links: readonly { readonly href: string; readonly label: string }[];
}

const SIGNS = { resolved: "✓", warning: "●", critical: "◆", info: "…", "": "○" } as const;

/** The notified people of an incident, or the reason why nobody was notified, in one sentence with links. */
export function shownVerdict(
  verdict: IncidentVerdict,
  { routing, silence, silences, inhibitor, inhibitors, incident }: {
    /** The routing of the first alert. */
    routing: readonly Routing[];
    /** The silence that covers the incident now. */
    silence: Silence | undefined;
    /** The silences that are the reason for a group. */
    silences: readonly Silence[];
    /** The incident that inhibits it now. */
    inhibitor?: Incident | undefined;
    /** The incidents that are the reason for a group, by id. */
    inhibitors: ReadonlyMap<string, Incident>;
    /** Its id. */
    incident: string;
  },
  { query }: Relay,
  { t, locale, now }: View,
): ShownVerdict {
  const { delivered, pending, failed, without, held, flush } = verdict;
  const at = (ms: number): string => briefTime(ms, { now, timezone: query.config.timezone });
  const listed = (words: readonly string[]): string =>
    words.length <= NAMED
      ? words.join(t("list.comma"))
      : t("verdict.more", { some: words.slice(0, NAMED).join(t("list.comma")), count: words.length - NAMED });
  const destinations = (all: readonly TimelineDelivery[]): string =>
    listed(all.map(({ destination }) => destination));
  const latest = (all: readonly TimelineDelivery[]): string => at(Math.max(...all.map(({ at }) => at ?? 0)));
  const missed = delivered.flatMap(({ missed = [] }) => missed).map(query.nameOf);
  const reasons = without.map(({ outcome }) => reasonOf(outcome));

  const clauses = ((): string[] => {
    if (delivered.length > 0) {
      return [
        t("verdict.notified", { who: whoOf(delivered), time: latest(delivered) }),
        ...missed.length > 0 ? [t("verdict.missed", { people: listed([...new Set(missed)]) })] : [],
        ...failed.length > 0
          ? [t("verdict.alsoFailed", { destinations: destinations(failed), because: failed[0]!.because })]
          : [],
        ...pending.length > 0 ? [t("verdict.alsoPending", { destinations: destinations(pending) })] : [],
        ...without.length > 0
          ? [t("verdict.alsoWithout", { groups: listed(without.map(({ group }) => group)) })]
          : [],
        ...silence ? [t("verdict.nowSilenced", { until: untilOf(silence) })] : [],
        ...inhibitor ? [t("verdict.nowInhibited", { title: titleOf(inhibitor) })] : [],
      ];
    }
    if (held !== undefined) return [t("verdict.held", { time: at(held) })];
    if (flush !== undefined && flush > now) return [t("verdict.flush", { time: at(flush) })];
    if (pending.length > 0) {
      const because = pending.find(({ because }) => because !== "")?.because;
      return [
        because === undefined
          ? t("verdict.waiting", { destinations: destinations(pending) })
          : t("verdict.retried", { destinations: destinations(pending), because }),
      ];
    }
    if (failed.length > 0) {
      return [
        t("verdict.failed", {
          destinations: destinations(failed),
          time: latest(failed),
          because: failed[0]!.because,
        }),
      ];
    }
    return reasons.length > 0 ? [[...new Set(reasons)].join(t("verdict.and"))] : [t("verdict.unknown")];
  })();

  const tone = delivered.length > 0
    ? missed.length + failed.length > 0 ? "warning" : "resolved"
    : held !== undefined || pending.length > 0
    ? "info"
    : failed.length > 0
    ? "critical"
    : silence || silences.length > 0 || inhibitors.size > 0
    ? ""
    : "warning";
  return {
    tone,
    sign: SIGNS[tone],
    sentence: `${clauses.join(t("verdict.and"))}${t("verdict.end")}`,
    links: links(),
  };

  /** The people with the channels that reached them; for messages without recipients, the destinations. */
  function whoOf(all: readonly TimelineDelivery[]): string {
    const channels = new Map<string, string[]>();
    for (const { destination, to = [], missed = [] } of all) {
      const channel = findDestination(destination, query.groups)?.destination.channel;
      const title = channel && titleOfChannel(channel, { channels: query.channels, locale });
      const people = listed(to.filter((id) => !missed.includes(id)).map(query.nameOf)) || destination;
      channels.set(people, [...channels.get(people) ?? [], ...title === undefined ? [] : [title]]);
    }
    return Array.from(
      channels,
      ([people, titles]) =>
        titles.length === 0 ? people : t("verdict.people", { people, channel: listed([...new Set(titles)]) }),
    )
      .join(t("verdict.and"));
  }

  function titleOf({ title }: Incident): string {
    return cut(oneLine(title), { chars: TITLE_CHARS });
  }

  function untilOf({ incidents, ...silence }: Silence): string {
    const { author } = silence;
    return incidents
      ? t("verdict.byUntilResolved", { author })
      : t("verdict.byUntil", { author, time: at(endOf(silence)) });
  }

  function reasonOf(outcome: IncidentVerdict["without"][number]["outcome"]): string {
    const own = outcome.kind === "suppressed" && outcome.by === "silence"
      ? silences.find(({ id }) => id === outcome.silence)
      : undefined;
    const other = outcome.kind === "suppressed" ? inhibitors.get(outcome.incident ?? "") : undefined;
    if (other) return t("verdict.inhibited", { title: titleOf(other) });
    // The sentences of other pages end with a full stop.
    return own
      ? t("verdict.silenced", { until: untilOf(own) })
      : outcomeWords(outcome, t).replace(/[.。]$/, "");
  }

  function links(): ShownVerdict["links"] {
    const rules = new Set(
      routing.flatMap(({ by, rule }) => by === "rule" && rule !== undefined ? [rule] : []),
    );
    const link = (href: string, key: TextKey, params = {}): { href: string; label: string } => ({
      href,
      label: t(key, params),
    });
    const covering = [
      ...new Map([...silence ? [silence] : [], ...silences].map((one) => [one.id, one])).keys(),
    ];
    return [
      ...[...delivered, ...failed, ...pending].slice(0, LINKED)
        .map(({ id, destination }) => ({ href: `/deliveries/${id}`, label: destination })),
      ...covering.map((id) => link(`/silences/${id}`, "verdict.link.silence")),
      ...[...new Set([...inhibitor ? [inhibitor.id] : [], ...inhibitors.keys()])]
        .map((id) => link(`/incidents/${id}`, "verdict.link.inhibitor")),
      ...[...rules].map((rule) => link(`/rules?alert=${incident}`, "verdict.link.rule", { rule: rule + 1 })),
      link(`/alerts/${without[0]?.alert ?? incident}#why`, "verdict.link.why"),
    ];
  }
}
