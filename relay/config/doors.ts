import type { z } from "zod";
import { compileExpression, type Expression } from "../base/expression.ts";
import { didYouMean } from "../base/nearest.ts";
import type { Mapping, WordMapping } from "../domain/mapping/mapping.ts";
import type { Door } from "./config.ts";
import { type Complaint, issuesOf } from "./complaint.ts";
import { DOOR_DEFAULTS } from "./door_defaults.ts";
import { doorsSchema } from "./door_schema.ts";
import { type DoorType, doorTypeOf, needsSecret } from "./door_types.ts";
import { mappingFields, mappingSchema } from "./mapping_schema.ts";
import { interpolate, readYaml } from "./file.ts";
import { type Path, pathText } from "./path.ts";
import { isTree } from "./raw.ts";

/** An expression, or several, of which the first that finds something counts. */
type Source = string | readonly string[];

type DoorEntry = z.output<typeof doorsSchema>[number];
type Parts = z.output<typeof mappingSchema>;
type MappingEntry = Parts & { title: Source };

/** Reads `doors`, by name. `timezone`: the default of their times. */
export function doorsOf(
  section: readonly DoorEntry[] = [],
  { timezone, groups, complain }: {
    timezone: string;
    /** The ids of all groups, if they are known. */
    groups: ReadonlySet<string> | undefined;
    complain: (path: Path, message: string) => void;
  },
): ReadonlyMap<string, Door> {
  const doors = new Map<string, Door>();
  for (const [index, entry] of section.entries()) {
    const { name, auth, group, answer } = entry;
    if (doors.has(name)) complain([index, "name"], "is there already");
    if (group !== undefined && groups?.has(group) === false) {
      complain([index, "group"], `there is no group "${group}"${didYouMean(group, groups)}`);
    }
    const type = doorTypeOf(entry, (setting, message) => complain([index, setting], message));
    const parts = partsOf(entry, type);
    if (parts === "untitled") complain([index, "title"], "is missing; a mapping needs it");
    else {
      const mapping = parts && mappingOf(parts, entry.timezone ?? timezone);
      doors.set(name, { name, type, auth, group, answer, mapping });
    }
  }
  return doors;
}

/** The parts of a door's mapping, its own before those of its type; `undefined` if the type reads its payload without one. */
function partsOf(entry: DoorEntry, type: DoorType | undefined): MappingEntry | "untitled" | undefined {
  const own = Object.fromEntries(
    Object.entries(entry).filter(([name, part]) => Object.hasOwn(mappingFields, name) && part !== undefined),
  );
  if (type?.name === "grafana" && Object.keys(own).length === 0) return undefined;
  const { title, ...parts } = { ...type && mappingSchema.parse(DOOR_DEFAULTS[type.name]), ...own } as Parts;
  return title === undefined ? "untitled" : { ...parts, title };
}

function mappingOf(entry: MappingEntry, timezone: string): Mapping {
  const one = (source: Source | undefined): Expression | undefined =>
    source === undefined ? undefined : compileExpression(source);
  const all = (sources: readonly Source[] = []): Expression[] => sources.map(compileExpression);
  const named = <K extends string>(sources: Partial<Record<K, Source>> = {}): ReadonlyMap<K, Expression> =>
    new Map(
      Object.entries(sources).map(([name, source]) => [name as K, compileExpression(source as Source)]),
    );
  return {
    alerts: one(entry.alerts),
    title: compileExpression(entry.title),
    text: one(entry.text),
    status: wordsOf(entry.status),
    severity: wordsOf(entry.severity),
    labels: named(entry.labels),
    labelsFrom: all(entry.labels_from),
    annotations: named(entry.annotations),
    key: all(entry.key),
    startsAt: one(entry.starts_at),
    endsAt: one(entry.ends_at),
    links: named(entry.links),
    timezone,
  };
}

function wordsOf<T extends string>(
  entry: { from: Source; words?: Record<string, T> | undefined; default?: T | undefined } | undefined,
): WordMapping<T> | undefined {
  return entry && {
    from: compileExpression(entry.from),
    words: new Map(
      Object.entries(entry.words ?? {}).map(([word, meaning]) => [word.trim().toLowerCase(), meaning]),
    ),
    default: entry.default,
  };
}

/**
 * Reads the doors of a file, to try a mapping. Authentication is left out: the variables of its secrets are seldom
 * set during the work on a mapping. The text may also be a list of doors, or one door, whose name may be missing.
 */
export async function readDoors(
  yaml: string,
  { name, env, timezone }: {
    name: string;
    env: Readonly<Record<string, string | undefined>>;
    timezone: string;
  },
): Promise<{ doors: ReadonlyMap<string, Door>; complaints: readonly Complaint[] }> {
  const read = await readYaml(yaml, name, { listAs: "doors" });
  if ("complaint" in read) return { doors: new Map(), complaints: [read.complaint] };
  const { tree } = interpolate(read.tree, env);
  const isDoor = tree.doors === undefined && (tree.title !== undefined || tree.type !== undefined);
  const section = isDoor ? [{ name: "new", ...tree }] : tree.doors ?? [];
  const entries = Array.isArray(section) ? section.map(withoutAuth) : section;
  const wrong = issuesOf(doorsSchema, entries, ["doors"]);
  if (wrong.length > 0) return { doors: new Map(), complaints: wrong };
  const complaints: Complaint[] = [];
  const doors = doorsOf(doorsSchema.parse(entries), {
    timezone,
    groups: undefined,
    complain: (path, message) => complaints.push({ path: pathText(["doors", ...path]), message }),
  });
  return { doors, complaints };
}

function withoutAuth(entry: unknown): unknown {
  if (!isTree(entry)) return entry;
  return { ...entry, auth: undefined, ...needsSecret(entry.type) ? { secret: "not needed" } : {} };
}
