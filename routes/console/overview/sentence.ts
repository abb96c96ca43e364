import { SEVERITIES, type Severity } from "../../../relay/domain/severity.ts";
import type { Quiet } from "../../../relay/query/quiet.ts";
import type { TextKey, Translate } from "../../../relay/message/locale.ts";
import { formatNumber } from "../format_number.ts";

type Counts = Readonly<Record<Severity, number>>;

/** The facts that the home page sums up. */
export interface VerdictFacts {
  /** Active incidents, and those that nobody has acknowledged. */
  readonly open: Counts;
  readonly unacknowledged: Counts;
  /** Those of the unacknowledged ones that are silenced, and those that are inhibited. */
  readonly quiet: Readonly<Record<Quiet, Counts>>;
  /** There are more than were counted. */
  readonly more: boolean;
  readonly destinations: {
    /** Those that have delivered, and work. */
    readonly healthy: number;
    readonly failing: number;
    /** The number of failing ones whose provider accepts nothing, or whose channel cannot be used. */
    readonly broken: number;
  };
  /** The ledger of the last 24 hours; `undefined` during its count. */
  readonly ledger?: { readonly dead: number; readonly addsUp: boolean } | undefined;
}

/** The state of the relay: whether a person has to act now. */
export interface Verdict {
  /** Red: at once · amber: have a look · green: nothing to do. As tones of the stylesheet. */
  readonly tone: "critical" | "warning" | "resolved";
  readonly text: string;
}

/** Severities that wake a person. */
const URGENT: readonly Severity[] = ["critical", "error"];

/** The state of the relay in one sentence. */
export function verdictOf(all: VerdictFacts, t: Translate): Verdict {
  const { silenced, inhibited } = all.quiet;
  const quiet = sum(silenced, inhibited);
  const facts = { ...all, unacknowledged: difference(all.unacknowledged, quiet) };
  const { open, unacknowledged, destinations, ledger } = facts;
  const isUrgent = URGENT.some((severity) => unacknowledged[severity] > 0) || destinations.broken > 0 ||
    ledger?.addsUp === false;
  const trouble = troubleIn(facts, t);
  const isCalm = sumOf(open) === 0 && trouble.length === 0;
  const tone = isUrgent ? "critical" : isCalm ? "resolved" : "warning";
  const quietly = sumOf(quiet) === sumOf(open) ? [] : [
    ...sumOf(silenced) > 0
      ? [counted(sumOf(silenced), "overview.verdict.oneSilenced", "overview.verdict.silenced", t)]
      : [],
    ...sumOf(inhibited) > 0
      ? [counted(sumOf(inhibited), "overview.verdict.oneInhibited", "overview.verdict.inhibited", t)]
      : [],
  ];
  if (!isCalm) {
    return { tone, text: [incidentsIn(facts, t), ...quietly, ...trouble].join(t("list.semicolon")) };
  }
  const { healthy } = destinations;
  const words = [
    t("overview.verdict.clear"),
    ...healthy > 0 ? [counted(healthy, "overview.verdict.oneHealthy", "overview.verdict.healthy", t)] : [],
    ...ledger ? [t("overview.verdict.accounted")] : [],
  ];
  return { tone, text: words.join(t("overview.verdict.comma")) };
}

function incidentsIn(
  { open, unacknowledged, quiet: { silenced, inhibited }, more }: VerdictFacts,
  t: Translate,
): string {
  const quiet = sum(silenced, inhibited);
  const total = sumOf(open) - sumOf(quiet);
  if (total === 0) {
    const count = formatNumber(sumOf(quiet));
    if (count === "0") return t("overview.verdict.none");
    return t(sumOf(inhibited) === 0 ? "overview.verdict.allSilenced" : "overview.verdict.allQuiet", {
      count,
    });
  }
  const worst = SEVERITIES.find((severity) => unacknowledged[severity] > 0);
  if (!worst) return counted(total, "overview.verdict.oneTaken", "overview.verdict.allTaken", t);
  const untaken = unacknowledged[worst];
  const orMore = more ? "+" : "";
  const loud = open[worst] - quiet[worst];
  const what = severityWords(worst, loud, { orMore, t });
  const first = untaken === loud
    ? t("overview.verdict.untaken", { what })
    : t("overview.verdict.some", { what, count: formatNumber(untaken) + orMore });
  const others = total - loud;
  return others === 0
    ? first
    : first + t("overview.verdict.others", { count: formatNumber(others) + orMore });
}

function troubleIn({ destinations, ledger }: VerdictFacts, t: Translate): string[] {
  const trouble: string[] = [];
  if (destinations.failing > 0) {
    trouble.push(counted(destinations.failing, "overview.verdict.oneFailing", "overview.verdict.failing", t));
  }
  if (ledger && ledger.dead > 0) {
    trouble.push(counted(ledger.dead, "overview.verdict.oneDead", "overview.verdict.dead", t));
  }
  if (ledger?.addsUp === false) trouble.push(t("overview.verdict.wrong"));
  return trouble;
}

function severityWords(
  severity: Severity,
  count: number,
  { orMore, t }: { orMore: string; t: Translate },
): string {
  if (count === 1 && severity === "error") return t("overview.count.oneError");
  if (count === 1 && severity === "warning") return t("overview.count.oneWarning");
  return t(`overview.count.${severity}`, { count: formatNumber(count) + orMore });
}

function counted(count: number, one: TextKey, many: TextKey, t: Translate): string {
  return count === 1 ? t(one) : t(many, { count: formatNumber(count) });
}

function sum(a: Counts, b: Counts): Counts {
  return countsOf((severity) => a[severity] + b[severity]);
}

/** The counts of both may be a moment apart. */
function difference(a: Counts, b: Counts): Counts {
  return countsOf((severity) => Math.max(0, a[severity] - b[severity]));
}

function countsOf(of: (severity: Severity) => number): Counts {
  return { critical: of("critical"), error: of("error"), warning: of("warning"), info: of("info") };
}

function sumOf(counts: Counts): number {
  return SEVERITIES.reduce((sum, severity) => sum + counts[severity], 0);
}
