/**
 * `deno task doors`: writes the README's table of doors and its list of ready-made ones.
 *
 * @module
 */
import { withDoors } from "./doors_table.ts";
import { ROOT } from "./process.ts";
import { testRelay } from "./relay.ts";

const README = `${ROOT}README.md`;

await using house = await testRelay();
await Deno.writeTextFile(README, await withDoors(await Deno.readTextFile(README), house));
await new Deno.Command(Deno.execPath(), { args: ["fmt", "-q", README] }).output();
