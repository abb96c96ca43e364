import type { Clock } from "../base/clock.ts";
import { endingsOf } from "../delivery/endings.ts";
import type { Events } from "../events.ts";
import type { GroupLookup } from "../domain/group.ts";
import type { ByPerson, DeadLetter } from "../domain/record.ts";
import { type DeadFilter, passesDeadFilter } from "../domain/dead_letter.ts";
import type { Store } from "../store/store.ts";

/** Why a dead delivery stays where it is. */
export interface Stays {
  readonly id: string;
  readonly because: string;
}

/** What sending several of the dead again came to. */
export interface SentAgain {
  readonly sent: number;
  readonly refused: number;
  /** Those that were skipped because their incident is over. */
  readonly ended: number;
  /** The first of those that stay. */
  readonly stays: readonly Stays[];
  /** There are more: ask again. */
  readonly more: boolean;
}

/** What {@linkcode DeadLetterCommands} work with. */
export interface DeadLetterTools {
  readonly store: Store;
  readonly groups: GroupLookup;
  readonly clock: Clock;
  readonly events: Events;
  readonly courier: { wake(lane: string): void };
}

/** Of those that stay, so many are named. */
const NAMED = 100;

/** How long one call may take, in milliseconds, and how many it may send. */
const BATCH = { ms: 5_000, letters: 1_000 };

/** Letters whose incidents are looked up together. */
const STEP = 100;

/** What people do with deliveries that were given up: send them again, or drop them. */
export class DeadLetterCommands {
  readonly #options: DeadLetterTools;

  constructor(options: DeadLetterTools) {
    this.#options = options;
  }

  /** Send one again. @returns why it stays, if it does. @throws StoreError */
  async sendOne(letter: DeadLetter, person: Omit<ByPerson, "at">): Promise<Stays | undefined> {
    const stays = await this.#send(letter, person);
    this.#options.events.tell("delivery", "lane");
    return stays;
  }

  /** Take one off the list, with a note. @returns `false` when somebody else has sent it again or dropped it. @throws StoreError */
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
    if (!await store.dead.sendAgain(letter, { ...person, at: clock.now(), lane })) {
      return { id, because: "somebody else has sent it again or dropped it" };
    }
    courier.wake(lane);
    return undefined;
  }

  /**
   * Send the dead deliveries of open incidents again, or as many as one call may send.
   *
   * @param options `ended`: also those whose incident is over; their message says so
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
        if (letter.diedAt > begun) continue; // sent by this very call, and dead again
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
