import { at } from '../base/invariant.ts';

/** Asks the engine for bytes; `done` gets them, or undefined if the question failed. */
export type AskForBytes = (
  memory: number,
  offset: number,
  lengthBytes: number,
  done: (bytes: Uint8Array | undefined) => void,
) => void;

/** Ranges kept at the same time: as many as there are hex views and previews on a page. */
const PLACES = 8;

interface Place {
  memory: number;
  offset: number;
  lengthBytes: number;
  bytes: Uint8Array | undefined;
  asked: boolean;
  lastUse: number;
}

/**
 * Memory of an engine whose storage the page cannot see: every range is asked for, and asked for again on each
 * read, so that a reader who comes once a frame sees the bytes at most a few frames late.
 */
export class RemoteMemory {
  readonly #ask: AskForBytes;
  readonly #places: readonly Place[] = Array.from({ length: PLACES }, () => ({
    memory: -1,
    offset: 0,
    lengthBytes: 0,
    bytes: undefined,
    asked: false,
    lastUse: 0,
  }));
  #uses = 0;

  constructor(ask: AskForBytes) {
    this.#ask = ask;
  }

  /** @returns false until the first answer for exactly this range has come. */
  read(memory: number, offset: number, target: Uint8Array): boolean {
    const place = this.#placeOf(memory, offset, target.length);
    this.#uses += 1;
    place.lastUse = this.#uses;
    if (!place.asked) {
      place.asked = true;
      this.#ask(memory, offset, target.length, (bytes) => {
        const current = place.memory === memory && place.offset === offset && place.lengthBytes === target.length;
        if (!current) return;
        place.asked = false;
        place.bytes = bytes ?? place.bytes;
      });
    }
    if (place.bytes === undefined) return false;
    target.set(place.bytes);
    return true;
  }

  /** Bytes were changed: what was read before is old. Answers come in order, so those still to come are not. */
  forget(): void {
    for (const place of this.#places) place.bytes = undefined;
  }

  #placeOf(memory: number, offset: number, lengthBytes: number): Place {
    let oldest = at(this.#places, 0);
    for (const place of this.#places) {
      if (place.memory === memory && place.offset === offset && place.lengthBytes === lengthBytes) return place;
      if (place.lastUse < oldest.lastUse) oldest = place;
    }
    oldest.memory = memory;
    oldest.offset = offset;
    oldest.lengthBytes = lengthBytes;
    oldest.bytes = undefined;
    oldest.asked = false;
    return oldest;
  }
}
