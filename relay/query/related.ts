import type { Incident } from "../domain/incident.ts";
import { type Recurrence, recurrenceOf, type Relation, relationKeys, RELATIONS } from "../domain/related.ts";
import type { StoreReader } from "../store/reader.ts";

/** Earlier incidents of one relation. */
export interface RelatedIncidents extends Recurrence {
  readonly relation: Relation;
  /** The newest of them, those that are still stored. */
  readonly incidents: readonly Incident[];
}

/** The incidents related to an incident. */
export interface Related {
  /** The earliest end of an incident that counts. */
  readonly since: number;
  /** The closest relation first. Relations without incidents are missing; an incident counts for its closest relation only. */
  readonly relations: readonly RelatedIncidents[];
}

/**
 * Earlier incidents of the same alert, of the same name, and at the same place, which ended recently.
 *
 * @param options `place`: the object of the incident; may be empty · `limit`: incidents of each relation
 * @throws StoreError
 */
export async function relatedTo(
  incident: Incident,
  { ended, records }: Pick<StoreReader, "ended" | "records">,
  { place, now, limit }: { place: string; now: number; limit: number },
): Promise<Related> {
  const keys = relationKeys(incident, place);
  const found = await Promise.all(RELATIONS.map(async (relation) => {
    const key = keys[relation];
    return { relation, ...key === undefined ? { ended: [], more: false } : await ended.of(key, now) };
  }));
  const counted = new Set([incident.id]);
  const relations = found.flatMap(({ relation, ended, more }) => {
    const own = ended.filter(({ id }) => !counted.has(id));
    for (const { id } of own) counted.add(id);
    const recurrence = recurrenceOf(own, { self: incident.id, more });
    return recurrence ? [{ relation, ...recurrence, ids: own.slice(0, limit).map(({ id }) => id) }] : [];
  });
  const stored = await records.incidents(relations.flatMap(({ ids }) => ids));
  return {
    since: now - ended.period,
    relations: relations.map(({ ids, ...relation }) => ({
      ...relation,
      incidents: ids.flatMap((id) => stored.get(id) ?? []),
    })),
  };
}
