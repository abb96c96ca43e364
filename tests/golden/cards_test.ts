/** Compares the cards of one incident through its whole life with the files in `cards/`, byte by byte. */
import { deepStrictEqual as equal } from "node:assert/strict";
import { cardPages, CARDS } from "./_cards.ts";

for (const [name, page] of await cardPages()) {
  Deno.test(`cards/${name} is what goes over the wire, from firing until it is resolved`, async () => {
    const golden = await Deno.readTextFile(new URL(name, CARDS));
    equal(page.split("\n"), golden.split("\n"), 'where that is meant, run "deno task golden"');
  });
}
