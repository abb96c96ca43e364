/**
 * `deno run -P=test tests/golden/figures.ts`: the size of the golden messages, and the number of alerts whose object they
 * name, by vendor and set.
 *
 * @module
 */
import { tellEverything } from "./_page.ts";
import { type Vendor, VENDORS } from "./_vendors.ts";
import { everythingIn, linesOf } from "./_words.ts";

// deno-lint-ignore no-console -- to print is what a script is for
const say = (text: string): void => console.log(text);

/** The other vendors are programs and get all alerts in full. */
const READ_BY_PEOPLE: readonly Vendor[] = VENDORS.filter((vendor) =>
  vendor !== "webhook" && vendor !== "ocp"
);

say("| vendor | set | moment | language | messages | bytes | lines | objects named |");
say("| --- | --- | --- | --- | ---: | ---: | ---: | ---: |");
for (const { size, moment, language, alerts, sent } of await tellEverything()) {
  for (const vendor of READ_BY_PEOPLE) {
    const messages = sent.filter((one) => one.vendor === vendor);
    if (messages.length === 0) continue;
    const bytes = messages.reduce((sum, one) => sum + one.bytes, 0);
    const lines = messages.reduce((sum, one) => sum + linesOf(one), 0);
    const words = messages.map(everythingIn).join("\n");
    const named = alerts.filter(({ object }) => object !== "" && words.includes(object)).length;
    say(row(vendor, size, moment, language, messages.length, bytes, lines, `${named} of ${alerts.length}`));
  }
}

function row(vendor: Vendor, size: string, ...cells: readonly (string | number)[]): string {
  return `| ${[vendor, size, ...cells].join(" | ")} |`;
}
