/** One set for each value; values that arrive during a commit share the next one. It decides nothing else. */
export class GroupCommit {
  readonly #kv: Deno.Kv;
  #waiting: { value: Uint8Array; done: () => void; failed: (error: unknown) => void }[] = [];
  #running = false;
  #time = 0;

  constructor(kv: Deno.Kv) {
    this.#kv = kv;
  }

  /** Resolves when the value is on disk. */
  write(value: Uint8Array): Promise<void> {
    return new Promise((done, failed) => {
      this.#waiting.push({ value, done, failed });
      if (!this.#running) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#running = true;
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const taken = this.#waiting.splice(0, 500);
      this.#time = Math.max(this.#time + 1, Date.now());
      const atomic = this.#kv.atomic();
      taken.forEach(({ value }, index) => atomic.set(["log", this.#time, index], value));
      try {
        await atomic.commit();
        for (const { done } of taken) done();
      } catch (error) {
        for (const { failed } of taken) failed(error);
      }
    }
    this.#running = false;
  }
}
