/**
 * The content of the wall, a page for a large screen: the open incidents by group, the people on call, and the failing
 * destinations. Incidents with the same title and severity are one row, so that the page does not grow with a storm.
 *
 * @module
 */
import type { Clock } from "../../base/clock.ts";
import type { Config } from "../../config/mod.ts";
import { whoHas } from "../../domain/acknowledge.ts";
import { aboutOf } from "../../domain/about.ts";
import { labelsIn, wholeIn } from "../../domain/record.ts";
import { SEVERITIES, type Severity } from "../../domain/severity.ts";
import type { StoreReader } from "../../store/reader.ts";
import type { OnCallNames, OnCallQueries } from "../oncall.ts";
import { Fresh } from "../overview/fresh.ts";
import { HEALTHY, type Overview } from "../overview/overview.ts";
import type { DestinationView } from "../shapes/overview.ts";
import { type Quiet, quietCheck } from "../quiet.ts";
import { openIncidents } from "./open.ts";
import { type Twins, TwinSet } from "./twins.ts";

/** Incidents with the same title and severity. */
export interface WallRow {
  readonly title: string;
  readonly severity: Severity;
  readonly count: number;
  /** The time at which the oldest of them was opened. */
  readonly since: number;
  /** The objects of the newest of them, if their labels name one. */
  readonly places: readonly string[];
  /** Set if each of them is silenced or inhibited now; never for more incidents than are read for a row. */
  readonly quiet: Quiet | undefined;
}

/** The unacknowledged incidents of a group. */
export interface WallGroup {
  /** The group's id; empty for incidents that notified no group. */
  readonly group: string;
  readonly total: number;
  readonly rows: readonly WallRow[];
  /** The number of incidents that no row shows. */
  readonly more: number;
}

/** The content of one wall. */
export interface WallView {
  readonly at: number;
  /** Unacknowledged incidents, by severity. */
  readonly severities: Readonly<Record<Severity, number>>;
  /** The worst severity of the unacknowledged incidents that notified a group. */
  readonly worst: Severity | undefined;
  /** Whether there are more incidents than were read. */
  readonly isPartial: boolean;
  /** The worst first. */
  readonly groups: readonly WallGroup[];
  /** The number of groups that are not shown. */
  readonly moreGroups: number;
  readonly acknowledged: {
    readonly total: number;
    readonly rows: readonly (Pick<Twins, "title" | "severity" | "count" | "since"> & { people: string[] })[];
  };
  readonly onCall: readonly OnCallNames[];
  /** Destinations that cannot deliver now. */
  readonly failing: readonly DestinationView[];
}

/** The open incidents of a wall. */
type WallIncidents = Omit<WallView, "onCall" | "failing">;

/** The most groups, rows of each, rows of acknowledged incidents, and names in such a row. */
const MAX_GROUPS = 30;
const MAX_ROWS = 40;
const MAX_ACKNOWLEDGED = 12;
const MAX_PEOPLE = 2;

/** The most walls with different groups that are cached. */
const MAX_WALLS = 20;

/** The options of {@linkcode Wall}. */
export interface WallSources {
  readonly store: StoreReader;
  readonly config: Config;
  readonly clock: Clock;
  /** Counts the changes. */
  readonly changes: () => number;
  readonly overview: () => Promise<Overview>;
  readonly onCall: () => Promise<OnCallQueries>;
  /** The name of a member, by id. */
  readonly nameOf: (member: string) => string;
}

/** Computes the content of walls. Walls with the same groups share one computation. */
export class Wall {
  readonly #sources: WallSources;
  readonly #incidents = new Map<string, Fresh<WallIncidents>>();

  constructor(sources: WallSources) {
    this.#sources = sources;
  }

  /** The content of a wall. `only`: the ids of its groups; empty: all. @throws StoreError */
  async view(only: readonly string[]): Promise<WallView> {
    const { overview, onCall } = this.#sources;
    const isShown = shownGroups(only);
    const [incidents, { destinations }, duties] = await Promise.all([
      this.#incidentsOf(only).get(),
      overview().then((one) => one.lanes()),
      onCall(),
    ]);
    return {
      ...incidents.value,
      onCall: duties.namesNow().filter(({ group }) => isShown(group)),
      failing: destinations.filter(({ state, group }) => !HEALTHY.has(state) && isShown(group)),
    };
  }

  #incidentsOf(only: readonly string[]): Fresh<WallIncidents> {
    const key = [...only].sort().join(" ");
    let fresh = this.#incidents.get(key);
    if (!fresh) {
      if (this.#incidents.size >= MAX_WALLS) this.#incidents.clear();
      this.#incidents.set(key, fresh = new Fresh(() => this.#read(only), this.#sources));
    }
    return fresh;
  }

  async #read(only: readonly string[]): Promise<WallIncidents> {
    const { store, clock } = this.#sources;
    const isShown = shownGroups(only);
    const groups = new Map<string, TwinSet>();
    const acknowledged = new TwinSet();
    const severities = { critical: 0, error: 0, warning: 0, info: 0 };
    const routed = new Set<Severity>();
    const { incidents, isPartial } = await openIncidents(store);
    for (const incident of incidents) {
      const shown = incident.groups.filter(isShown);
      if (shown.length === 0 && (incident.groups.length > 0 || only.length > 0)) continue;
      if (incident.known) {
        acknowledged.add(incident);
        continue;
      }
      severities[incident.severity]++;
      if (shown.length > 0) routed.add(incident.severity);
      for (const group of shown.length > 0 ? shown : [""]) {
        let twins = groups.get(group);
        if (!twins) groups.set(group, twins = new TwinSet());
        twins.add(incident);
      }
    }
    const sorted = [...groups].sort(worstFirst);
    const shown = sorted.slice(0, MAX_GROUPS).map(([group, twins]) => ({
      group,
      twins,
      rows: twins.worst(MAX_ROWS),
    }));
    const rowOf = await this.#rows(shown.flatMap(({ rows }) => rows), store);
    return {
      at: clock.now(),
      severities,
      worst: SEVERITIES.find((severity) => routed.has(severity)),
      isPartial,
      groups: shown.map(({ group, twins, rows }) => ({
        group,
        total: twins.total,
        rows: rows.map(rowOf),
        more: twins.total - rows.reduce((sum, { count }) => sum + count, 0),
      })),
      moreGroups: sorted.length - shown.length,
      acknowledged: {
        total: acknowledged.total,
        rows: await this.#acknowledged(acknowledged.worst(MAX_ACKNOWLEDGED)),
      },
    };
  }

  /** Reads the names of the people who acknowledged incidents. */
  async #acknowledged(twins: readonly Twins[]): Promise<WallView["acknowledged"]["rows"]> {
    const { store, nameOf } = this.#sources;
    const found = await store.records.incidents(new Set(twins.flatMap(({ ids }) => ids)));
    return twins.map(({ title, severity, count, since, ids }) => {
      const people = new Set(ids.flatMap((id) => {
        const incident = found.get(id);
        return incident && whoHas(incident) || [];
      }));
      return { title, severity, count, since, people: [...people].slice(0, MAX_PEOPLE).map(nameOf) };
    });
  }

  /** Reads the first alerts of the newest incidents of some rows. */
  async #rows(
    twins: readonly Twins[],
    { records, ...store }: StoreReader,
  ): Promise<(twins: Twins) => WallRow> {
    const { config, clock } = this.#sources;
    const alerts = await records.alerts(new Set(twins.flatMap(({ ids }) => ids)));
    const quietOf = quietCheck(store, clock.now());
    return ({ title, severity, count, since, ids }) => {
      const firsts = ids.flatMap((id) => wholeIn(alerts.get(id)) ?? []);
      const places = firsts.map((first) => aboutOf(first, config.labelRules.where)).filter((place) => place);
      const kinds = quietOf && firsts.length === count
        ? ids.map((id) => quietOf(id, labelsIn(alerts.get(id))))
        : [undefined];
      const quiet = kinds.every((kind) => kind !== undefined) ? kinds[0] : undefined;
      return { title, severity, count, since, places: [...new Set(places)], quiet };
    };
  }
}

function shownGroups(only: readonly string[]): (group: string) => boolean {
  return only.length === 0 ? () => true : (group) => only.includes(group);
}

/** The group with the worst incidents first; the incidents that notified no group last. */
function worstFirst([groupA, a]: [string, TwinSet], [groupB, b]: [string, TwinSet]): number {
  const isLast = (group: string): number => Number(group === "");
  if (isLast(groupA) !== isLast(groupB)) return isLast(groupA) - isLast(groupB);
  const differs = SEVERITIES.find((severity) => a.severities[severity] !== b.severities[severity]);
  return differs === undefined ? 0 : b.severities[differs] - a.severities[differs];
}
