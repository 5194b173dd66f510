/*
 * Which bytes of a configuration space are marked as changed: those that differ from what they were when the clock last
 * began to move, forward or back, or before the last write. Answers of the engine come in the order of the questions,
 * but perhaps after the clock has moved again: each question carries the number of the move it was asked in.
 */

export interface MarkedBytes {
  readonly bytes: Uint8Array;
  /** Bytes that differ from these are marked. */
  readonly before: Uint8Array;
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

export class ConfigMarks {
  #move = 0;
  #shown: MarkedBytes | undefined;

  get shown(): MarkedBytes | undefined {
    return this.#shown;
  }

  /** Number to ask with now. */
  get move(): number {
    return this.#move;
  }

  /** The clock begins to move. Ask right before it with the number until now: the answer is what was before. */
  begin(): void {
    this.#move += 1;
    if (this.#shown !== undefined) this.#shown = { bytes: this.#shown.bytes, before: this.#shown.bytes };
  }

  /** An answer to a question that was asked with `move`. @returns whether something else is to be shown now. */
  accept(move: number, bytes: Uint8Array): boolean {
    const old = this.#shown;
    if (old === undefined) this.#shown = { bytes, before: bytes };
    else if (move === this.#move) this.#shown = same(old.bytes, bytes) ? old : { bytes, before: old.before };
    // The last answer from before the present move; older ones are replaced by it, as answers come in order.
    else if (move === this.#move - 1) this.#shown = same(old.before, bytes) ? old : withBefore(old, bytes);
    return this.#shown !== old;
  }

  /** Software wrote: what it changed is marked. */
  write(bytes: Uint8Array): void {
    this.#shown = { bytes, before: this.#shown?.bytes ?? bytes };
  }
}

/** What was shown had not caught up with the last move: neither had what it is compared with. */
function withBefore({ bytes, before }: MarkedBytes, found: Uint8Array): MarkedBytes {
  return { bytes: bytes === before ? found : bytes, before: found };
}

/** The part of the player's state that says whether the clock moves. */
export interface ClockState {
  readonly phase: string;
  readonly busy: boolean;
}

/**
 * Tells when the clock begins to move. A run that is being stopped stands for a moment before its machines are brought
 * together: that belongs to the run.
 */
export class MoveWatch {
  readonly #onBegin: () => void;
  #moving: boolean;
  #stopping = false;

  constructor(state: ClockState, onBegin: () => void) {
    this.#moving = MoveWatch.moves(state);
    this.#onBegin = onBegin;
  }

  static moves({ phase, busy }: ClockState): boolean {
    return phase === 'playing' || busy;
  }

  /** To be called with every new state, at once. */
  see(state: ClockState): void {
    const moving = MoveWatch.moves(state);
    if (moving && !this.#moving && !this.#stopping) this.#onBegin();
    if (!moving && this.#moving) {
      this.#stopping = true;
      queueMicrotask(() => {
        this.#stopping = false;
      });
    }
    this.#moving = moving;
  }
}
