/* How bytes look by who wrote them: hue by what the payload is for, underline by requester. */
import { FLOW, flowClassOf } from '../../core/pcie/tlp.ts';
import type { PacketLog } from '../../store/inspectLog.ts';
import { WRITER, type WriterMap } from '../../store/memoryWriters.ts';

/** Where a byte comes from. Zero and set are told apart by the byte itself. */
export const ORIGIN = { unknown: 0, p2p: 1, bounce: 2, control: 3, cpu: 4, hand: 5 } as const;
export type Origin = (typeof ORIGIN)[keyof typeof ORIGIN];

/** Underlines there are; more writers of one hue share them. */
export const UNDERLINES = 4;

/** One row of the legend. */
export interface WriterEntry {
  readonly origin: Origin;
  /** Bus:device.function as 16 bits; of bytes changed by hand −1. */
  readonly requester: number;
  readonly underline: number;
}

const ORIGIN_OF_FLOW: Readonly<Record<number, Origin>> = {
  [FLOW.control]: ORIGIN.control,
  [FLOW.p2p]: ORIGIN.p2p,
  [FLOW.bounceIn]: ORIGIN.bounce,
  [FLOW.bounceOut]: ORIGIN.bounce,
};

export class WriterStyles {
  /** By byte of the window: origin + underline · 8. */
  styles: Uint8Array = new Uint8Array(0);
  /** Writers in the window, in the order in which they were met. The array is another one when they changed. */
  entries: readonly WriterEntry[] = [];
  readonly #known = new Map<number, WriterEntry>();
  #machine: object | undefined;

  /** @param machine writers keep their underline as long as it is the same. */
  update(map: WriterMap, log: PacketLog | undefined, machine: object): void {
    const { records } = map;
    if (this.styles.length !== records.length) this.styles = new Uint8Array(records.length);
    if (this.#machine !== machine) this.#known.clear();
    this.#machine = machine;
    let last: number = WRITER.nobody;
    let style = 0;
    const seen = new Set<WriterEntry>();
    for (let index = 0; index < records.length; index += 1) {
      const record = records[index] ?? WRITER.nobody;
      if (record !== last) {
        const entry = this.#entryOf(record, log);
        if (entry !== undefined) seen.add(entry);
        style = entry === undefined ? 0 : entry.origin + entry.underline * 8;
        last = record;
      }
      this.styles[index] = style;
    }
    const isSame = seen.size === this.entries.length && this.entries.every((entry) => seen.has(entry));
    if (!isSame) this.entries = [...seen];
  }

  #entryOf(record: number, log: PacketLog | undefined): WriterEntry | undefined {
    if (record === WRITER.hand) return this.#entry(ORIGIN.hand, -1);
    if (record < 0 || log === undefined || !log.holds(record)) return undefined;
    if (log.isCpuAccess(record)) return this.#entry(ORIGIN.cpu, 0);
    const requester = log.requester[log.cell(record)] ?? 0;
    return this.#entry(ORIGIN_OF_FLOW[flowClassOf(log.flow(record))] ?? ORIGIN.control, requester);
  }

  #entry(origin: Origin, requester: number): WriterEntry {
    const key = (requester + 1) * 8 + origin;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const before = [...this.#known.values()].filter((entry) => entry.origin === origin).length;
    const entry = { origin, requester, underline: before % UNDERLINES };
    this.#known.set(key, entry);
    return entry;
  }
}
