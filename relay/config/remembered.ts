/**
 * What was read of the entries of a configuration. An entry is a value that never changes, so one that is still there, with
 * what else its reading depends on, need not be read again: a change of one group among thousands reads that group.
 */
export class Remembered<T> {
  readonly #values = new WeakMap<object, { readonly on: readonly unknown[]; readonly value: T }>();

  /** @param on What the reading depends on besides the entry; compared by identity. */
  get(entry: unknown, on: readonly unknown[] = []): T | undefined {
    const known = typeof entry === "object" && entry !== null ? this.#values.get(entry) : undefined;
    return known && known.on.length === on.length && known.on.every((one, index) => one === on[index])
      ? known.value
      : undefined;
  }

  /** @returns the value */
  set(entry: unknown, value: T, on: readonly unknown[] = []): T {
    if (typeof entry === "object" && entry !== null) this.#values.set(entry, { on, value });
    return value;
  }
}
