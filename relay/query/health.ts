import { faultText } from "../channel/channel_faults.ts";
import type { ChannelRegistry } from "../channel/registry.ts";
import { type ConfigView, problemText, SEALED } from "../config/mod.ts";
import type { Locale } from "../base/locale.ts";
import type { Gaps } from "./gaps.ts";
import { translator } from "../message/locale.ts";
import type { Templates } from "../message/templates.ts";
import { CLOCK_SKEW } from "../store/lane_record.ts";
import type { StoreReader } from "../store/reader.ts";

/** The parts of the relay that are not ready, each with the reason. */
export type Unready = Readonly<Record<string, string>>;

/** The sources of {@linkcode Health}. */
export interface HealthSources {
  readonly store: Pick<StoreReader, "link" | "probe" | "silences" | "clocks">;
  /** Damage of the database that was found during operation, if any. */
  readonly databaseProblem: () => string | undefined;
  readonly channels: Pick<ChannelRegistry, "broken" | "faults">;
  readonly templates: Pick<Templates, "problems">;
  readonly configuration: Pick<ConfigView, "isSealed" | "fileProblem" | "problems">;
  /** The gaps in the on-call calendars. */
  readonly gaps: Pick<Gaps, "warnings">;
  /** The reason why the relay delivers nothing, if it does not. */
  readonly held: string | undefined;
}

/** Clocks may differ by this many milliseconds before people are warned: the leases of lanes allow for more. */
const SKEW = 2_000;

function skewWords(skew: number, locale: Locale): string | undefined {
  if (skew <= SKEW) return undefined;
  return translator(locale)("health.clocks", {
    seconds: (skew / 1_000).toFixed(1),
    most: CLOCK_SKEW / 1_000,
  });
}

/** Whether the relay is ready, and the faults that it works around. */
export class Health {
  readonly #sources: HealthSources;

  constructor(sources: HealthSources) {
    this.#sources = sources;
  }

  /** Faults that the relay works around, in a reader's language if a translation exists. */
  warnings(locale: Locale = "en"): string[] {
    const { databaseProblem, channels, templates, configuration, gaps, held, store } = this.#sources;
    return [
      databaseProblem(),
      ...channels.broken.values(),
      ...channels.faults.list().map(faultText),
      ...templates.problems,
      configuration.isSealed ? SEALED : undefined,
      configuration.fileProblem,
      held,
      skewWords(store.clocks?.skew ?? 0, locale),
      ...configuration.problems.map(problemText),
      ...store.silences.problems(),
      ...gaps.warnings(locale),
    ].filter((words) => words !== undefined);
  }

  /** The reasons why the relay is not ready; empty if it is. */
  async unready(): Promise<Unready> {
    const { store } = this.#sources;
    const { outage } = store.link ?? {};
    if (outage) return { store: `The database does not answer: ${outage.because}` };
    try {
      await store.probe();
      return {};
    } catch (error) {
      return { store: error instanceof Error ? error.message : String(error) };
    }
  }
}
