/*
 * Writes down what software asks of configuration spaces before time 0, and what each request changed. Made only where
 * somebody wants to see it: a machine that nobody records has no recorder.
 */
import { invariant } from '../../base/invariant.ts';
import type { Bdf } from '../../base/units.ts';
import type { ConfigSpace } from '../config/configSpace.ts';
import type { BootRecording } from '../pcie/bootRecording.ts';
import { HOST_ROUTINES, type HostRoutine } from '../pcie/hostRoutine.ts';
import type { NodeId } from '../pcie/machineSpec.ts';
import type { ConfigObserver } from './configFabric.ts';

const NOBODY = -1;

interface Watched {
  readonly node: NodeId;
  readonly config: ConfigSpace;
  readonly first: Uint8Array;
  /** As it was after the last request. */
  readonly seen: DataView;
}

/** The configuration spaces of a machine, as hardware lists them. */
export interface RecordedHardware {
  readonly functions: readonly { readonly spec: { readonly id: NodeId }; readonly config: ConfigSpace }[];
  readonly configFabric: { observe(observer: ConfigObserver): void };
}

/** A column of numbers that grows. */
function column(): number[] {
  return [];
}

export class BootRecorder implements ConfigObserver {
  private _watched: readonly Watched[] = [];
  private readonly _places = new Map<NodeId, number>();
  private readonly _requests = {
    isWrite: column(),
    fn: column(),
    segment: column(),
    bdf: column(),
    offset: column(),
    bytes: column(),
    value: column(),
    routine: column(),
  };
  private readonly _routines = { name: column(), segment: column(), bdf: column(), detail: column() };
  private readonly _changes = {
    request: column(),
    fn: column(),
    offset: column(),
    before: column(),
    after: column(),
  };
  /** Routines begun and not ended, by their number. */
  private readonly _open: number[] = [];
  /** The routine that requests outside of all others belong to. */
  private _outside = NOBODY;

  /** Takes the configuration spaces as they are now, and listens from now on. Once. */
  watch(hardware: RecordedHardware): void {
    invariant(this._watched.length === 0, () => 'a recorder watches one machine');
    this._watched = hardware.functions.map(({ spec, config }) => {
      const seen = Uint8Array.from(config.bytes);
      return { node: spec.id, config, first: Uint8Array.from(config.bytes), seen: new DataView(seen.buffer) };
    });
    for (const [place, { node }] of this._watched.entries()) this._places.set(node, place);
    hardware.configFabric.observe(this);
  }

  onRoutine(routine: HostRoutine | undefined): void {
    if (routine === undefined) this._open.pop();
    else this._open.push(this.#begin(routine));
  }

  onRead(node: NodeId | undefined, segment: number, bdf: Bdf, offset: number, bytes: number, value: number): void {
    this.#note(0, node, segment, bdf, offset, bytes, value);
  }

  onWrite(node: NodeId | undefined, segment: number, bdf: Bdf, offset: number, bytes: number, value: number): void {
    const fn = this.#note(1, node, segment, bdf, offset, bytes, value);
    if (fn !== NOBODY) this.#compare(fn);
  }

  /** Everything so far. */
  finish(): BootRecording {
    // What hardware changed elsewhere in answer to a write belongs to the last request at the latest.
    for (const fn of this._watched.keys()) this.#compare(fn);
    const requests = this._requests;
    const routines = this._routines;
    const changes = this._changes;
    return {
      functions: this._watched.map(({ node, first }) => ({ node, bytes: first })),
      requests: {
        isWrite: Uint8Array.from(requests.isWrite),
        fn: Int32Array.from(requests.fn),
        segment: Uint32Array.from(requests.segment),
        bdf: Uint16Array.from(requests.bdf),
        offset: Uint16Array.from(requests.offset),
        bytes: Uint8Array.from(requests.bytes),
        value: Uint32Array.from(requests.value),
        routine: Int32Array.from(requests.routine),
      },
      routines: {
        name: Uint8Array.from(routines.name),
        segment: Uint32Array.from(routines.segment),
        bdf: Uint16Array.from(routines.bdf),
        detail: Int32Array.from(routines.detail),
      },
      changes: {
        request: Uint32Array.from(changes.request),
        fn: Int32Array.from(changes.fn),
        offset: Uint16Array.from(changes.offset),
        before: Uint32Array.from(changes.before),
        after: Uint32Array.from(changes.after),
      },
    };
  }

  #begin({ name, segment, bdf, detail }: HostRoutine): number {
    const routines = this._routines;
    routines.name.push(HOST_ROUTINES.indexOf(name));
    routines.segment.push(segment);
    routines.bdf.push(bdf);
    routines.detail.push(detail);
    this._outside = NOBODY;
    return routines.name.length - 1;
  }

  /** Requests that no routine speaks for are a driver's: those to one function in a row are one stretch. */
  #routine(segment: number, bdf: Bdf): number {
    const open = this._open.at(-1);
    if (open !== undefined) return open;
    const { bdf: bdfs, segment: segments } = this._routines;
    const last = this._outside;
    if (last === NOBODY || bdfs[last] !== bdf || segments[last] !== segment) {
      this._outside = this.#begin({ name: 'driver', segment, bdf, detail: 0 });
    }
    return this._outside;
  }

  #note(
    isWrite: 0 | 1,
    node: NodeId | undefined,
    segment: number,
    bdf: Bdf,
    offset: number,
    bytes: number,
    value: number,
  ): number {
    const fn = node === undefined ? NOBODY : (this._places.get(node) ?? NOBODY);
    const requests = this._requests;
    requests.isWrite.push(isWrite);
    requests.fn.push(fn);
    requests.segment.push(segment);
    requests.bdf.push(bdf);
    requests.offset.push(offset);
    requests.bytes.push(bytes);
    requests.value.push(value);
    requests.routine.push(this.#routine(segment, bdf));
    return fn;
  }

  /** Writes down every dword of a function that is not what it was. */
  #compare(fn: number): void {
    const watched = this._watched[fn];
    if (watched === undefined) return;
    const { seen } = watched;
    const { bytes } = watched.config;
    const now = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let offset = 0; offset + 4 <= seen.byteLength; offset += 4) {
      const before = seen.getUint32(offset, true);
      const after = now.getUint32(offset, true);
      if (before === after) continue;
      seen.setUint32(offset, after, true);
      const changes = this._changes;
      changes.request.push(Math.max(0, this._requests.fn.length - 1));
      changes.fn.push(fn);
      changes.offset.push(offset);
      changes.before.push(before);
      changes.after.push(after);
    }
  }
}
