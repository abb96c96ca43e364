/**
 * `deno task chaos`: three relays on one database under faults of every kind, and then an audit of every alert.
 *
 * @module
 */
import { findDenokv, GET_DENOKV } from "./_denokv.ts";
import { numberOf, print, runTask, stopSignal } from "./_task.ts";
import { GET_FAKETIME } from "./chaos/clocks.ts";
import type { Figure } from "./chaos/figures.ts";
import { type ChaosResult, runChaos } from "./chaos/run.ts";

const HELP = `deno task chaos [--minutes 2] [--seed N] [--own-store] [--hold]

Starts on 127.0.0.1 three relays on one database and lets everything go wrong for some minutes, at random: relays are killed,
stopped, frozen and cut off; the database fails before and after it has written, hangs, breaks connections and writes late;
clocks are wrong; vendors throttle, refuse, hang, and answer 200 with an error in the body. Senders behave like Alertmanager
and note what was answered 200. Some incidents have to be acknowledged, and escalate where nobody does. Then everything is mended, and when all is delivered, the notes of the senders and of the
vendors are compared with the relays' ledgers. Exit code: 0 = every promise was kept · 1 = one was broken; the output says
which, and prints the trace of that alert · 2 = it could not run · 130 = it was interrupted.

  --minutes    how long things go wrong; what follows takes up to seven more
  --seed       of everything random: the same seed makes the same plan, though processes never run quite alike
  --own-store  the proxy before the database keeps the keys itself, with the limits of denokv
  --hold       when a promise was broken, leave the relays running until Ctrl-C

denokv is what DENOKV names, or found in PATH or in ~/.cargo/bin: ${GET_DENOKV}
Without one the proxy keeps the keys itself. Clocks are wrong where libfaketime is installed: ${GET_FAKETIME}`;

/** The most broken promises that are printed. */
const PRINTED = 20;

await runTask({
  name: "deno task chaos",
  action: "run chaos",
  help: HELP,
  options: {
    minutes: { type: "string", default: "2" },
    seed: { type: "string" },
    "own-store": { type: "boolean", default: false },
    hold: { type: "boolean", default: false },
  },
  failed: 2,
  run: ({ values }) =>
    run({
      minutes: numberOf("minutes", values.minutes, { from: 0.1, to: 240, fraction: true }),
      seed: values.seed === undefined
        ? Math.floor(Math.random() * 1_000_000)
        : numberOf("seed", values.seed, { from: 0, to: 2 ** 32 - 1 }),
      ownStore: values["own-store"],
      hold: values.hold,
    }),
});

/** @returns the exit code */
async function run(
  { minutes, seed, ownStore, hold }: { minutes: number; seed: number; ownStore: boolean; hold: boolean },
): Promise<number> {
  const denokv = ownStore ? undefined : await findDenokv();
  const interrupt = new AbortController();
  const stopped = stopSignal();
  void stopped.then(() => interrupt.abort());
  let fault: unknown; // of the task itself: without this, Deno would end it and leave its processes behind
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    fault ??= event.reason;
    interrupt.abort();
  });
  print(`Chaos for ${minutes} min; to repeat the plan: deno task chaos --minutes ${minutes} --seed ${seed}`);
  try {
    const result = await runChaos({
      seed,
      seconds: 60 * minutes,
      denokv,
      signal: interrupt.signal,
      say: print,
      onBroken: async (doors) => {
        if (!hold) return;
        print(
          `A promise was broken; until Ctrl-C: ${doors.map(({ name, url }) => `${name} ${url}/`).join(", ")}`,
        );
        await stopped;
      },
    });
    print(report(result, seed));
    return result.broken.length === 0 ? 0 : 1;
  } catch (error) {
    if (fault !== undefined) throw fault;
    if (!interrupt.signal.aborted) throw error;
    print(`Interrupted (seed ${seed})`);
    return 130;
  }
}

function report({ figures, broken, story }: ChaosResult, seed: number): string {
  const table = tableOf(figures);
  if (broken.length === 0) return `\n${table}\n\nEvery promise was kept (seed ${seed}).`;
  const shown = broken.slice(0, PRINTED).map(({ promise, seen }) => `  ${promise}: ${seen}`);
  const more = broken.length > PRINTED ? [`  and ${broken.length - PRINTED} more`] : [];
  return [
    `\n${table}\n`,
    `BROKEN, ${broken.length} times (seed ${seed}):`,
    ...shown,
    ...more,
    "",
    `The first: ${broken[0]!.seen}`,
    "",
    ...story,
  ].join("\n");
}

function tableOf(figures: readonly Figure[]): string {
  const width = Math.max(...figures.map(({ what }) => what.length));
  return figures.map(({ what, value, goal }) => {
    const verdict = goal === undefined
      ? ""
      : `  [goal ${goal.words}: ${goal.reached ? "reached" : "MISSED"}]`;
    return `${what.padEnd(width)}  ${value}${verdict}`;
  }).join("\n");
}
