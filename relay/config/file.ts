import { type Complaint } from "./complaint.ts";
import { type Path, pathText } from "./path.ts";
import { withoutLineEnd } from "./secret_text.ts";

/** The values of a configuration file. */
export type Tree = Record<string, unknown>;

/** The most values, far more than a real file has: aliases can expand a small text without limit. */
const MAX_VALUES = 100_000;
const MAX_DEPTH = 50;

/**
 * Reads the values of a YAML text. The library is loaded only here, because most starts at the edge have no file.
 *
 * @param path The file's name, for the complaint.
 * @param options `listAs`: the section that a list is read as; without it, a list is a complaint
 */
export async function readYaml(
  text: string,
  path: string,
  { listAs }: { listAs?: string | undefined } = {},
): Promise<{ tree: Tree } | { complaint: Complaint }> {
  const { yaml, schema } = await library();
  try {
    const [tree = {}, ...more] = yaml.loadAll(text, { schema });
    if (more.length > 0) return { complaint: { path, message: "must be a single YAML document" } };
    if (tree === null) return { tree: {} };
    if (Array.isArray(tree) && listAs !== undefined) return { tree: { [listAs]: tree } };
    if (typeof tree !== "object" || Array.isArray(tree)) {
      return { complaint: { path, message: "must be a mapping" } };
    }
    return { tree: withoutHelpers(tree as Tree) };
  } catch (error) {
    // The parser is recursive.
    if (error instanceof RangeError) return { complaint: { path, message: "is nested too deeply" } };
    if (!(error instanceof yaml.YAMLException)) throw error;
    const where = error.mark ? ` at line ${error.mark.line + 1}, column ${error.mark.column + 1}` : "";
    return { complaint: { path, message: `is no valid YAML: ${withoutValues(error.reason)}${where}` } };
  }
}

/** The text of a file with these values; {@linkcode readYaml} reads them back. */
export async function writeYaml(tree: Tree): Promise<string> {
  const { yaml } = await library();
  // Quotes texts that a YAML 1.1 reader would parse as a number or a time: it reads 22:00 as 1320.
  const { DUMP_SCHEMA: schema } = yaml;
  return Object.keys(tree).length === 0 ? "" : yaml.dump(tree, { schema, lineWidth: 110 });
}

async function library(): Promise<{ yaml: typeof import("js-yaml"); schema: import("js-yaml").Schema }> {
  const yaml = await import("js-yaml");
  // Numbers as in JSON: with YAML's own, a telephone number would lose its `+` or its leading zeros.
  const { nullCoreTag, boolCoreTag, intJsonTag, floatJsonTag, mergeTag } = yaml;
  const tags = [...yaml.FAILSAFE_SCHEMA.tags, nullCoreTag, boolCoreTag, intJsonTag, floatJsonTag, mergeTag];
  return { yaml, schema: new yaml.Schema(tags) };
}

/** Removes the keys that only hold anchors, such as `x-robots: &robots`. */
function withoutHelpers(tree: Tree): Tree {
  return Object.fromEntries(Object.entries(tree).filter(([key]) => !HELPER.test(key)));
}

/** Extension keys, as in Docker Compose and GitLab CI. */
const HELPER = /^\.?x-/;

/** Decodes a configuration file. @throws Error if it is not UTF-8, which would garble names */
export function decodeFile(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
    const from = isUtf16 ? "UTF-16" : "GB18030";
    throw new Error(
      `"${path}" is not UTF-8: save it as UTF-8, or convert it: iconv -f ${from} -t UTF-8 "${path}" > new.${
        path.split(".").at(-1)
      }`,
    );
  }
}

/** Escapes a text so that {@linkcode interpolate} returns it unchanged. */
export function escaped(text: string): string {
  return text.replaceAll("${", () => "$${");
}

/** Removes the quoted text from a YAML error: an unquoted password that starts with `*` or `!` is read as an alias or a tag. */
function withoutValues(reason: string): string {
  return reason.replace(/".*"|!<.*>|: .*/gs, "…");
}

/**
 * Replaces every `${NAME}` inside a string by the environment's value; `$${` is a literal `${`.
 * It works on values, not on the text, so that no value can change the structure of the file.
 *
 * @returns The tree, a complaint for each variable that is not set, and the substituted values, by name.
 */
export function interpolate(
  tree: Tree,
  env: Readonly<Record<string, string | undefined>>,
): { tree: Tree; complaints: Complaint[]; used: ReadonlyMap<string, string> } {
  const complaints: Complaint[] = [];
  const used = new Map<string, string>();
  let values = 0;

  const text = (value: string, path: Path): string =>
    value.replace(/\$\$\{|\$\{([^}]*)(\}?)/g, (whole, name: string | undefined, end: string) => {
      if (name === undefined) return "${";
      const named = end !== "" && /^[A-Za-z_]\w*$/.test(name);
      const found = named && Object.hasOwn(env, name) ? env[name] : undefined;
      if (!named) {
        complaints.push({
          path: pathText(path),
          message: '"${" must be followed by a name and "}"; "$${" stands for itself',
        });
      } else if (found === undefined || found === "") {
        complaints.push({ path: pathText(path), message: `the environment variable ${name} is not set` });
      } else {
        const put = withoutLineEnd(found);
        used.set(name, put);
        return put;
      }
      return whole;
    });

  const walk = (value: unknown, path: Path): unknown => {
    if (typeof value === "string") return withoutLineEnd(text(value, path));
    if (typeof value !== "object" || value === null) return value;
    if (++values > MAX_VALUES || path.length > MAX_DEPTH) {
      if (values !== Infinity) complaints.push({ path: pathText(path), message: "is too large or too deep" });
      values = Infinity;
      return undefined;
    }
    if (Array.isArray(value)) return value.map((part, index) => walk(part, [...path, index]));
    // A key without a value counts as missing.
    const entries = Object.entries(value).filter(([, part]) => part !== null);
    return Object.fromEntries(entries.map(([key, part]) => [key, walk(part, [...path, key])]));
  };

  return { tree: walk(tree, []) as Tree, complaints, used };
}
