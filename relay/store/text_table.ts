/** Memory is taken and given back in pieces of this size, in bytes. */
const CHUNK = 2 ** 18;

/** A record takes half of a piece at most, so that one always fits behind what is moved out of another piece. */
const MOST = CHUNK / 2;

/** A record begins with its room, the length of its key and that of its text, in bytes; both follow as UTF-8. */
const HEAD = { room: 0, key: 4, text: 6, bytes: 10 };

/** The length of a text that counts no more. */
const GONE = 2 ** 32 - 1;

/** A record's room is a multiple of it: a text that grows a little stays where it is. */
const STEP = 16;

/** Slots of the index of a table that holds little. */
const FEWEST_SLOTS = 1_024;

/** A piece of memory, filled from its beginning. */
interface Chunk {
  readonly number: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly view: DataView;
  /** How far it is filled, and how much of that still counts, in bytes. */
  end: number;
  live: number;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Texts by key, as a `Map` has them, but outside of V8's heap: a log-structured hash table.
 *
 * V8 lets its heap grow to four times what lives in it, so there each text would cost four times its size. Here records
 * are written one behind the other into chunks, and an index (open addressing, linear probing) says where each key's is.
 * A record that has become too small for its text is written anew and leaves a gap. A chunk of which half are gaps is
 * given back: what still counts is moved. So at most about twice as much memory is taken as there are records.
 */
export class TextTable {
  /** By number, in the order in which they were begun; numbers come again. The last one is being filled. */
  readonly #chunks = new Map<number, Chunk>();
  #last = this.#begin();
  /** By slot: the hash of a key, and the place of its record, in steps, + 1; 0 = the slot is free. */
  #hashes = new Uint32Array(FEWEST_SLOTS);
  #places = new Uint32Array(FEWEST_SLOTS);
  #size = 0;
  /** A record in the making, or only the key that is looked for. */
  readonly #draft = chunkOf(-1, MOST);

  /** How many keys there are. */
  get size(): number {
    return this.#size;
  }

  /** Bytes of memory that it takes. */
  get bytes(): number {
    return CHUNK * (this.#chunks.size + 1) + 8 * this.#places.length;
  }

  /** The text of a key. */
  get(key: string): string | undefined {
    const found = this.#recordAt(this.#slotOf(key));
    return found && textIn(found.chunk, found.offset);
  }

  /** Keep a text for a key, in place of the one that it has. @throws RangeError when it is longer than 100 KiB */
  set(key: string, text: string): void {
    const slot = this.#slotOf(key);
    const room = this.#draftText(text);
    const known = this.#recordAt(slot);
    if (known && room <= roomOf(known.chunk, known.offset)) {
      this.#draft.view.setUint32(HEAD.room, roomOf(known.chunk, known.offset));
      copyRecord(this.#draft, 0, known.chunk, known.offset);
      return;
    }
    if (known) this.#remove(slot);
    const place = this.#append(this.#draft, 0);
    if (8 * (this.#size + 1) > 7 * this.#places.length) this.#resize(2 * this.#places.length);
    this.#insert(hashOf(this.#draft, 0), place);
    this.#size++;
  }

  /** Forget a key. @returns whether it was there */
  delete(key: string): boolean {
    const slot = this.#slotOf(key);
    if (this.#places[slot] === 0) return false;
    this.#remove(slot);
    const slots = this.#places.length;
    if (slots > FEWEST_SLOTS && 8 * this.#size < slots) this.#resize(slots / 2);
    return true;
  }

  /**
   * Every key with its text. The table may change in between: what is there all the while is given, as it is just then;
   * what changes may be given again.
   */
  *entries(): Generator<[key: string, text: string]> {
    for (const chunk of this.#chunks.values()) {
      // What was in a chunk that is given back meanwhile comes later.
      const isKept = (): boolean => this.#chunks.get(chunk.number) === chunk;
      for (let offset = 0; offset < chunk.end && isKept(); offset += roomOf(chunk, offset)) {
        if (isLive(chunk, offset)) yield [keyIn(chunk, offset), textIn(chunk, offset)];
      }
    }
  }

  /** The slot of a key, or the free one where it would be. The key is in the draft afterwards. */
  #slotOf(key: string): number {
    const { bytes, view } = this.#draft;
    const { read, written } = encoder.encodeInto(key, bytes.subarray(HEAD.bytes, HEAD.bytes + 0xffff));
    if (read < key.length) throw new RangeError("Cannot keep a text: its key is too long");
    view.setUint16(HEAD.key, written);
    return this.#find(this.#draft, 0);
  }

  /** Put a text behind the draft's key. @returns the room that the record needs */
  #draftText(text: string): number {
    const { bytes, view } = this.#draft;
    const start = HEAD.bytes + view.getUint16(HEAD.key);
    const { read, written } = encoder.encodeInto(text, bytes.subarray(start));
    if (read < text.length) throw new RangeError("Cannot keep a text: it is too long");
    const room = Math.ceil((start + written) / STEP) * STEP;
    view.setUint32(HEAD.text, written);
    view.setUint32(HEAD.room, room);
    return room;
  }

  /** The slot of a record's key, or the free one where it would be. */
  #find(record: Chunk, at: number): number {
    const hash = hashOf(record, at);
    const mask = this.#places.length - 1;
    let slot = hash & mask;
    for (; this.#places[slot] !== 0; slot = (slot + 1) & mask) {
      if (this.#hashes[slot] !== hash) continue;
      const { chunk, offset } = this.#recordAt(slot)!;
      if (hasSameKey(record, at, chunk, offset)) break;
    }
    return slot;
  }

  #recordAt(slot: number): { chunk: Chunk; offset: number } | undefined {
    if (this.#places[slot] === 0) return undefined;
    const place = STEP * (this.#places[slot]! - 1);
    return { chunk: this.#chunks.get(Math.floor(place / CHUNK))!, offset: place % CHUNK };
  }

  #insert(hash: number, place: number): void {
    const mask = this.#places.length - 1;
    let slot = hash & mask;
    while (this.#places[slot] !== 0) slot = (slot + 1) & mask;
    this.#hashes[slot] = hash;
    this.#places[slot] = place;
  }

  /** Forget the record of a slot. Those behind it move up, so that nobody who looks for them stops at the gap. */
  #remove(slot: number): void {
    const { chunk, offset } = this.#recordAt(slot)!;
    const mask = this.#places.length - 1;
    let gap = slot;
    for (let next = (gap + 1) & mask; this.#places[next] !== 0; next = (next + 1) & mask) {
      const home = this.#hashes[next]! & mask;
      if (((next - home) & mask) < ((next - gap) & mask)) continue;
      this.#hashes[gap] = this.#hashes[next]!;
      this.#places[gap] = this.#places[next]!;
      gap = next;
    }
    this.#places[gap] = 0;
    this.#size--;
    chunk.view.setUint32(offset + HEAD.text, GONE);
    chunk.live -= roomOf(chunk, offset);
    if (chunk !== this.#last) this.#compact(chunk);
  }

  #resize(slots: number): void {
    const [hashes, places] = [this.#hashes, this.#places];
    this.#hashes = new Uint32Array(slots);
    this.#places = new Uint32Array(slots);
    for (let slot = 0; slot < places.length; slot++) {
      if (places[slot] !== 0) this.#insert(hashes[slot]!, places[slot]!);
    }
  }

  /** Write a record behind all others. @returns its place */
  #append(record: Chunk, at: number): number {
    const room = roomOf(record, at);
    if (this.#last.end + room > CHUNK) {
      const full = this.#last;
      this.#last = this.#begin();
      this.#compact(full);
    }
    const place = placeOf(this.#last, this.#last.end);
    copyRecord(record, at, this.#last, this.#last.end);
    this.#last.end += room;
    this.#last.live += room;
    return place;
  }

  #begin(): Chunk {
    let number = 0;
    while (this.#chunks.has(number)) number++;
    const chunk = chunkOf(number);
    this.#chunks.set(number, chunk);
    return chunk;
  }

  /** Give a chunk back of which half are gaps. */
  #compact(chunk: Chunk): void {
    if (2 * chunk.live > CHUNK) return;
    for (let offset = 0; offset < chunk.end; offset += roomOf(chunk, offset)) {
      if (!isLive(chunk, offset)) continue;
      const place = this.#append(chunk, offset);
      this.#places[this.#find(chunk, offset)] = place;
    }
    this.#chunks.delete(chunk.number);
  }
}

function chunkOf(number: number, size = CHUNK): Chunk {
  const bytes = new Uint8Array(size);
  return { number, bytes, view: new DataView(bytes.buffer), end: 0, live: 0 };
}

/** As the index has it. */
function placeOf({ number }: Chunk, offset: number): number {
  return (number * CHUNK + offset) / STEP + 1;
}

function roomOf({ view }: Chunk, offset: number): number {
  return view.getUint32(offset + HEAD.room);
}

function isLive({ view }: Chunk, offset: number): boolean {
  return view.getUint32(offset + HEAD.text) !== GONE;
}

function keyBytesOf({ view }: Chunk, offset: number): number {
  return view.getUint16(offset + HEAD.key);
}

function keyIn(chunk: Chunk, offset: number): string {
  const start = offset + HEAD.bytes;
  return decoder.decode(chunk.bytes.subarray(start, start + keyBytesOf(chunk, offset)));
}

function textIn(chunk: Chunk, offset: number): string {
  const start = offset + HEAD.bytes + keyBytesOf(chunk, offset);
  return decoder.decode(chunk.bytes.subarray(start, start + chunk.view.getUint32(offset + HEAD.text)));
}

function copyRecord(from: Chunk, at: number, to: Chunk, offset: number): void {
  to.bytes.set(from.bytes.subarray(at, at + roomOf(from, at)), offset);
}

function hasSameKey(a: Chunk, at: number, b: Chunk, offset: number): boolean {
  const length = keyBytesOf(a, at);
  if (keyBytesOf(b, offset) !== length) return false;
  for (let index = HEAD.bytes; index < HEAD.bytes + length; index++) {
    if (a.bytes[at + index] !== b.bytes[offset + index]) return false;
  }
  return true;
}

/** FNV-1a: keys are short. */
function hashOf(record: Chunk, at: number): number {
  const start = at + HEAD.bytes;
  const end = start + keyBytesOf(record, at);
  let hash = 0x811c9dc5;
  for (let index = start; index < end; index++) hash = Math.imul(hash ^ record.bytes[index]!, 0x01000193);
  return hash >>> 0;
}
