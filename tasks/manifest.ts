/**
 * `deno task manifest`: writes the names of the channels into `channels.ts`, for platforms without directory
 * listings.
 *
 * @module
 */
import { pluginNames } from "../relay/channel/discovery.ts";
import { runTask } from "./_task.ts";

const HELP = `deno task manifest [--check]

Writes the names of the files in channels/ into channels.ts, where a relay finds them on a platform that cannot list a
folder. Deno Deploy runs it when it builds the app.

  --check   change nothing; exit code 1 when channels.ts is out of date`;

const PATH = new URL("../channels.ts", import.meta.url);

/** The list of names in it. */
const NAMES = /^ {2}names: \[[^\]]*\],$/m;

await runTask({
  name: "deno task manifest",
  action: "write the manifest",
  help: HELP,
  options: { check: { type: "boolean", default: false } },
  async run({ values: { check } }): Promise<number> {
    const text = await Deno.readTextFile(PATH);
    if (!NAMES.test(text)) throw new Error('channels.ts has no list "names: [": restore it');
    const names = pluginNames(new URL("../channels/", import.meta.url));
    const updated = text.replace(NAMES, `  names: [${list(names)}],`);
    if (updated === text) return 0;
    if (check) throw new Error("channels.ts does not have the files of channels/: run deno task manifest");
    await Deno.writeTextFile(PATH, updated);
    return 0;
  },
});

/** One per line, in the format of `deno fmt` for a list that is too long for a line. */
function list(names: readonly string[]): string {
  return names.map((name) => `\n    ${JSON.stringify(name)},`).join("") + "\n  ";
}
