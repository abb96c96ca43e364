/**
 * A search over the configuration, the silences, the incidents and the alerts. Incidents and alerts have time limits of their
 * own, so that a long log does not delay the rest.
 *
 * @module
 */
import { defined } from "../base/defined.ts";
import { type Locale, LOCALES } from "../base/locale.ts";
import { cut, oneLine } from "../base/text.ts";
import { shownMember } from "../config/mod.ts";
import type { Incident } from "../domain/incident.ts";
import { formatMatcher } from "../domain/matcher.ts";
import { labelsIn } from "../domain/record.ts";
import { SILENCE_STATES, silenceState } from "../domain/silence.ts";
import { foldCase, type Summary, termsOf } from "../domain/summary.ts";
import { whereOf } from "../domain/where.ts";
import { titleOfChannel } from "../message/dictionary.ts";
import type { Query } from "./query.ts";
import type { Hit, HitsOfKind } from "./shapes/search.ts";

/** The queries and parts that a search reads. */
export type SearchSources = Pick<
  Query,
  "config" | "channels" | "clock" | "incidents" | "alerts" | "silences"
>;

/** The bounds of a search. */
export interface SearchBounds {
  /** The most results of each kind. */
  readonly limit: number;
  /** The time limit of each search in the log, in milliseconds. */
  readonly budget: number;
  readonly locale: Locale;
}

/** Finds all objects that contain every term of a text; kinds without a result are left out. @throws StoreError */
export async function searchAll(
  text: string,
  sources: SearchSources,
  { limit, budget, locale }: SearchBounds,
): Promise<HitsOfKind[]> {
  const terms = termsOf(text);
  if (terms.length === 0) return [];
  const configured = [
    groupsIn(sources),
    membersIn(sources),
    rulesIn(sources),
    await silencesIn(sources),
    channelsIn(sources, locale),
    destinationsIn(sources),
  ].map((candidates) => matching(candidates, { terms, limit }));
  const incidents = await incidentsOf(text, sources, { limit, budget });
  const alerts = await alertsOf(terms, sources, { limit, budget });
  return [incidents, ...configured.flat(), alerts]
    .filter(({ hits, lookedBackTo }) => hits.length > 0 || lookedBackTo !== undefined);
}

/** A possible result, with its searchable words. */
interface Candidate {
  readonly hit: Hit;
  readonly words: readonly string[];
}

/** The candidates with all terms; titles that begin with the first term come first. */
function matching(
  candidates: Iterable<Candidate>,
  { terms, limit }: { terms: readonly string[]; limit: number },
): HitsOfKind[] {
  const found: Hit[] = [];
  for (const { hit, words } of candidates) {
    const hay = foldCase(words.join("\n"));
    if (terms.every((term) => hay.includes(term))) found.push(hit);
  }
  const [first] = found;
  if (first === undefined) return [];
  const rank = ({ title }: Hit): number => foldCase(title).startsWith(terms[0]!) ? 0 : 1;
  const sorted = found.toSorted((a, b) => rank(a) - rank(b));
  return [{ kind: first.kind, hits: sorted.slice(0, limit), more: sorted.length > limit }];
}

function* groupsIn({ config }: SearchSources): Generator<Candidate> {
  for (const { id, members } of config.groups.values()) {
    const names = members.map(({ id, name }) => name || id);
    const detail = names.length === 0 ? undefined : shortened(names.join(", "));
    yield { hit: { kind: "group", id, title: id, ...defined({ detail }) }, words: [id, ...names] };
  }
}

function* membersIn({ config, channels }: SearchSources): Generator<Candidate> {
  for (const member of config.members.values()) {
    const { id, name = id, ...addresses } = shownMember(member, channels);
    const words = Object.values(addresses).flatMap((value) => value || []);
    const hit: Hit = { kind: "member", id, title: name || id, ...name === id ? {} : { detail: id } };
    yield { hit, words: [id, name, ...words] };
  }
}

function* rulesIn({ config }: SearchSources): Generator<Candidate> {
  for (const [index, { matchers, group }] of config.rules.entries()) {
    const title = matchers.map(formatMatcher).join(", ");
    yield {
      hit: { kind: "rule", id: String(index + 1), title: shortened(title), detail: `→ ${group}` },
      words: [title, group],
    };
  }
}

/** The silences, the active ones first. */
async function silencesIn(sources: SearchSources): Promise<Candidate[]> {
  const now = sources.clock.now();
  const order = ["active", ...SILENCE_STATES];
  return (await sources.silences()).map((silence): Candidate => {
    const { id, matchers, comment, author, from } = silence;
    const hit: Hit = {
      kind: "silence",
      id,
      title: shortened(matchers.join(", ")),
      detail: shortened(comment || author),
      state: silenceState(silence, now),
      at: from,
    };
    return { hit, words: [...matchers, comment, author] };
  }).toSorted((a, b) => order.indexOf(a.hit.state!) - order.indexOf(b.hit.state!));
}

/** The titles of a channel in all languages, each of which finds it. */
function titlesOf(name: string, { channels }: SearchSources): string[] {
  return LOCALES.map((locale) => titleOfChannel(name, { channels, locale }));
}

function* channelsIn(sources: SearchSources, locale: Locale): Generator<Candidate> {
  const { channels } = sources;
  for (const name of channels.names()) {
    const hit: Hit = {
      kind: "channel",
      id: name,
      title: titleOfChannel(name, { channels, locale }),
      detail: name,
    };
    yield { hit, words: [name, ...titlesOf(name, sources)] };
  }
}

function* destinationsIn(sources: SearchSources): Generator<Candidate> {
  for (const { destinations } of sources.config.groups.values()) {
    for (const { id, channel } of destinations) {
      yield {
        hit: { kind: "destination", id, title: id, detail: channel },
        words: [id, channel, ...titlesOf(channel, sources)],
      };
    }
  }
}

/** Incidents, the open ones first. */
async function incidentsOf(
  text: string,
  { incidents, alerts, config }: SearchSources,
  { limit, budget }: { limit: number; budget: number },
): Promise<HitsOfKind> {
  const open = await incidents.find({ state: "open", text }, { limit: limit + 1, budget });
  const left = limit + 1 - open.incidents.length;
  const closed = left > 0 && open.next === undefined
    ? await incidents.find({ state: "closed", text }, { limit: left, budget: budget / 2 })
    : undefined;
  const all: Incident[] = [...open.incidents, ...closed?.incidents ?? []];
  const found = all.slice(0, limit);
  const firsts = await alerts.getMany(found.map(({ id }) => id));
  const hits = found.map(({ id, title, severity, closedAt, openedAt }): Hit => {
    const where = whereOf(labelsIn(firsts.get(id)), config.labelRules.where).text;
    return {
      kind: "incident",
      id,
      title: shortened(title),
      ...where === "" ? {} : { detail: shortened(where) },
      severity,
      state: closedAt === null ? "open" : "closed",
      at: openedAt,
    };
  });
  const last = closed ?? open;
  return {
    kind: "incident",
    hits,
    more: all.length > limit || last.next !== undefined,
    ...defined({ lookedBackTo: last.lookedBackTo }),
  };
}

async function alertsOf(
  terms: readonly string[],
  { alerts, config }: SearchSources,
  bounds: { limit: number; budget: number },
): Promise<HitsOfKind> {
  const found = await alerts.search({ filter: { terms }, ...bounds });
  const hits = found.alerts.map(({ id, at, status, severity, words }: Summary): Hit => {
    const detail = whereOf(words.labels, config.labelRules.where).text || words.text;
    return {
      kind: "alert",
      id,
      title: shortened(words.title),
      ...detail === "" ? {} : { detail: shortened(detail) },
      severity,
      state: status,
      at,
    };
  });
  return {
    kind: "alert",
    hits,
    more: found.next !== undefined,
    ...defined({ lookedBackTo: found.lookedBackTo }),
  };
}

function shortened(text: string): string {
  return cut(oneLine(cut(text, { chars: 500 })), { chars: 160 });
}
