import { deepStrictEqual as equal } from "node:assert/strict";
import { DEFAULT_DIM, DIM } from "../../../relay/domain/wall_link.ts";

const HOURS: [text: string, isValid: boolean][] = [
  ["off", true],
  [DEFAULT_DIM, true],
  ["0-8", true],
  ["00-08", true],
  ["1-11", true],
  ["10-0", true],
  ["20-2", true],
  ["7-7", false],
  ["07-7", false],
  ["7-07", false],
  ["0-00", false],
  ["00-0", false],
  ["12-12", false],
  ["22-24", false],
  ["22", false],
  ["", false],
];

for (const [text, isValid] of HOURS) {
  Deno.test(`"${text}" ${isValid ? "is" : "is not"} a time to dim the wall: its two hours differ`, () => {
    equal(DIM.test(text), isValid);
  });
}
