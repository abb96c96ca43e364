/** The threat model of docs/security.md: each test that it names is there, and each threat names one. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { ROOT } from "./kit/process.ts";

const text = await Deno.readTextFile(`${ROOT}docs/security.md`);

/** Of tables with a column "test": the cells of each row. */
function threats(): string[][] {
  const rows: string[][] = [];
  let inTable = false;
  for (const line of text.split("\n")) {
    if (!line.startsWith("|")) inTable = false;
    else if (/\| test +\|$/.test(line)) inTable = true;
    else if (inTable && !/^\| -/.test(line)) {
      rows.push(line.slice(1, -1).split(/(?<!\\)\|/).map((cell) => cell.trim()));
    }
  }
  return rows;
}

/** The names of a file's tests, as written in it. */
async function namesIn(path: string): Promise<string[]> {
  const source = await Deno.readTextFile(`${ROOT}${path}`);
  return [...source.matchAll(/Deno\.test\(\s*(?:\{[^{}]*?\bname:\s*)?("(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`)/g)]
    .map(([, name]) => name!.slice(1, -1));
}

const NAMED = /`(tests\/[\w./]+_test\.ts)`: "((?:[^"\\]|\\.)*)"/g;

Deno.test("every test that the threat model names is there, with that sentence", async () => {
  const named = [...text.matchAll(NAMED)].map(([, path, sentence]) =>
    [path!, sentence!.replaceAll('\\"', '"')] as const
  );
  ok(named.length > 40, `${named.length}`);
  const missing: string[] = [];
  for (const [path, sentence] of named) {
    const names = await namesIn(path).catch(() => []);
    // For a test that stands for many, the document quotes its fixed words.
    const isThere = names.some((name) =>
      name === sentence || name.includes("${") && sentence.length >= 16 && name.includes(sentence)
    );
    if (!isThere) missing.push(`${path}: ${sentence}`);
  }
  equal(missing, []);
});

Deno.test("every threat says what holds it, and names a test", () => {
  const rows = threats();
  ok(rows.length > 40, `${rows.length}`);
  equal(rows.filter(({ length }) => length !== 3), []);
  for (const [threat = "", holds = "", test = ""] of rows) {
    ok(threat !== "" && holds !== "", threat);
    equal(
      test.replaceAll(NAMED, "").replaceAll("; ", ""),
      "",
      `${threat}: names no test, or not as \`path\`: "sentence"`,
    );
    ok(test !== "", threat);
  }
});
