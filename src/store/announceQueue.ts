/*
 * Sentences for the live region, never more than one reading a second: the first is said at once, what comes within a
 * second of it waits and is said together. Of many the newest are kept, and how many were left out is said.
 */

export const LEAST_PAUSE_MS = 1000;
const MOST_TOGETHER = 3;

export class AnnounceQueue {
  readonly #waiting: string[] = [];
  #said_ms = -Infinity;
  #leftOut = 0;

  /** Takes a sentence. The same one twice in a row waits once. */
  add(sentence: string): void {
    if (this.#waiting.at(-1) === sentence) return;
    this.#waiting.push(sentence);
    if (this.#waiting.length <= MOST_TOGETHER) return;
    this.#waiting.shift();
    this.#leftOut += 1;
  }

  /** How long to wait before asking for the next text; undefined = nothing waits. */
  wait_ms(now_ms: number): number | undefined {
    return this.#waiting.length === 0 ? undefined : Math.max(0, this.#said_ms + LEAST_PAUSE_MS - now_ms);
  }

  /** What to say now; undefined if nothing waits or it is too early. */
  next(now_ms: number): string | undefined {
    if (this.wait_ms(now_ms) !== 0) return undefined;
    const text = [...(this.#leftOut > 0 ? [`${this.#leftOut} earlier events not read.`] : []), ...this.#waiting].join(
      ' ',
    );
    this.#waiting.length = 0;
    this.#leftOut = 0;
    this.#said_ms = now_ms;
    return text;
  }
}
