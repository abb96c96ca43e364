import type { Incident } from "../domain/incident.ts";
import type { IncidentChange } from "./commit.ts";
import {
  DUE_BATCH,
  type DueAt,
  type DueBatch,
  type DueIncidents,
  LOOK_AGAIN,
  mayBeDue,
} from "./due_incidents.ts";

/** A single writer has its incidents in memory, and remembers when the next of them is due. */
export class DueInMemory implements DueIncidents {
  readonly #filter: (wanted: (incident: Incident) => boolean) => Promise<Incident[]>;
  readonly #dueAt: DueAt;
  #next = -Infinity;
  #since: number;

  /** `filter`: the incidents in memory for which a function is true · `since`: when the relay started. */
  constructor(
    { filter, dueAt, since }: {
      filter: (wanted: (incident: Incident) => boolean) => Promise<Incident[]>;
      dueAt: DueAt;
      since: number;
    },
  ) {
    this.#filter = filter;
    this.#dueAt = dueAt;
    this.#since = since;
  }

  async *batches(now: number): AsyncGenerator<DueBatch> {
    if (now < this.#next) return;
    const since = this.#since;
    this.#next = Infinity; // what changes meanwhile sets it anew
    const due = await this.#filter((incident) => {
      const at = this.#dueAt(incident, since); // what became due since the last look
      if (at > now) this.#next = Math.min(this.#next, at);
      return at <= now;
    });
    try {
      for (let from = 0; from < due.length; from += DUE_BATCH) {
        const incidents = due.slice(from, from + DUE_BATCH).map((incident) => ({ incident, since }));
        yield { incidents, done: () => Promise.resolve() };
      }
      this.#since = now;
      if (due.length > 0) this.#next = Math.min(this.#next, now + LOOK_AGAIN);
    } finally {
      if (this.#since !== now) this.#next = -Infinity; // it was not done to the end
    }
  }

  async soon(until: number): Promise<Incident[]> {
    return await this.#filter((incident) =>
      mayBeDue(incident) && this.#dueAt(incident, this.#since) <= until
    );
  }

  write(): void {} // memory knows

  landed({ after }: IncidentChange): void {
    this.#next = Math.min(this.#next, this.#dueAt(after, this.#since));
  }

  reconsider(): void {
    this.#next = -Infinity;
  }
}
