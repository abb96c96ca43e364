import { SECRET_NAMES } from "./secret_files.ts";
import type { Environment } from "./settings.ts";
import { VARIABLES } from "./variables.ts";

/** The part of `Deno.env` that {@linkcode HiddenVariables} needs. */
type ProcessEnvironment = Pick<typeof Deno.env, "get" | "set" | "delete">;

/** Variables that the system or the runtime also reads. */
const OF_SYSTEM =
  /^(HOME|PATH|USER|LOGNAME|SHELL|HOSTNAME|PWD|LANG|LC_\w+|TZ|TMPDIR|(DENO|OTEL|SSL|NODE|NPM)_\w+)$/;

/**
 * The environment of the process. Its secrets are removed once the relay has read them, so that a plugin or a library that
 * reads or logs the environment does not find them. This does not stop code that looks for them.
 */
export class HiddenVariables {
  readonly #hidden = new Map<string, string>();
  readonly #env: ProcessEnvironment;

  constructor(env: ProcessEnvironment) {
    this.#env = env;
  }

  get(name: string): string | undefined {
    return this.#hidden.get(name) ?? this.#env.get(name);
  }

  /** Removes the secrets from the environment: the relay's own, and the variables that the configuration file names. */
  hide(read: Environment): void {
    for (const [name, value] of Object.entries(read)) {
      if (value === undefined || !isSecret(name)) continue;
      try {
        this.#env.delete(name);
        this.#hidden.set(name, value);
      } catch {
        // A platform whose environment cannot be changed.
      }
    }
  }

  /** Puts them back, for a process that starts the relay again, as `--watch` does. */
  restore(): void {
    for (const [name, value] of this.#hidden) this.#env.set(name, value);
  }
}

function isSecret(name: string): boolean {
  if ((SECRET_NAMES as readonly string[]).includes(name)) return true;
  return !VARIABLES.includes(name) && !name.endsWith("_FILE") && !OF_SYSTEM.test(name);
}
