/**
 * `deno task ledger`: adds up what became of everything that a running relay has accepted.
 *
 * @module
 */
import type { Count, Sum } from "../relay/ledger.ts";
import type { Recounted } from "../relay/recount.ts";
import { ask, AskError, readArgs, SHARED, SHARED_HELP } from "./_ask.ts";
import { UsageError } from "./send/_dialect.ts";

const HELP = `deno task ledger [--since 24h] [--until TIME] [--verify]

Adds up what became of every alert that a running relay has accepted, destination by destination. Exit code:
0 = it adds up · 1 = it does not · 2 = the relay cannot be asked.

  --since   a time such as 2026-01-31T08:00:00Z, or how long ago, such as 24h (the default)
  --until   the same; default now. Hours are counted whole
  --verify  count the records themselves, too, and name what is missing or double
${SHARED_HELP}`;

const OPTIONS = {
  ...SHARED,
  since: { type: "string" },
  until: { type: "string" },
  verify: { type: "boolean" },
} as const;

/** To count the records of many days takes its time. */
const PATIENCE = 600_000;

const COLUMNS = ["routed", "delivered", "suppressed", "pending", "dead"] as const;

// deno-lint-ignore no-console -- to print is what a task is for
const out = { say: (text: string) => console.log(text), complain: (text: string) => console.error(text) };

if (import.meta.main) Deno.exitCode = await main(Deno.args);

/** @returns the exit code: 0 = it adds up · 1 = it does not · 2 = it cannot be asked */
async function main(args: readonly string[]): Promise<number> {
  try {
    const { values: { help, since, until, verify, json, to } } = readArgs(args, {
      options: OPTIONS,
      positionals: 0,
    });
    if (help) {
      out.say(HELP);
      return 0;
    }
    const query = new URLSearchParams({
      from: since ?? "24h",
      ...until === undefined ? {} : { to: until },
      ...verify ? { verify: "1" } : {},
    });
    const answer = await ask(`/api/ledger?${query}`, { to, patience: PATIENCE }) as Sum & {
      verified?: Recounted;
    };
    out.say(json ? JSON.stringify(answer, null, 2) : [...table(answer), ...verdict(answer)].join("\n"));
    return answer.addsUp && (answer.verified?.agrees ?? true) ? 0 : 1;
  } catch (error) {
    if (error instanceof UsageError) out.complain(`${error.message}\nSee deno task ledger --help`);
    else if (error instanceof AskError) out.complain(error.message);
    else throw error;
    return 2;
  }
}

function table({ from, to, accepted, heard, destinations, total }: Sum): string[] {
  const rows = [
    ["destination", ...COLUMNS],
    ...Object.entries(destinations).map(([name, count]) => row(name, count)),
    row("total", total),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((cells) => widthOf(cells[column]!))));
  const suppressed = Object.entries(heard.suppressed).map(([by, count]) => `, ${count} suppressed by ${by}`);
  return [
    `From ${new Date(from).toISOString()} to ${new Date(to).toISOString()}`,
    `${accepted} alerts accepted; for their groups: ${heard.told} told, ${heard.folded} folded${
      suppressed.join("")
    }`,
    "",
    ...rows.map((cells) =>
      cells.map((cell, column) => pad(cell, widths[column]!, column > 0)).join("  ").trimEnd()
    ),
    "",
  ];
}

function row(name: string, count: Count): string[] {
  return [name, ...COLUMNS.map((column) => String(count[column]))];
}

function verdict({ addsUp, wrong, moved, verified }: Sum & { verified?: Recounted }): string[] {
  const lines = [addsUp ? "It adds up." : `It does NOT add up: ${wrong.join(", ")}`];
  if (moved > 0) lines.push(`Counted while ${moved} figures moved: so far they may be apart.`);
  if (!verified) return lines;
  const { agrees, faults, faultCount, differences, sum } = verified;
  const since = new Date(sum.from).toISOString();
  lines.push(
    agrees
      ? `The records since ${since} say the same: ${sum.accepted} alerts, ${sum.total.routed} deliveries.`
      : `The records since ${since} do NOT say the same:`,
  );
  for (const { id, destination, what } of faults) lines.push(`  ${what}: ${id} to ${destination}`);
  if (faultCount > faults.length) lines.push(`  and ${faultCount - faults.length} more`);
  for (const difference of differences) lines.push(`  ${difference}`);
  if (!agrees && !sum.addsUp) lines.push(`  the records do not add up: ${sum.wrong.join(", ")}`);
  return lines;
}

/** A Chinese character takes two places. */
function widthOf(text: string): number {
  return [...text].reduce((width, char) => width + (/\p{Script=Han}|[\uff00-\uffef]/u.test(char) ? 2 : 1), 0);
}

function pad(text: string, width: number, right: boolean): string {
  const space = " ".repeat(Math.max(0, width - widthOf(text)));
  return right ? space + text : text + space;
}
