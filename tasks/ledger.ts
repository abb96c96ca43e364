/**
 * `deno task ledger`: adds up the outcomes of everything that a running relay has accepted.
 *
 * @module
 */
import type { DeliveryCount, Recounted, Sum } from "../relay/query/shapes/ledger.ts";
import { refusalOf, relayAt } from "./_relay.ts";
import { print, runTask } from "./_task.ts";

const HELP = `deno task ledger [--since 24h] [--until TIME] [--verify]

Adds up what became of every alert that a running relay has accepted, destination by destination. Exit code:
0 = it adds up · 1 = it does not · 2 = the relay cannot be asked.

  --since   a time such as 2026-01-31T08:00:00Z, or how long ago, such as 24h (the default)
  --until   the same; default now. Hours are counted whole
  --verify  count the records themselves, too, and name what is missing or double
  --json    what the relay answered
  --to      the relay; default http://localhost:$PORT, or 8000

Set FENGHUO_ADMIN_PASSWORD, unless the relay was started in this folder.`;

/** Time limit: counting the records of many days takes long. */
const PATIENCE = 600_000;

const COLUMNS = ["routed", "delivered", "suppressed", "pending", "dead"] as const;

await runTask({
  name: "deno task ledger",
  action: "ask for the ledger",
  help: HELP,
  options: {
    to: { type: "string" },
    json: { type: "boolean" },
    since: { type: "string", default: "24h" },
    until: { type: "string" },
    verify: { type: "boolean" },
  },
  failed: 2,
  run: ({ values }) => addUp(values),
});

/** The options of the sum and of the output. */
interface LedgerOptions {
  readonly since: string;
  readonly until?: string | undefined;
  readonly verify?: boolean | undefined;
  readonly json?: boolean | undefined;
  readonly to?: string | undefined;
}

/** @returns the exit code: 0 = balanced · 1 = not balanced */
async function addUp({ since, until, verify, json, to }: LedgerOptions): Promise<number> {
  const query = new URLSearchParams({
    from: since,
    ...until === undefined ? {} : { to: until },
    ...verify ? { verify: "1" } : {},
  });
  const answer = await (await relayAt(to, { patience: PATIENCE })).ask("GET", `api/ledger?${query}`);
  if (answer.status !== 200) throw new Error(refusalOf(answer));
  const sum = answer.json as Sum & { verified?: Recounted };
  print(json ? JSON.stringify(sum, null, 2) : [...table(sum), ...verdict(sum)].join("\n"));
  return sum.addsUp && (sum.verified?.agrees ?? true) ? 0 : 1;
}

function table({ from, to, accepted, heard, drills, destinations, total }: Sum): string[] {
  const rows = [
    ["destination", ...COLUMNS],
    ...Object.entries(destinations).map(([name, count]) => row(name, count)),
    row("total", total),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((cells) => widthOf(cells[column]!))));
  const suppressed = Object.entries(heard.suppressed).map(([by, count]) => `, ${count} suppressed by ${by}`);
  return [
    `From ${new Date(from).toISOString()} to ${new Date(to).toISOString()}`,
    `${accepted} alerts accepted; for their groups: ${heard.told} notified${
      drills > 0 ? ` (${drills} of them by fire drills)` : ""
    }, ${heard.folded} duplicates${suppressed.join("")}`,
    "",
    ...rows.map((cells) =>
      cells.map((cell, column) => pad(cell, widths[column]!, column > 0)).join("  ").trimEnd()
    ),
    "",
  ];
}

function row(name: string, count: DeliveryCount): string[] {
  return [name, ...COLUMNS.map((column) => String(count[column]))];
}

function verdict({ addsUp, wrong, moved, verified }: Sum & { verified?: Recounted }): string[] {
  const lines = [addsUp ? "Balanced: every delivery is accounted for." : `NOT balanced: ${wrong.join(", ")}`];
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

/** A Chinese character takes two columns. */
function widthOf(text: string): number {
  return [...text].reduce((width, char) => width + (/\p{Script=Han}|[\uff00-\uffef]/u.test(char) ? 2 : 1), 0);
}

function pad(text: string, width: number, right: boolean): string {
  const space = " ".repeat(Math.max(0, width - widthOf(text)));
  return right ? space + text : text + space;
}
