import { doesNotThrow, match, throws } from "node:assert/strict";
import { checkRuntime, VERSION } from "../../../relay/base/version.ts";

Deno.test("a version has three numbers", () => match(VERSION, /^\d+\.\d+\.\d+$/));

for (const deno of ["2.5.0", "2.9.6", "2.10.0", "3.0.0", "2.5.0-rc.1+abc"]) {
  Deno.test(`it runs on Deno ${deno}`, () => doesNotThrow(() => checkRuntime(deno)));
}

for (const deno of ["2.4.5", "1.46.3"]) {
  Deno.test(`Deno ${deno} is told to be too old, and what to do`, () => {
    throws(
      () => checkRuntime(deno),
      /this is Deno [\d.]+, and Fenghuo [\d.]+ needs 2\.5 or later: run "deno upgrade"/,
    );
  });
}
