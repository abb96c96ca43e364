/**
 * The rules for imports, for the use of libraries and for exports, checked on the syntax tree that `deno lint` builds
 * of each file, so that strings and comments cannot mislead it. It works only inside `deno test`.
 *
 * @module
 */

/** A violation of a rule: `relay/a.ts: imports "hono"; …`. */
export type Violation = string;

/** Something that a file imports: its path in the repository, or the name of a package. */
type Target = { readonly path: string } | { readonly package: string } | { readonly unknown: string };

/** One file, as far as the rules care. */
interface Facts {
  readonly imports: Target[];
  /** Such as `fetch`, `Deno.openKv`, `Deno.Kv`, `Deno.env`. */
  readonly uses: Set<string>;
  /** Exported names, and whether they have a docstring. */
  readonly exports: Map<string, boolean>;
}

/** The files that open a database; all others talk to a running relay. */
const OPENERS = [
  "main.ts",
  "relay/store/kv_worker.ts",
  "tasks/compact.ts",
  "tasks/backup.ts",
  "tasks/demo/relay.ts",
  "tasks/restore.ts",
];

/** A library that talks to a vendor, or is part of a web framework. */
const NOT_FOR_THE_DOMAIN =
  /^(hono|@hono\/.*|nodemailer|express|koa|axios|got|undici|node-fetch|@slack\/.*|@larksuiteoapi\/.*|@alicloud\/.*|dingtalk.*|discord\.js|telegraf|twilio|@aws-sdk\/.*)$/;

/**
 * The files that send requests: messages to vendors, and requests to the identity provider. Both have limits, and
 * follow no redirect.
 */
const FETCHERS = ["relay/delivery/sender.ts", "relay/access/oidc/provider_fetch.ts"];

/** The library of OpenID Connect, and the only folder that may import it. */
const OIDC = { library: "oauth4webapi", folder: "relay/access/oidc/" } as const;

/** The longest file in the folders that people read first. */
const LINES = 400;

const PROSE_FOLDERS = /^(relay|routes|channels)\//;

/** Folders and files that no part of the running relay may reach into. */
const OUTSIDE = /^(tasks|tests|simulator|bench)\/|^main\.ts$/;

/** Rooms that may import only the rooms named here, so that all others may import them. */
const ROOMS: ReadonlyMap<string, { readonly knows: readonly string[]; readonly why: string }> = new Map([
  ["relay/base/", { knows: ["relay/base/"], why: "base knows no word of the domain" }],
  ["relay/domain/", {
    knows: ["relay/base/", "relay/domain/"],
    why: "the domain decides; it sees no store and sends nothing",
  }],
  ["relay/redaction/", { knows: ["relay/redaction/"], why: "redaction knows texts and nothing else" }],
]);

/** The folders that write: the code that answers queries imports none of them. */
const WRITES = /^relay\/(commands|upkeep|intake)\//;

/** The part of the store that only reads, or decides purely. */
const READ_SIDE =
  /^relay\/store\/(reader|records|lane_record|tallies|open_tally|open_table|open_labels)\.ts$/;

/** The violations of the rules in these files: path in the repository → text. */
export function violationsIn(files: ReadonlyMap<string, string>): Violation[] {
  const facts = new Map([...files].map(([path, text]) => [path, factsOf(path, text)]));
  return [...violationsOfFiles(files, facts), ...circlesIn(facts), ...mutualRooms(facts)];
}

/** Import cycles; imports of types count. */
function circlesIn(facts: ReadonlyMap<string, Facts>): Violation[] {
  const circles: Violation[] = [];
  const done = new Set<string>();
  const walk = (path: string, trail: readonly string[]): void => {
    const begin = trail.indexOf(path);
    if (begin >= 0) circles.push(`${[...trail.slice(begin), path].join(" → ")}: is a circle`);
    if (begin >= 0 || done.has(path)) return;
    for (const target of facts.get(path)?.imports ?? []) {
      if ("path" in target) walk(target.path, [...trail, path]);
    }
    done.add(path);
  };
  for (const path of facts.keys()) walk(path, []);
  return circles;
}

/** Rooms of the relay that import each other; imports of types count. */
function mutualRooms(facts: ReadonlyMap<string, Facts>): Violation[] {
  const roomOf = (path: string): string | undefined => /^relay\/[^/]+(?=\/)/.exec(path)?.[0];
  const arrows = new Map<string, string>();
  for (const [path, { imports }] of facts) {
    for (const target of imports) {
      const [from, to] = [roomOf(path), "path" in target ? roomOf(target.path) : undefined];
      if (from !== undefined && to !== undefined && from !== to) arrows.set(`${from} → ${to}`, path);
    }
  }
  return [...arrows].flatMap(([arrow, path]) => {
    const [from, to] = arrow.split(" → ") as [string, string];
    const back = arrows.get(`${to} → ${from}`);
    return back === undefined || from > to ? [] : [`${path}, ${back}: ${from}/ and ${to}/ import each other`];
  });
}

function violationsOfFiles(
  files: ReadonlyMap<string, string>,
  factsByPath: ReadonlyMap<string, Facts>,
): Violation[] {
  return [...files].flatMap(([path, text]) => {
    const facts = factsByPath.get(path)!;
    return [
      ...facts.imports.flatMap((target) => wrongImport(path, target) ?? []).map((why) => `${path}: ${why}`),
      ...[...facts.uses].flatMap((use) => wrongUse(path, use) ?? []).map((why) => `${path}: ${why}`),
      ...wrongExports(path, facts),
      ...wrongLength(path, text),
    ];
  });
}

function wrongImport(path: string, target: Target): string | undefined {
  const [folder] = path.split("/", 1);
  if (/^(bench|tasks)$/.test(folder!) && "path" in target && target.path.startsWith("tests/")) {
    return `imports "${target.path}"; what both need is in tasks/`;
  }
  if (!["relay", "routes", "channels"].includes(folder!)) return undefined;
  if ("unknown" in target) {
    // The second folder of channels is not known beforehand.
    if (path === "relay/channel/discovery.ts") return undefined;
    return `imports ${target.unknown}, which cannot be read here; only relay/channel/discovery.ts may`;
  }
  if ("package" in target) {
    if (target.package === OIDC.library && !path.startsWith(OIDC.folder)) {
      return `imports "${OIDC.library}"; only ${OIDC.folder} may`;
    }
    return folder === "relay" && NOT_FOR_THE_DOMAIN.test(target.package)
      ? `imports "${target.package}"; the domain knows no web framework and no vendor`
      : undefined;
  }
  const to = target.path;
  const wrong = (why: string): string => `imports "${to}"; ${why}`;
  if (OUTSIDE.test(to)) return wrong(`${folder}/ is imported by it, not the other way round`);
  switch (folder) {
    case "relay":
      for (const [room, { knows, why }] of ROOMS) {
        const isKnown = !to.endsWith(".ts") || knows.some((known) => to.startsWith(known));
        if (path.startsWith(room) && !isKnown) return wrong(why);
      }
      if (path.startsWith("relay/query/")) {
        if (WRITES.test(to)) return wrong("a question writes nothing");
        if (to.startsWith("relay/store/") && !READ_SIDE.test(to)) {
          return wrong("relay/store/reader.ts is the side of the store that questions see");
        }
      }
      return to.startsWith("relay/") || !to.endsWith(".ts")
        ? undefined
        : wrong("the domain knows only itself");
    case "routes":
      if (to.startsWith("relay/store/")) {
        return wrong("relay.query answers what a door asks, relay.commands does what it orders");
      }
      return to.startsWith("channels/")
        ? wrong("relay.query.channels has what a door needs of them")
        : undefined;
    case "channels":
      if (to.startsWith("routes/")) return wrong("a channel knows no door");
      if (to.startsWith("relay/") && to !== "relay/channel.ts") {
        return wrong("relay/channel.ts has all that a channel needs");
      }
      if (/^channels\/[^_]/.test(to)) {
        return wrong("a channel knows no other one: share a file that begins with _");
      }
  }
}

function wrongUse(path: string, use: string): string | undefined {
  const [folder] = path.split("/", 1);
  const of = (allowed: boolean, where: string): string | undefined =>
    allowed ? undefined : `uses ${use}; only ${where} may`;
  switch (use) {
    case "fetch":
      return of(
        ["tasks", "simulator", "tests", "bench"].includes(folder!) || FETCHERS.includes(path),
        "relay/delivery/sender.ts and relay/access/oidc/provider_fetch.ts",
      );
    case "Deno.openKv":
      return of(
        ["tests", "bench"].includes(folder!) || OPENERS.includes(path),
        "main.ts, kv_worker.ts, and the tasks that copy a database,",
      );
    case "Deno.env":
    case "process.env":
      return of(
        ["tasks", "tests"].includes(folder!) || path === "main.ts" || path.startsWith("relay/config/"),
        "main.ts, relay/config/ and tasks/",
      );
    case "Deno.Kv":
      return of(folder !== "routes" && folder !== "channels", "the store");
  }
}

function wrongExports(path: string, { exports }: Facts): Violation[] {
  if (!PROSE_FOLDERS.test(path)) return [];
  return [...exports].filter(([, hasDocs]) => !hasDocs).map(([name]) =>
    `${path}: exports "${name}" without a docstring`
  );
}

function wrongLength(path: string, text: string): Violation[] {
  const lines = text.trimEnd().split("\n").length;
  return PROSE_FOLDERS.test(path) && lines > LINES ? [`${path}: has ${lines} lines; at most ${LINES}`] : [];
}

/** A docstring, and nothing after it but comments for tools. */
const DOCSTRING = /\/\*\*(?:[^*]|\*(?!\/))*\*\/\s*(?:\/\/[^\n]*\n\s*)*$/;

// deno-lint-ignore no-explicit-any -- the nodes of a syntax tree, looked at by name
type Node = any;

/** The imports, uses and exports of a file. @throws Error when it is not TypeScript */
function factsOf(path: string, text: string): Facts {
  const facts: Facts = { imports: [], uses: new Set(), exports: new Map() };
  const imported = (source: Node): void => {
    if (source) facts.imports.push(targetOf(path, source, text));
  };
  const used = (object: Node, name: string | undefined): void => {
    if (isGlobal(object, "Deno") && name && ["openKv", "env", "Kv"].includes(name)) {
      facts.uses.add(`Deno.${name}`);
    }
    if (isGlobal(object, "process") && name === "env") facts.uses.add("process.env");
    if (isGlobalThis(object) && name === "fetch") facts.uses.add("fetch");
  };
  const exported = (name: string, node: Node): void => {
    const hasDocs = DOCSTRING.test(text.slice(0, node.range[0]));
    facts.exports.set(name, hasDocs || facts.exports.get(name) === true); // one overload speaks for all
  };
  const plugin: Deno.lint.Plugin = {
    name: "architecture",
    rules: {
      facts: {
        create: () => ({
          ImportDeclaration: (node: Node) => imported(node.source),
          ImportExpression: (node: Node) => imported(node.source),
          ExportAllDeclaration: (node: Node) => imported(node.source),
          TSImportType: (node: Node) => imported(node.argument),
          ExportNamedDeclaration: (node: Node) => {
            imported(node.source);
            for (const name of declaredBy(node.declaration)) exported(name, node);
          },
          MemberExpression: (node: Node) => used(node.object, keyOf(node.property, node.computed)),
          TSQualifiedName: (node: Node) => {
            // A type is not a use, but `Deno.Kv` is a word that only the store knows.
            if (node.left.name === "Deno" && node.right.name === "Kv") facts.uses.add("Deno.Kv");
          },
          VariableDeclarator: (node: Node) => {
            if (node.id.type !== "ObjectPattern" || !node.init) return;
            for (const { key, computed } of node.id.properties) {
              if (key) used(node.init, keyOf(key, computed));
            }
          },
          Identifier: (node: Node) => {
            if (node.name === "fetch" && isReference(node) && !isBound(node, "fetch")) {
              facts.uses.add("fetch");
            }
          },
        }),
      },
    },
  };
  Deno.lint.runPlugin(plugin, path, text);
  return facts;
}

function targetOf(from: string, source: Node, text: string): Target {
  const specifier = source.type === "TSLiteralType" ? source.literal.value : source.value;
  if (typeof specifier !== "string") {
    // Deno reads the beginning of a template inside the import itself.
    const start = source.type === "TemplateLiteral" ? source.quasis[0]?.cooked ?? "" : "";
    return { unknown: start === "" ? text.slice(...source.range as [number, number]) : `${start}…` };
  }
  if (specifier === "fenghuo/channel") return { path: "relay/channel.ts" };
  if (/^\.{0,2}\//.test(specifier)) {
    return { path: new URL(specifier, `file:///${from}`).pathname.slice(1) };
  }
  const bare = specifier.replace(/^(npm|jsr):\/?/, "");
  const [scope, name] = bare.split("/");
  return { package: (bare.startsWith("@") ? `${scope}/${name}` : scope!).replace(/(?<=.)@.*$/, "") };
}

function declaredBy(declaration: Node): string[] {
  if (!declaration) return [];
  if (declaration.type === "VariableDeclaration") {
    return declaration.declarations.flatMap(({ id }: Node) => namesIn(id));
  }
  return declaration.id?.name ? [declaration.id.name] : [];
}

/** `a.b` and `a["b"]`. */
function keyOf(key: Node, computed: boolean): string | undefined {
  return computed || key.type === "Literal" ? String(key.value) : key.name;
}

/** `name`, or `globalThis.name`. */
function isGlobal(node: Node, name: string): boolean {
  if (node.type === "Identifier") return node.name === name;
  return node.type === "MemberExpression" && isGlobalThis(node.object) &&
    keyOf(node.property, node.computed) === name;
}

function isGlobalThis({ type, name }: Node): boolean {
  return type === "Identifier" && (name === "globalThis" || name === "self" || name === "window");
}

/** Whether a name is a value, and not a key or a declaration. */
function isReference(node: Node): boolean {
  const { parent } = node;
  switch (parent.type) {
    case "MemberExpression":
      return parent.object === node || parent.computed;
    case "Property":
      // The shorthand of an object reads the variable; the one of a pattern makes it.
      if (parent.parent.type === "ObjectPattern") return false;
      return parent.value === node || parent.shorthand;
    case "AssignmentPattern":
      return parent.right === node;
    case "VariableDeclarator":
      return parent.init === node;
    case "PropertyDefinition":
      return parent.value === node;
    default:
      return !/^(TS.*|MethodDefinition|Import.*|Export.*|Function.*|ArrowFunctionExpression|LabeledStatement)$/
        .test(parent.type) || (parent.type === "ArrowFunctionExpression" && parent.body === node);
  }
}

/** Whether something around a node gives the name a meaning of its own. */
function isBound(node: Node, name: string): boolean {
  for (let around = node.parent; around; around = around.parent) {
    if (around.params?.some((param: Node) => namesIn(param).includes(name))) return true;
    const statements: Node[] = Array.isArray(around.body) ? around.body : [];
    for (const statement of statements) {
      const declaration = statement.declaration ?? statement;
      if (declaration.type === "ImportDeclaration") {
        if (declaration.specifiers.some(({ local }: Node) => local.name === name)) return true;
      } else if (declaration.type === "VariableDeclaration") {
        // `const { fetch } = globalThis` is no other one.
        const own = declaration.declarations.filter(({ init }: Node) => !init || !isGlobalThis(init));
        if (own.some(({ id }: Node) => namesIn(id).includes(name))) return true;
      } else if (declaration.type === "FunctionDeclaration" && declaration.id?.name === name) return true;
    }
  }
  return false;
}

/** The names that a pattern declares. */
function namesIn(pattern: Node): string[] {
  switch (pattern?.type) {
    case "Identifier":
      return [pattern.name];
    case "ObjectPattern":
      return pattern.properties.flatMap((property: Node) => namesIn(property.value ?? property.argument));
    case "ArrayPattern":
      return pattern.elements.flatMap(namesIn);
    case "AssignmentPattern":
      return namesIn(pattern.left);
    case "RestElement":
      return namesIn(pattern.argument);
    default:
      return [];
  }
}
