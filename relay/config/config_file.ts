import { dirname, join } from "node:path";
import { decodeFile } from "./file.ts";
import { type ConfigSource, parseConfig } from "./parse.ts";
import type { Settings } from "./settings.ts";

/** The dependencies of reading the file. */
export interface ConfigFileOptions extends Pick<ConfigSource, "channels" | "secrets"> {
  /** The variables of the environment for a file with this text. */
  readonly env: (text: string) => ConfigSource["env"];
}

/** The configuration file, which may be read again while the relay runs. */
export class ConfigFile {
  readonly #settings: Pick<Settings, "configPath" | "configRequired">;
  readonly #options: ConfigFileOptions;
  /** Once the file was read, its absence is an error: without it, everything that it declares would be gone. */
  #exists = false;

  constructor(settings: Pick<Settings, "configPath" | "configRequired">, options: ConfigFileOptions) {
    this.#settings = settings;
    this.#options = options;
  }

  /** Reads and parses the file. @throws Error if it cannot be read */
  async read(): ReturnType<typeof parseConfig> {
    const { configPath: yamlPath } = this.#settings;
    const { env, ...options } = this.#options;
    const yaml = await this.#text();
    this.#exists ||= yaml !== undefined;
    return await parseConfig({
      ...options,
      env: env(yaml ?? ""),
      yaml,
      yamlPath,
      beside: (name) => Deno.readFile(join(dirname(yamlPath), name)),
    });
  }

  async #text(): Promise<string | undefined> {
    const { configPath, configRequired } = this.#settings;
    try {
      return decodeFile(await Deno.readFile(configPath), configPath);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound && !configRequired && !this.#exists) return undefined;
      const words = error instanceof Error ? error.message : String(error);
      throw new Error(`Cannot read the configuration "${configPath}": ${words}`);
    }
  }
}
