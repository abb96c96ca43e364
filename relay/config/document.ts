import type { ChannelRegistry } from "../channel/registry.ts";
import { referencesIn } from "./export.ts";
import { interpolate, readYaml, type Tree } from "./file.ts";
import { isTree } from "./raw.ts";
import type { ConfigView } from "./live.ts";
import type { Path } from "./path.ts";
import type { Problem } from "./compose.ts";

/** A fenghuo.yaml that was pasted or sent. */
export interface ReadDocument {
  /** Its values; empty when it cannot be read. */
  readonly document: Tree;
  /** Mistakes that were found before checking its settings. */
  readonly problems: readonly Problem[];
  /** Whether it is not YAML, so that there are no settings to check. */
  readonly isUnreadable: boolean;
}

/**
 * Reads a pasted or sent fenghuo.yaml. Variables of the relay's environment are not substituted; a `${NAME}` of the
 * relay's own export is replaced by the mark of the stored secret, so that an export can be imported unchanged.
 */
export async function readDocument(
  yaml: string,
  { configuration, channels }: { configuration: ConfigView; channels: ChannelRegistry },
): Promise<ReadDocument> {
  const read = await readYaml(yaml, "yaml");
  if ("complaint" in read) {
    const { path, message } = read.complaint;
    return { document: {}, problems: [{ what: "", path, message }], isUnreadable: true };
  }
  const marked = replaced(read.tree, marksOf(configuration, channels)) as Tree;
  const { tree, complaints } = interpolate(marked, {});
  const problems = complaints.map(({ path, message }) => ({ what: "", path, message }));
  return { document: tree, problems, isUnreadable: false };
}

/** The references of the relay's own export, each with the mark of its secret. */
function marksOf(configuration: ConfigView, channels: ChannelRegistry): ReadonlyMap<string, string> {
  const marks = new Map<string, string>();
  for (const { name, what, path } of referencesIn(configuration.tree, channels)) {
    const mark = valueAt(configuration.item(what)?.value, path);
    if (typeof mark === "string") marks.set(`\${${name}}`, mark);
  }
  return marks;
}

/** A value with every string that is exactly a reference replaced by its mark. */
function replaced(value: unknown, marks: ReadonlyMap<string, string>): unknown {
  if (typeof value === "string") return marks.get(value) ?? value;
  if (Array.isArray(value)) return value.map((part) => replaced(part, marks));
  if (!isTree(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, replaced(part, marks)]));
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (part, key) => typeof part === "object" && part !== null ? Reflect.get(part, key) : undefined,
    value,
  );
}
