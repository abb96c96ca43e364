import { deepStrictEqual as equal } from "node:assert/strict";
import { isWorse, SEVERITIES, severityOf, worst } from "../../../relay/domain/severity.ts";

const WORDS: [string | undefined, string, boolean][] = [
  ["critical", "critical", true],
  ["CRITICAL", "critical", true],
  [" page ", "critical", true],
  ["fatal", "critical", true],
  ["high", "critical", true],
  ["高", "critical", true],
  ["1", "critical", true],
  ["2", "critical", true],
  ["error", "error", true],
  ["warning", "warning", true],
  ["中", "warning", true],
  ["3", "warning", true],
  ["低", "info", true],
  ["4", "info", true],
  ["5", "info", true],
  [undefined, "warning", true],
  ["constructor", "warning", false],
  ["sev-9", "warning", false],
  ["", "warning", false],
];

for (const [word, severity, recognised] of WORDS) {
  Deno.test(`the word ${JSON.stringify(word)} is ${severity}${recognised ? "" : ", and shown as it came"}`, () => {
    equal(severityOf(word), { severity, recognised });
  });
}

Deno.test("the configuration adds spellings and overrides ours", () => {
  const extra = new Map([["sev-9", "info"], ["page", "error"]] as const);
  equal(severityOf("SEV-9", extra), { severity: "info", recognised: true });
  equal(severityOf("page", extra), { severity: "error", recognised: true });
});

Deno.test("the worst comes first", () => {
  equal(SEVERITIES.map((severity) => isWorse(severity, "warning")), [true, true, false, false]);
  equal(worst(["info", "error", "warning"]), "error");
  equal(worst([]), "info");
});
