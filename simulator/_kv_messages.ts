/**
 * The messages of KV Connect's data path, read from and written as Protocol Buffers.
 *
 * Source: https://github.com/denoland/denokv/blob/main/proto/schema/datapath.proto
 *
 * @module
 */
import { PbfReader, PbfWriter } from "pbf";

/** The bytes of a message. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** Keys from `start` up to, not including, `end`. */
export interface ReadRange {
  start: Uint8Array;
  end: Uint8Array;
  limit: number;
  reverse: boolean;
}

/** A stored value, with its key. */
export interface KvEntry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  /** The encoding of the value: 1 = V8, 2 = a 64-bit integer, 3 = bytes. */
  readonly encoding: number;
  /** 10 bytes. */
  readonly versionstamp: Uint8Array;
}

/** A condition of a write. Without a versionstamp: the key must not exist. */
export interface Check {
  key: Uint8Array;
  versionstamp: Uint8Array;
}

/** A change of one key. */
export interface Mutation {
  key: Uint8Array;
  value: Uint8Array | undefined;
  encoding: number;
  /** 1 = set, 2 = delete; see the source for the others. */
  type: number;
  /** Epoch milliseconds; 0 = never. */
  expireAt: number;
}

/** A write that is committed as a whole or not at all. */
export interface AtomicWrite {
  readonly checks: Check[];
  readonly mutations: Mutation[];
  enqueues: number;
}

/** The status of an atomic write: `AW_SUCCESS`, `AW_CHECK_FAILURE`. */
export const WRITTEN = 1, CONFLICT = 2;

/** `SR_SUCCESS`. */
const READ = 1;

const NOTHING = new Uint8Array(0);

/** @throws Error when the message is invalid */
export function readSnapshotRead(bytes: Uint8Array): ReadRange[] {
  return fields(bytes, (tag, ranges, pbf) => {
    if (tag !== 1) return;
    ranges.push(pbf.readMessage<ReadRange>((tag, range, pbf) => {
      if (tag === 1) range.start = pbf.readBytes();
      else if (tag === 2) range.end = pbf.readBytes();
      else if (tag === 3) range.limit = pbf.readVarint(true);
      else if (tag === 4) range.reverse = pbf.readBoolean();
    }, { start: NOTHING, end: NOTHING, limit: 0, reverse: false }));
  }, [] as ReadRange[]);
}

/** @throws Error when the message is invalid */
export function readAtomicWrite(bytes: Uint8Array): AtomicWrite {
  return fields(bytes, (tag, write, pbf) => {
    if (tag === 1) write.checks.push(pbf.readMessage(readCheck, { key: NOTHING, versionstamp: NOTHING }));
    else if (tag === 2) {
      const mutation = { key: NOTHING, value: undefined, encoding: 0, type: 0, expireAt: 0 };
      write.mutations.push(pbf.readMessage<Mutation>(readMutation, mutation));
    } else if (tag === 3) write.enqueues++;
  }, { checks: [], mutations: [], enqueues: 0 } as AtomicWrite);
}

function readCheck(tag: number, check: Check, pbf: PbfReader): void {
  if (tag === 1) check.key = pbf.readBytes();
  else if (tag === 2) check.versionstamp = pbf.readBytes();
}

function readMutation(tag: number, mutation: Mutation, pbf: PbfReader): void {
  if (tag === 1) mutation.key = pbf.readBytes();
  else if (tag === 2) {
    mutation.value = NOTHING; // an empty value is not on the wire
    pbf.readMessage((tag, _, pbf) => {
      if (tag === 1) mutation.value = pbf.readBytes();
      else if (tag === 2) mutation.encoding = pbf.readVarint();
    }, mutation);
  } else if (tag === 3) mutation.type = pbf.readVarint();
  else if (tag === 4) mutation.expireAt = pbf.readVarint(true);
}

/** The watched keys. @throws Error when the message is invalid */
export function readWatch(bytes: Uint8Array): Uint8Array[] {
  return fields(bytes, (tag, keys, pbf) => {
    if (tag !== 1) return;
    pbf.readMessage((tag, keys, pbf) => {
      if (tag === 1) keys.push(pbf.readBytes());
    }, keys);
  }, [] as Uint8Array[]);
}

/** The number of entries in the answer to a read. @throws Error when the message is invalid */
export function countEntries(bytes: Uint8Array): number {
  return fields(bytes, (tag, sum, pbf) => {
    if (tag !== 1) return;
    pbf.readMessage((tag, sum) => {
      if (tag === 1) sum.entries++;
    }, sum);
  }, { entries: 0 }).entries;
}

/** The status in the answer to a write: {@linkcode WRITTEN}, {@linkcode CONFLICT} or another. @throws Error */
export function writeStatus(bytes: Uint8Array): number {
  return fields(bytes, (tag, output, pbf) => {
    if (tag === 1) output.status = pbf.readVarint();
  }, { status: 0 }).status;
}

/** The answer to a read: for each range its entries. */
export function snapshotReadOutput(ranges: readonly (readonly KvEntry[])[]): Bytes {
  const pbf = new PbfWriter();
  for (const entries of ranges) {
    pbf.writeMessage(1, (entries, pbf) => {
      for (const entry of entries) pbf.writeMessage(1, writeEntry, entry);
    }, entries);
  }
  pbf.writeBooleanField(4, true); // strongly consistent
  pbf.writeVarintField(8, READ);
  return pbf.finish() as Bytes;
}

/** The answer to a write; without a versionstamp, a check failed. */
export function atomicWriteOutput(versionstamp: Uint8Array | undefined): Bytes {
  const pbf = new PbfWriter();
  pbf.writeVarintField(1, versionstamp === undefined ? CONFLICT : WRITTEN);
  if (versionstamp !== undefined) pbf.writeBytesField(2, versionstamp);
  return pbf.finish() as Bytes;
}

/** A message of a watch, with its length before it: for each key `"unchanged"`, or its current value. */
export function watchOutput(keys: readonly (KvEntry | undefined | "unchanged")[]): Bytes {
  const pbf = new PbfWriter();
  pbf.writeVarintField(1, READ);
  for (const key of keys) {
    pbf.writeMessage(2, (key, pbf) => {
      if (key === "unchanged") return;
      pbf.writeBooleanField(1, true);
      if (key !== undefined) pbf.writeMessage(2, writeEntry, key);
    }, key);
  }
  return framed(pbf.finish());
}

/** An empty message: the watch is alive. */
export const PING: Bytes = framed(NOTHING);

function framed(message: Uint8Array): Bytes {
  const frame = new Uint8Array(4 + message.length);
  new DataView(frame.buffer).setUint32(0, message.length, true);
  frame.set(message, 4);
  return frame;
}

function writeEntry({ key, value, encoding, versionstamp }: KvEntry, pbf: PbfWriter): void {
  pbf.writeBytesField(1, key);
  pbf.writeBytesField(2, value);
  pbf.writeVarintField(3, encoding);
  pbf.writeBytesField(4, versionstamp);
}

function fields<T>(
  bytes: Uint8Array,
  read: (tag: number, result: T, pbf: PbfReader) => void,
  result: T,
): T {
  return new PbfReader(bytes).readFields(read, result);
}
