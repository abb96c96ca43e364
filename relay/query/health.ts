import type { ChannelRegistry } from "../channel/registry.ts";
import { type ConfigView, problemText, SEALED } from "../config/mod.ts";
import type { Templates } from "../message/templates.ts";
import type { StoreReader } from "../store/reader.ts";

/** The parts of the relay that are not ready, each with the reason. */
export type Unready = Readonly<Record<string, string>>;

/** The sources of {@linkcode Health}. */
export interface HealthSources {
  readonly store: Pick<StoreReader, "probe" | "silences">;
  /** Damage of the database that was found during operation, if any. */
  readonly databaseProblem: () => string | undefined;
  readonly channels: Pick<ChannelRegistry, "broken">;
  readonly templates: Pick<Templates, "problems">;
  readonly configuration: Pick<ConfigView, "isSealed" | "fileProblem" | "problems">;
  /** Why the relay delivers nothing, if so. */
  readonly held: string | undefined;
}

/** Whether the relay is ready, and the faults that it works around. */
export class Health {
  readonly #sources: HealthSources;

  constructor(sources: HealthSources) {
    this.#sources = sources;
  }

  /** Faults that the relay works around. */
  warnings(): string[] {
    const { databaseProblem, channels, templates, configuration, held, store } = this.#sources;
    return [
      databaseProblem(),
      ...channels.broken.values(),
      ...templates.problems,
      configuration.isSealed ? SEALED : undefined,
      configuration.fileProblem,
      held,
      ...configuration.problems.map(problemText),
      ...store.silences.problems(),
    ].filter((words) => words !== undefined);
  }

  /** Why the relay is not ready; empty if it is. */
  async unready(): Promise<Unready> {
    const { store } = this.#sources;
    try {
      await store.probe();
      return {};
    } catch (error) {
      return { store: error instanceof Error ? error.message : String(error) };
    }
  }
}
