import { markdownTable } from "../../tasks/channel/tables.ts";
import { descriptionsIn } from "./described.ts";
import { ROOT } from "./process.ts";
import type { TestRelay } from "./relay.ts";

/** A door as the README lists it. */
export interface ListedDoor {
  readonly name: string;
  readonly paste: string;
}

/** The doors, each once, in the order of their names. */
export async function doorsOf(house: TestRelay): Promise<ListedDoor[]> {
  const doors = new Map<string, ListedDoor>();
  for (const { door } of (await descriptionsIn(house)).values()) if (door) doors.set(door.name, door);
  return [...doors.values()].sort((a, b) => a.name.localeCompare(b.name, "en"));
}

/** The README with the present table of doors and list of ready-made ones. @throws Error when it has none */
export async function withDoors(readme: string, house: TestRelay): Promise<string> {
  const table = markdownTable([
    ["door", "paste"],
    ...(await doorsOf(house)).map(({ name, paste }) => [name, `\`${paste.replaceAll("|", "\\|")}\``]),
  ]);
  const section = /(\n## Doors\n[^]*?\n\n)(?:\|.*\n)+([^]*?Ready-made:)[^]*?(?=\n\n## )/;
  if (!section.test(readme)) {
    throw new Error('README.md has no table and no list below "## Doors": restore them');
  }
  const examples = (await readyMade()).join(", ");
  return readme.replace(section, (_, before, after) => `${before}${table}${after} ${examples}.`);
}

/** Links to the ready-made doors. */
async function readyMade(): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(`${ROOT}examples/doors`)) {
    if (name.endsWith(".yaml")) names.push(name.slice(0, -".yaml".length));
  }
  return names.sort().map((name) => `[${name}](examples/doors/${name}.yaml)`);
}
