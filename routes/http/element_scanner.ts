const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** The ends found in a piece of JSON, as offsets in the piece. */
export interface ScanEnd {
  /** The end of the last wanted element that ended in the piece; 0 if none did. */
  readonly lastElement: number;
  /** The end of the list: 0 when it ended in an earlier piece, `undefined` while it is open. */
  readonly list: number | undefined;
}

/**
 * Finds the objects in one list of a JSON object, piece by piece and without parsing: `{"alerts":[{…},{…}], …}`. A byte
 * of JSON's syntax never occurs inside a UTF-8 character, so a piece may end anywhere.
 */
export class ElementScanner {
  /** The number of elements that have ended. */
  count = 0;
  readonly #name: Uint8Array;
  readonly #most: number;
  #depth = 0;
  #inText = false;
  #escaped = false;
  /** The number of bytes of the current string at depth 1 that match the name; -1 after a mismatch. */
  #matched = -1;
  #isNamed = false;
  #list: "before" | "inside" | "behind" = "before";

  /** `most`: the number of wanted elements; later ones are only counted. */
  constructor(name: string, { most = Infinity }: { most?: number } = {}) {
    this.#name = new TextEncoder().encode(name);
    this.#most = most;
  }

  /** Whether the object that contains the list has ended. */
  get isComplete(): boolean {
    return this.#list === "behind" && this.#depth === 0;
  }

  /** Scan the next piece. */
  scan(bytes: Uint8Array): ScanEnd {
    let lastElement = 0;
    let list = this.#list === "behind" ? 0 : undefined;
    for (let index = 0; index < bytes.length; index++) {
      const byte = bytes[index]!;
      if (this.#inText) {
        this.#text(byte);
        continue;
      }
      switch (byte) {
        case QUOTE:
          this.#inText = true;
          this.#matched = this.#depth === 1 ? 0 : -1;
          break;
        case OPEN_LIST:
        case OPEN_OBJECT:
          if (this.#depth === 1 && byte === OPEN_LIST && this.#isNamed && this.#list === "before") {
            this.#list = "inside";
          }
          this.#depth++;
          break;
        case CLOSE_LIST:
        case CLOSE_OBJECT:
          this.#depth--;
          if (this.#list !== "inside") break;
          if (this.#depth === 2 && byte === CLOSE_OBJECT) {
            this.count++;
            if (this.count <= this.#most) lastElement = index + 1;
          } else if (this.#depth === 1) {
            this.#list = "behind";
            list = index + 1;
          }
      }
    }
    return { lastElement, list };
  }

  #text(byte: number): void {
    if (this.#escaped) this.#escaped = false;
    else if (byte === BACKSLASH) this.#escaped = true;
    else if (byte === QUOTE) {
      this.#inText = false;
      if (this.#depth === 1) this.#isNamed = this.#matched === this.#name.length;
      return;
    }
    if (this.#matched >= 0) this.#matched = byte === this.#name[this.#matched] ? this.#matched + 1 : -1;
  }
}
