import type { Clock } from "../base/clock.ts";
import { endingsOf } from "../delivery/endings.ts";
import type { Events } from "../events.ts";
import type { GroupLookup } from "../domain/group.ts";
import type { ByPerson, DeadLetter } from "../domain/record.ts";
import { type DeadFilter, passesDeadFilter } from "../domain/dead_letter.ts";
import type { Store } from "../store/store.ts";

/** The reason why a dead delivery is not sent again. */
export interface Stays {
  readonly id: string;
  readonly because: string;
}

/** The result of sending dead deliveries again. */
export interface SentAgain {
  readonly sent: number;
  readonly refused: number;
  /** The number of deliveries that were skipped because their incident is closed. */
  readonly ended: number;
  /** The first deliveries that were not sent again. */
  readonly stays: readonly Stays[];
  /** There are more: call again. */
  readonly more: boolean;
}

/** The dependencies of {@linkcode DeadLetterCommands}. */
export interface DeadLetterTools {
  readonly store: Store;
  readonly groups: GroupLookup;
  readonly clock: Clock;
  readonly events: Events;
  readonly courier: { wake(lane: string): void };
}

/** The most unsent deliveries that are named. */
const NAMED = 100;

/** The time limit of one call, in milliseconds, and the most deliveries that it sends. */
const BATCH = { ms: 5_000, letters: 1_000 };

/** The number of letters whose incidents are looked up together. */
const STEP = 100;

/** Commands for dead deliveries: send them again, or drop them. */
export class DeadLetterCommands {
  readonly #options: DeadLetterTools;

  constructor(options: DeadLetterTools) {
    this.#options = options;
  }

  /** Sends one again. @returns the reason if it was not sent @throws StoreError */
  async sendOne(letter: DeadLetter, person: Omit<ByPerson, "at">): Promise<Stays | undefined> {
    const stays = await this.#send(letter, person);
    this.#options.events.tell("delivery", "lane");
    return stays;
  }

  /** Drops one, with an audit note. @returns `false` if it was already sent again or dropped. @throws StoreError */
  async drop(letter: DeadLetter, person: Omit<ByPerson, "at">): Promise<boolean> {
    const { store, clock, events } = this.#options;
    const dropped = await store.dead.drop(letter, { ...person, at: clock.now() });
    events.tell("delivery");
    return dropped;
  }

  async #send(letter: DeadLetter, person: Omit<ByPerson, "at">): Promise<Stays | undefined> {
    const { store, groups, clock, courier } = this.#options;
    const { id, group: groupId, destination: destinationId } = letter.entry;
    const group = groups.get(groupId) ?? await groups.load(groupId);
    const destination = group?.destinations.find(({ id }) => id === destinationId);
    if (!destination) return { id, because: `the destination "${destinationId}" is gone` };
    if (!letter.alert) return { id, because: "the alert's record was lost before the delivery died" };
    const { lane } = destination;
    const incident = (await store.log.alert(letter.entry.alert))?.incident ?? undefined;
    if (!await store.dead.sendAgain(letter, { ...person, at: clock.now(), lane, incident })) {
      return { id, because: "somebody else has sent it again or dropped it" };
    }
    courier.wake(lane);
    return undefined;
  }

  /**
   * Sends the dead deliveries of open incidents again, at most as many as one call may send.
   *
   * @param options `ended`: also those whose incident is closed; their message says so
   * @throws StoreError
   */
  async sendAll(
    wanted: DeadFilter,
    person: Omit<ByPerson, "at">,
    options: { ended?: boolean } = {},
  ): Promise<SentAgain> {
    const again = await this.#sendAll(wanted, person, options);
    this.#options.events.tell("delivery", "lane");
    return again;
  }

  async #sendAll(
    wanted: DeadFilter,
    person: Omit<ByPerson, "at">,
    { ended: withEnded = false }: { ended?: boolean } = {},
  ): Promise<SentAgain> {
    const started = performance.now();
    const { store, clock } = this.#options;
    const begun = clock.now();
    const stays: Stays[] = [];
    let [sent, refused, ended] = [0, 0, 0];
    for await (const letters of inSteps(store.dead.list())) {
      const asked = letters.filter((letter) => passesDeadFilter(letter, wanted));
      const endings = withEnded ? new Map() : await endingsOf(asked.map(({ entry }) => entry), store);
      for (const letter of asked) {
        if (letter.diedAt > begun) continue; // sent by this call, and dead again
        if (sent >= BATCH.letters || performance.now() - started > BATCH.ms) {
          return { sent, refused, ended, stays, more: true };
        }
        if (endings.has(letter.entry.id)) {
          ended++;
          continue;
        }
        const stay = await this.#send(letter, person);
        if (!stay) sent++;
        else if (++refused <= NAMED) stays.push(stay);
      }
    }
    return { sent, refused, ended, stays, more: false };
  }
}

async function* inSteps(letters: AsyncIterable<DeadLetter>): AsyncGenerator<DeadLetter[]> {
  let some: DeadLetter[] = [];
  for await (const letter of letters) {
    if (some.push(letter) < STEP) continue;
    yield some;
    some = [];
  }
  yield some;
}
