/**
 * Prints the files of `deno task test:unit`: the tests that open no database and no port, start no process and try no
 * random inputs, neither themselves nor through their imports from `tests/` and `simulator/`.
 *
 * @module
 */

const ROOT = new URL("../", import.meta.url);

/** The uses that make a test more than a unit test. */
const MORE =
  /\bDeno\.(openKv|serve|listen|listenTls|connect|Command)\b|\bcreateServer\(|\bnew SMTPServer\(|"fast-check"/;

const IMPORTED = /\bfrom\s*"(\.[^"]+)"|\bimport\s*\(?\s*"(\.[^"]+)"/g;

/** The paths of the unit tests in the repository, sorted. */
export async function unitTests(): Promise<string[]> {
  const texts = new Map<string, string>();
  const read = async (path: string): Promise<string> => {
    const text = texts.get(path) ?? await Deno.readTextFile(new URL(path, ROOT));
    texts.set(path, text);
    return text;
  };
  const isUnit = async (test: string): Promise<boolean> => {
    const reached = new Set([test]);
    for (const path of reached) {
      const text = await read(path);
      if (MORE.test(text)) return false;
      for (const target of importsOf(path, text)) reached.add(target);
    }
    return true;
  };
  const tests: string[] = [];
  for await (const path of filesBelow("tests/")) {
    if (path.endsWith("_test.ts") && await isUnit(path)) tests.push(path);
  }
  return tests.sort();
}

function importsOf(path: string, text: string): string[] {
  return [...text.matchAll(IMPORTED)]
    .map(([, from, dynamic]) => new URL((from ?? dynamic)!, `file:///${path}`).pathname.slice(1))
    .filter((target) => /^(tests|simulator)\/.*\.ts$/.test(target));
}

async function* filesBelow(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, ROOT))) {
    if (isDirectory) yield* filesBelow(`${folder}${name}/`);
    else yield folder + name;
  }
}

// deno-lint-ignore no-console -- it prints what it is there for
if (import.meta.main) console.log((await unitTests()).join(" "));
