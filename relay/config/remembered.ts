/**
 * The readings of a configuration's entries. An entry is an immutable value, so an unchanged one with unchanged
 * dependencies is not read again: a change of one group among thousands reads only that group.
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
