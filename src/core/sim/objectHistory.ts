/*
 * What objects hold, at several instants: a walk over everything that can be reached from some objects copies fields,
 * elements and buffers; going back writes them into the same objects again. See docs/decisions/0008.
 */
import { at, invariant } from '../../base/invariant.ts';

/** How the contents of an object are read and written. */
type Kind = 'fields' | 'record' | 'array' | 'map' | 'set' | 'buffer' | 'view' | 'opaque';

/** Contents of one object. Shared between captures while nothing changes. */
interface State {
  readonly values: readonly unknown[];
  /** Of a `record`: the keys, which may come and go. */
  readonly keys?: readonly string[];
}

/** What all objects held at one instant; by number of the object, undefined = it could not be reached then. */
export interface Capture {
  readonly states: readonly (State | undefined)[];
  /** Estimate of what it keeps beyond what it shares with the capture before it. */
  readonly bytes: number;
}

const CHUNK_BYTES = 4096;
const BYTES_PER_VALUE = 8;
const BYTES_PER_STATE = 48;

export interface ObjectHistoryOptions {
  /** Objects that are never entered: they never change, or somebody else looks after them. */
  readonly stops: Iterable<object>;
  /** Buffers that somebody else looks after. */
  readonly isForeign?: (buffer: ArrayBufferLike) => boolean;
}

/**
 * State is found in fields of objects, elements of arrays, maps, sets, and buffers. Functions and generators are not
 * entered: what only a closure knows does not go back.
 */
export class ObjectHistory {
  private readonly _roots: readonly object[];
  private readonly _isForeign: (buffer: ArrayBufferLike) => boolean;
  private readonly _numbers = new Map<object, number>();
  private readonly _objects: object[] = [];
  private readonly _kinds: Kind[] = [];
  /** Of `fields`: their names, which never change. */
  private readonly _names: (readonly string[])[] = [];
  private readonly _kindOfPrototype = new Map<object, Kind>();

  constructor(roots: readonly object[], options: ObjectHistoryOptions) {
    this._roots = roots;
    this._isForeign = options.isForeign ?? (() => false);
    for (const stop of options.stops) {
      this._numbers.set(stop, -1);
    }
  }

  /** Copies what has changed since `previous`, an earlier capture of this history. */
  capture(previous?: Capture): Capture {
    const states: (State | undefined)[] = Array.from({ length: this._objects.length }, () => undefined);
    const walk: Walk = { states, previous: previous?.states ?? [], open: [], bytes: 0 };
    for (const root of this._roots) this.#meet(walk, root);
    for (let number = walk.open.pop(); number !== undefined; number = walk.open.pop()) {
      const before = walk.previous[number];
      const state = this.#read(walk, number, before);
      if (state !== before) walk.bytes += BYTES_PER_STATE + state.values.length * BYTES_PER_VALUE;
      states[number] = state;
    }
    return { states, bytes: walk.bytes + states.length * BYTES_PER_VALUE };
  }

  /** Writes a capture of this history back. */
  restore(capture: Capture): void {
    for (const [number, state] of capture.states.entries()) {
      if (state !== undefined) this.#write(number, state);
    }
  }

  /** Notes an object that was reached; it is read later, once. */
  #meet(walk: Walk, object: object): void {
    let number = this._numbers.get(object);
    if (number === undefined) {
      const kind = this.#kindOf(object);
      number = kind === 'opaque' ? -1 : this._objects.length;
      this._numbers.set(object, number);
      if (number < 0) return;
      this._objects.push(object);
      this._kinds.push(kind);
      this._names.push(kind === 'fields' ? dataKeys(object) : NO_NAMES);
    }
    if (number < 0 || walk.states[number] !== undefined) return;
    walk.states[number] = MET;
    walk.open.push(number);
  }

  #kindOf(object: object): Kind {
    const prototype: unknown = Object.getPrototypeOf(object);
    if (prototype === Object.prototype || prototype === null) return 'record';
    if (Array.isArray(object)) return 'array';
    let kind = this._kindOfPrototype.get(prototype as object);
    if (kind === undefined) {
      kind = kindByNature(object);
      this._kindOfPrototype.set(prototype as object, kind);
    }
    if (kind === 'buffer' && this._isForeign(object as ArrayBufferLike)) return 'opaque';
    if (kind === 'view' && this._isForeign((object as ArrayBufferView).buffer)) return 'opaque';
    return kind;
  }

  #read(walk: Walk, number: number, before: State | undefined): State {
    const object = at(this._objects, number);
    switch (at(this._kinds, number)) {
      case 'fields':
        return this.#readKeys(walk, object as Fields, at(this._names, number), before, undefined);
      case 'record': {
        const keys = dataKeys(object);
        const known = before?.keys !== undefined && sameItems(keys, before.keys) ? before.keys : keys;
        return this.#readKeys(walk, object as Fields, known, known === before?.keys ? before : undefined, known);
      }
      case 'array':
        return this.#readItems(walk, object as readonly unknown[], before);
      case 'map':
        return this.#readItems(walk, [...(object as ReadonlyMap<unknown, unknown>)].flat(1), before);
      case 'set':
        return this.#readItems(walk, [...(object as ReadonlySet<unknown>)], before);
      case 'view':
        this.#meet(walk, (object as ArrayBufferView).buffer);
        return NOTHING;
      case 'buffer':
        return readBuffer(walk, object as ArrayBufferLike, before);
      case 'opaque':
        return NOTHING;
    }
  }

  #readKeys(
    walk: Walk,
    object: Fields,
    names: readonly string[],
    before: State | undefined,
    keys: readonly string[] | undefined,
  ): State {
    let same = before !== undefined;
    for (let index = 0; index < names.length; index++) {
      const value = object[names[index] as string];
      if (typeof value === 'object' && value !== null) this.#meet(walk, value);
      if (same && !Object.is(value, before?.values[index])) same = false;
    }
    if (same && before !== undefined) return before;
    const values = names.map((name) => object[name]);
    return keys === undefined ? { values } : { values, keys };
  }

  #readItems(walk: Walk, items: readonly unknown[], before: State | undefined): State {
    let same = before?.values.length === items.length;
    for (let index = 0; index < items.length; index++) {
      const value = items[index];
      if (typeof value === 'object' && value !== null) this.#meet(walk, value);
      if (same && !Object.is(value, before?.values[index])) same = false;
    }
    if (same && before !== undefined) return before;
    return { values: items.slice() };
  }

  #write(number: number, state: State): void {
    const object = at(this._objects, number);
    switch (at(this._kinds, number)) {
      case 'fields':
        return writeKeys(object as Fields, at(this._names, number), state.values);
      case 'record': {
        const keys = state.keys ?? [];
        for (const key of dataKeys(object)) if (!keys.includes(key)) delete (object as Fields)[key];
        return writeKeys(object as Fields, keys, state.values);
      }
      case 'array':
        return writeArray(object as unknown[], state.values);
      case 'map':
        return writeMap(object as Map<unknown, unknown>, state.values);
      case 'set':
        return writeSet(object as Set<unknown>, state.values);
      case 'buffer':
        return writeBuffer(object as ArrayBufferLike, state.values);
      case 'view':
      case 'opaque':
        return undefined;
    }
  }
}

interface Walk {
  readonly states: (State | undefined)[];
  readonly previous: readonly (State | undefined)[];
  readonly open: number[];
  bytes: number;
}

type Fields = Record<string, unknown>;

const NO_NAMES: readonly string[] = [];
const NOTHING: State = { values: [] };
/** Stands for the state of an object that has been met and not read yet. */
const MET: State = { values: [] };

function kindByNature(object: object): Kind {
  if (object instanceof Map) return 'map';
  if (object instanceof Set) return 'set';
  if (ArrayBuffer.isView(object)) return 'view';
  if (object instanceof ArrayBuffer) return 'buffer';
  if (typeof SharedArrayBuffer !== 'undefined' && object instanceof SharedArrayBuffer) return 'buffer';
  if (Object.prototype.toString.call(object) === '[object Generator]') return 'opaque';
  invariant(!(object instanceof WeakMap || object instanceof WeakSet), () => 'state that no walk can see');
  return 'fields';
}

/** Names of the properties that hold values; what is computed by a getter is not state. */
function dataKeys(object: object): readonly string[] {
  const keys = Object.keys(object);
  const isPlain = keys.every((key) => {
    const found = Object.getOwnPropertyDescriptor(object, key);
    return found !== undefined && 'value' in found;
  });
  if (isPlain) return keys;
  return keys.filter((key) => 'value' in (Object.getOwnPropertyDescriptor(object, key) ?? {}));
}

function sameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}

/** Buffers are copied in chunks; those that have not changed are shared. */
function readBuffer(walk: Walk, buffer: ArrayBufferLike, before: State | undefined): State {
  const chunks: Uint8Array[] = [];
  let same = before !== undefined;
  for (let start = 0; start < buffer.byteLength; start += CHUNK_BYTES) {
    const live = new Uint8Array(buffer, start, Math.min(CHUNK_BYTES, buffer.byteLength - start));
    const known = before?.values[chunks.length] as Uint8Array | undefined;
    if (known !== undefined && sameBytes(live, known)) {
      chunks.push(known);
      continue;
    }
    same = false;
    walk.bytes += live.length;
    chunks.push(live.slice());
  }
  return same && before !== undefined ? before : { values: chunks };
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  const words = a.length >> 2;
  const left = new Int32Array(a.buffer, a.byteOffset, words);
  const right = new Int32Array(b.buffer, b.byteOffset, words);
  for (let index = 0; index < words; index++) if (left[index] !== right[index]) return false;
  for (let index = words << 2; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}

/** Only what differs is written: what never changes may be frozen. */
function writeKeys(object: Fields, names: readonly string[], values: readonly unknown[]): void {
  for (const [index, name] of names.entries()) {
    if (!Object.is(object[name], values[index])) object[name] = values[index];
  }
}

function writeArray(array: unknown[], values: readonly unknown[]): void {
  if (array.length !== values.length) array.length = values.length;
  for (let index = 0; index < values.length; index++) {
    if (!Object.is(array[index], values[index])) array[index] = values[index];
  }
}

function writeMap(map: Map<unknown, unknown>, values: readonly unknown[]): void {
  if (sameItems([...map].flat(1), values)) return;
  map.clear();
  for (let index = 0; index < values.length; index += 2) map.set(values[index], values[index + 1]);
}

function writeSet(set: Set<unknown>, values: readonly unknown[]): void {
  if (sameItems([...set], values)) return;
  set.clear();
  for (const value of values) set.add(value);
}

function writeBuffer(buffer: ArrayBufferLike, chunks: readonly unknown[]): void {
  const live = new Uint8Array(buffer);
  for (const [index, chunk] of chunks.entries()) live.set(chunk as Uint8Array, index * CHUNK_BYTES);
}
