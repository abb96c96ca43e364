import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { SEVERITIES } from "../../relay/domain/severity.ts";
import { ROOT } from "../kit/process.ts";

/** Classes that are values in code, with a file that has them. A severity is a class, too. */
const VALUES: Readonly<Record<string, string>> = {
  duplicates: "routes/console/incidents/strip.ts",
  fired: "routes/console/status_now.ts",
  folded: "routes/console/noise/day_chart.ts",
  mtta: "routes/console/incidents/response.ts",
  mttr: "routes/console/incidents/response.ts",
  person: "routes/console/incidents/story.ts",
  rows: "routes/console/forms/shown_field.ts",
  suppressed: "routes/console/noise/day_chart.ts",
};

/** Classes that htmx sets. */
const OF_HTMX = ["htmx-request"];

/** The beginnings of classes that end in a value, such as `tone-3`. */
const BEGINNINGS = /\b([a-z][\w-]*-)(?:<%=|\$\{)/g;

/** The value of a `class="…"`; a template may put code with quotes of its own into it. */
const ATTRIBUTES = /\bclass="((?:<%[^]*?%>|\$\{[^}]*\}|[^"<$])*)"/g;

/** A script's use of classes. */
const STATEMENTS = /(?:className\s*=|classList\.\w+\(|\bclass:)[^;\n]*/g;

/** The wall has a stylesheet of its own, and these pages and scripts. */
const WALL = "wall.css";
const OF_WALL = /\/wall\/(wall|board|ended|over)\.eta$|\/script\/wall/;

async function filesBelow(folder: string): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(ROOT + folder)) {
    if (isDirectory) files.push(...await filesBelow(`${folder}${name}/`));
    else files.push(folder + name);
  }
  return files;
}

/** The style files: their selectors, one by one. */
async function readStyles(): Promise<Map<string, string[]>> {
  const paths = await filesBelow("templates/console/style/");
  const styles = paths.map(async (path): Promise<[string, string[]]> => {
    const text = (await Deno.readTextFile(ROOT + path)).replaceAll(/\/\*[^]*?\*\//g, "");
    const lists = [...text.matchAll(/([^{};]+)\{/g)].map(([, list]) =>
      list!.replaceAll(/"[^"]*"/g, '""').trim()
    );
    // Commas inside parentheses do not end a selector.
    const selectors = lists.filter((list) => !list.startsWith("@")).flatMap((list) =>
      list.split(/,(?![^(]*\))\s*/)
    );
    return [path.slice(path.lastIndexOf("/") + 1), selectors];
  });
  return new Map((await Promise.all(styles)).sort());
}

/** The classes that pages have, and the beginnings of others. */
async function classesOfPages(
  { wall }: { wall: boolean },
): Promise<{ names: Set<string>; beginnings: string[] }> {
  const paths = [...await filesBelow("templates/console/"), ...await filesBelow("routes/console/")]
    .filter((path) => /\.(eta|js|ts)$/.test(path))
    .filter((path) => wall === OF_WALL.test(path));
  const texts = await Promise.all(paths.map((path) => Deno.readTextFile(ROOT + path)));
  const text = texts.join("\n").replaceAll(/^\s*(\/\*[^]*?\*\/|\/\/.*)$/gm, "");
  const attributes = [...text.matchAll(ATTRIBUTES)].map(([, value]) => value!);
  const statements = [...text.matchAll(STATEMENTS)].map(([statement]) => statement);
  /** Of code, only the texts in it. */
  const literal = attributes.map((value) =>
    value.replaceAll(/<%[^]*?%>|\$\{[^}]*\}/g, (code) => ` ${code.match(/"[^"]*"/g)?.join(" ") ?? ""} `)
  );
  return {
    names: new Set(
      [...SEVERITIES, ...OF_HTMX, ...Object.keys(VALUES), ...literal, ...statements].flatMap((value) =>
        value.match(/[a-z][\w-]*/g) ?? []
      ),
    ),
    beginnings: [...text.matchAll(BEGINNINGS)].map(([, beginning]) => beginning!),
  };
}

const classesOf = (selector: string): string[] =>
  [...selector.matchAll(/\.([a-z][\w-]*)/g)].map(([, name]) => name!);

Deno.test("every class of the stylesheets is on a page", async () => {
  const styles = await readStyles();
  ok(styles.size > 20);
  for (const wall of [false, true]) {
    const { names, beginnings } = await classesOfPages({ wall });
    const files = [...styles].filter(([file]) => (file === WALL) === wall);
    const unused = files.flatMap(([file, selectors]) =>
      [...new Set(selectors.flatMap(classesOf))]
        .filter((name) => !names.has(name) && !beginnings.some((beginning) => name.startsWith(beginning)))
        .map((name) => `${file}: .${name}`)
    );
    equal(unused, []);
  }
});

Deno.test("each class that is a value in code has a style, and is in its file", async () => {
  const styled = new Set([...(await readStyles()).values()].flat().flatMap(classesOf));
  for (const [name, file] of Object.entries(VALUES)) {
    ok(styled.has(name), name);
    ok((await Deno.readTextFile(ROOT + file)).includes(`"${name}"`), `${file}: ${name}`);
  }
});

Deno.test("no two style files give a class its look: all of them are one stylesheet", async () => {
  const owners = new Map<string, Set<string>>();
  for (const [file, selectors] of await readStyles()) {
    // The wall is a page of its own, and printing hides elements that other files style.
    if (file === WALL || file === "motion_print.css") continue;
    for (const selector of selectors) {
      const name = /^\.([a-z][\w-]*)$/.exec(selector)?.[1];
      if (name) owners.set(name, (owners.get(name) ?? new Set()).add(file));
    }
  }
  equal(
    [...owners].filter(([, files]) => files.size > 1).map(([name, files]) =>
      `.${name}: ${[...files].join(", ")}`
    ),
    [],
  );
});
