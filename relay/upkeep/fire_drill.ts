import { HOUR } from "../base/duration.ts";
import { inPieces } from "../base/in_pieces.ts";
import type { Accept } from "../intake/accept.ts";
import { type Alert, OWN_DIALECT } from "../domain/alert.ts";
import {
  DRILL,
  DRILL_FAILED,
  drilledIn,
  drillFingerprint,
  drillIdentity,
  type DrillPlan,
  type DrillRecord,
  type FailedDrill,
  failureIdentity,
  slotNow,
  WHOLE_DRILL,
} from "../domain/drill.ts";
import { DEFAULT_GROUP, type Destination, type Group } from "../domain/group.ts";
import { isOver } from "../domain/incident.ts";
import type { Delivery } from "../domain/record.ts";
import type { RoutedBy } from "../domain/rules.ts";
import { destinationName } from "../message/destination_name.ts";
import { translator } from "../message/locale.ts";
import type { ChannelRegistry } from "../channel/registry.ts";
import type { Store } from "../store/store.ts";

/** The dependencies of {@linkcode FireDrill}. */
export interface FireDrillOptions {
  readonly store: Pick<Store, "drills" | "incidents" | "deliveries" | "log">;
  readonly config: { readonly groups: ReadonlyMap<string, Group>; readonly drill: DrillPlan | undefined };
  readonly channels: ChannelRegistry;
  readonly accept: Accept;
  /** Called with a line for the process log. */
  readonly report: (words: string) => void;
}

/** A group, and its destinations that take part. */
interface Squad {
  readonly group: Group;
  readonly destinations: readonly Destination[];
}

/** The results of a group's destinations. */
interface Outcome extends Squad {
  readonly proven: readonly Destination[];
  readonly failed: readonly FailedDrill[];
  /** Whether one of those may still confirm. */
  readonly isAwaited: boolean;
}

/** Within this time the alert of a drill is sent once, however often its sending is repeated after a crash. */
const WINDOW = HOUR;

/** Failed destinations that the record names, at most. */
const MAX_NAMED = 50;

/**
 * Send the alerts of a drill at its time, each group one alert to its destinations, and afterwards look at their
 * deliveries. A destination that did not confirm is reported through another one. Each step is recorded, so that any
 * instance may continue after a crash.
 */
export class FireDrill {
  readonly #options: FireDrillOptions;
  /** Whether a drill is under way, as far as this instance knows; `undefined`: look. */
  #underWay: boolean | undefined;

  constructor(options: FireDrillOptions) {
    this.#options = options;
  }

  /** Begin a drill if it is time, and take the next step of one that is under way. @throws StoreError */
  async run(now: number): Promise<void> {
    const { store: { drills }, config: { drill: plan } } = this.#options;
    const slot = plan && slotNow(plan, now);
    if (slot === undefined && this.#underWay === false) return;
    if (slot !== undefined) await drills.change((last) => beginning(last, { slot }));
    const record = await drills.last();
    this.#underWay = record !== undefined && record.finishedAt === undefined;
    if (record && this.#underWay) await this.#step(record, now);
  }

  /** Another instance may have begun a drill, or finished it. */
  changed(): void {
    this.#underWay = undefined;
  }

  /** Begin a drill now. @returns whether it began: one may be under way. @throws StoreError */
  async start(by: string, now: number): Promise<boolean> {
    const record = await this.#options.store.drills.change((last) => beginning(last, { slot: now, by }));
    if (!record) return false;
    this.#underWay = true;
    await this.#step(record, now);
    return true;
  }

  async #step(record: DrillRecord, now: number): Promise<void> {
    const { destinations, within } = this.#options.config.drill ?? WHOLE_DRILL;
    const chosen = record.by === undefined ? destinations : WHOLE_DRILL.destinations;
    if (record.sentAt === undefined) return await this.#send(record, chosen, now);
    const outcomes = await this.#look(record, chosen);
    if (!outcomes.some(({ isAwaited }) => isAwaited) || now >= record.sentAt + within) {
      await this.#finish(record, outcomes, now);
    }
  }

  #squads(destinations: DrillPlan["destinations"]): Squad[] {
    return [...this.#options.config.groups.values()]
      .map((group) => ({ group, destinations: drilledIn(group, { destinations }) }))
      .filter(({ destinations }) => destinations.length > 0);
  }

  async #send({ slot }: DrillRecord, chosen: DrillPlan["destinations"], now: number): Promise<void> {
    const { store: { drills } } = this.#options;
    await inPieces(this.#squads(chosen), async ({ group, destinations }) => {
      await this.#accept(drillAlert(group, slot), drillIdentity(slot, group.id), {
        group,
        destinations,
        now,
      });
    });
    await drills.change((last) => last?.slot === slot ? { ...last, sentAt: now } : undefined);
  }

  async #look({ slot }: DrillRecord, chosen: DrillPlan["destinations"]): Promise<Outcome[]> {
    const { store } = this.#options;
    const squads = this.#squads(chosen);
    const printOf = ({ group }: Squad): string => drillFingerprint(drillIdentity(slot, group.id));
    const latest = await store.incidents.latest(new Set(squads.map(printOf)));
    return await inPieces(squads, async (squad): Promise<Outcome> => {
      const id = latest.get(printOf(squad))?.id;
      const deliveries = id === undefined ? [] : await store.deliveries.of(id);
      const outcome = id === undefined ? undefined : (await store.log.alert(id))?.routing[0]?.outcome;
      const isSilenced = outcome?.kind === "suppressed";
      const unsent = id === undefined
        ? "it was not sent"
        : isSilenced
        ? `suppressed: ${outcome.by}`
        : "no attempt was made in time";
      const of = ({ id }: Destination): Delivery | undefined =>
        deliveries.find((one) => one.destination === id && one.instead === undefined);
      return {
        ...squad,
        proven: squad.destinations.filter((one) => of(one)?.state === "delivered"),
        failed: squad.destinations.flatMap((one) => {
          const { state, because = unsent } = of(one) ?? {};
          return state === "delivered" ? [] : [{ destination: one.id, because }];
        }),
        isAwaited: id !== undefined && !isSilenced &&
          squad.destinations.some((one) => (of(one)?.state ?? "pending") === "pending"),
      };
    });
  }

  /** Notify of failures and recoveries, end the drill's incidents, and record its result. */
  async #finish(record: DrillRecord, outcomes: readonly Outcome[], now: number): Promise<void> {
    const { store: { drills, incidents } } = this.#options;
    const printOf = ({ id }: Group): string => drillFingerprint(failureIdentity(id));
    const known = await incidents.latest(new Set(outcomes.map(({ group }) => printOf(group))));
    await inPieces(outcomes, async (outcome) => {
      const { group, failed } = outcome;
      const before = known.get(printOf(group));
      if (failed.length > 0) await this.#notify(outcome, outcomes, now);
      else if (before && !isOver(before)) {
        const alert = {
          ...failureAlert(outcome, this.#options, now),
          status: "resolved",
          endsAt: now,
        } as const;
        const destinations = outcome.proven.slice(0, 1);
        await this.#accept(alert, failureIdentity(group.id), { group, destinations, now });
      }
      // Without a destination it only ends.
      const over = { ...drillAlert(group, record.slot), status: "resolved", endsAt: now } as const;
      await this.#accept(over, drillIdentity(record.slot, group.id), { group, destinations: [], now });
    });
    const failed = outcomes.flatMap(({ failed }) => failed);
    await drills.change((last) =>
      last?.slot !== record.slot ? undefined : {
        ...last,
        finishedAt: now,
        proven: outcomes.reduce((count, { proven }) => count + proven.length, 0),
        failures: failed.length,
        failed: failed.slice(0, MAX_NAMED),
      }
    );
    this.#underWay = false;
  }

  /** Notify the group through a destination that was proven; without one, the default group. */
  async #notify(outcome: Outcome, outcomes: readonly Outcome[], now: number): Promise<void> {
    const { config: { groups }, report } = this.#options;
    const { group, proven, failed } = outcome;
    const others = outcomes.find(({ group }) => group.id === DEFAULT_GROUP);
    const through = [
      proven.find(({ id }) => outcome.destinations.some((one) => one.fallback === id)) ?? proven[0],
      group.id === DEFAULT_GROUP ? undefined : others ? others.proven[0] : undefined,
    ].find((one) => one !== undefined);
    const words = failed.map(({ destination, because }) => `${destination}: ${because}`).join("; ");
    report(`The fire drill failed: ${words}`);
    const told = through && groups.get(through.id.slice(0, through.id.lastIndexOf("/")));
    const alert = failureAlert(outcome, this.#options, now);
    const [target, destinations] = told ? [told, [through]] : [group, []];
    await this.#accept(alert, failureIdentity(group.id), { group: target, destinations, now });
  }

  async #accept(
    alert: Alert,
    identity: Record<string, string>,
    { group, destinations, now }: { group: Group; destinations: readonly Destination[]; now: number },
  ): Promise<void> {
    const by: RoutedBy = alert.labels.alertname === DRILL ? "drill" : "named";
    // For the people on duty, at any hour: the message must be sent now, to each of them, and once.
    const { quiet: _quiet, flap: _flap, remind: _remind, ...rest } = group;
    const target: Group = {
      ...rest,
      window: WINDOW,
      repeat: WINDOW,
      destinations: destinations.map((one) => ({ ...one, isFallback: false })),
    };
    await this.#options.accept([{ alert, identity }], { now, bytes: 1_000, group: [{ group: target, by }] });
  }
}

/** The record of a drill that begins; `undefined` when one is under way, or this one was begun. */
function beginning(last: DrillRecord | undefined, next: DrillRecord): DrillRecord | undefined {
  const isOver = last === undefined || last.finishedAt !== undefined || next.slot - last.slot > 24 * HOUR;
  return isOver && next.slot > (last?.slot ?? 0) ? next : undefined;
}

function drillAlert({ locale, id }: Group, slot: number): Alert {
  const t = translator(locale);
  return {
    dialect: OWN_DIALECT,
    status: "firing",
    severity: "info",
    title: t("drill.title"),
    text: t("drill.text", { group: id }),
    labels: { alertname: DRILL, drill: "true", group: id },
    annotations: {},
    startsAt: slot,
    endsAt: null,
    links: [],
  };
}

function failureAlert(
  { group, failed }: Outcome,
  options: Pick<FireDrillOptions, "channels" | "config">,
  now: number,
): Alert {
  const t = translator(group.locale);
  const nameOf = (id: string): string => destinationName(id, { ...options, groups: options.config.groups });
  return {
    dialect: OWN_DIALECT,
    status: "firing",
    severity: "error",
    title: t("drill.failedTitle", { group: group.id, count: failed.length }),
    text: failed.map(({ destination, because }) => `${nameOf(destination)}: ${because}`).join("\n"),
    labels: { alertname: DRILL_FAILED, group: group.id },
    annotations: {},
    startsAt: now,
    endsAt: null,
    links: [],
  };
}
