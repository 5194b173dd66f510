/*
 * What becomes of errors the fabric detects: status registers of the function, a message towards the root, the root
 * port's own registers and interrupt, and one record each.
 *
 *   detected at 03:00.0 ─▶ Device Status, AER ─▶ Msg ERR_NONFATAL ─▶ … ─▶ root port ─▶ Root Error Status, MSI
 *                      └─▶ record
 */
import { durationText } from '../../../base/format.ts';
import type { Bdf } from '../../../base/units.ts';
import type { ConfigSpace } from '../../config/configSpace.ts';
import { commandOf } from '../../config/decode.ts';
import { bdfText } from '../../pcie/bdf.ts';
import type { FunctionSpec, MachineSpec, NodeId } from '../../pcie/machineSpec.ts';
import type { ErrorRecord } from '../../pcie/faults.ts';
import { MESSAGE_CODE, type HeaderDwords, type MessageName } from '../../pcie/tlpHeader.ts';
import { FLOW, TLP_CLASS, TLP_KIND } from '../../pcie/tlp.ts';
import type { EventQueue } from '../../sim/eventQueue.ts';
import type { ErrorLog } from './errorLog.ts';
import {
  CORRECTABLE,
  type CorrectableBit,
  ErrorRegisters,
  type Reported,
  UNCORRECTABLE,
  type UncorrectableBit,
} from './errorRegisters.ts';
import { RootErrorRegisters } from './errorRoot.ts';
import type { ErrorReporter } from './errorReporter.ts';
import { CORRECTABLE_NAMES, headerOf, tlpText, UNCORRECTABLE_NAMES } from './errorSentences.ts';
import { NONE, type TlpPool } from './tlpPool.ts';
import type { Transmitter } from './transmitter.ts';

/** Header of a message (semantics reference 7.1: four dwords). */
const MESSAGE_HEADER_BYTES = 16;

/** Where a function's own messages leave: the transmitter towards the root, and its source there. */
export interface MessageExit {
  readonly egress: Transmitter;
  readonly source: number;
}

export interface FabricErrorsParts {
  readonly machine: MachineSpec;
  readonly configs: ReadonlyMap<NodeId, ConfigSpace>;
  readonly events: EventQueue;
  readonly pool: TlpPool;
  readonly log: ErrorLog;
  /** Requester ID of a function now. */
  readonly idOf: (node: NodeId) => Bdf;
  /** Message-signalled interrupts of root ports. */
  readonly onInterrupt: (address: number, data: number, requesterId: Bdf) => void;
}

/** A function as detector of errors. */
interface Detector {
  readonly spec: FunctionSpec;
  readonly config: ConfigSpace;
  readonly registers: ErrorRegisters;
  /** Set for root ports and event collectors. */
  readonly root: RootErrorRegisters | undefined;
  /** Place of the root port or collector that its messages end at; undefined if there is none. */
  rootIndex: number | undefined;
  exit: MessageExit | undefined;
}

/** One error, as its detector found it. */
interface Detection {
  readonly bit: UncorrectableBit;
  readonly isAdvisoryCase: boolean;
  readonly header: HeaderDwords | undefined;
  /** What happened, after the detector's name. */
  readonly what: string;
  readonly recovery: string;
}

/**
 * @spec PCIe Base 5.0 §6.2 (semantics reference, section 9)
 * @simplifies Errors of a whole device are logged in its lowest function only. Legacy error bits of the Status registers
 * stay clear.
 */
export class FabricErrors implements ErrorReporter {
  private readonly _parts: FabricErrorsParts;
  private readonly _pool: TlpPool;
  /** By function index; processors and the root complex itself, which come after them, have none. */
  private readonly _detectors: readonly Detector[];
  private readonly _indexOf: ReadonlyMap<NodeId, number>;

  constructor(parts: FabricErrorsParts) {
    this._parts = parts;
    this._pool = parts.pool;
    const { functions } = parts.machine;
    this._indexOf = new Map(functions.map((spec, index) => [spec.id, index]));
    this._detectors = functions.flatMap((spec) => {
      const config = parts.configs.get(spec.id);
      return config === undefined ? [] : [detector(spec, config)];
    });
    for (const entry of this._detectors) entry.rootIndex = this.#rootAbove(entry.spec);
  }

  /** Names the way a function's messages take. Before traffic. */
  setExit(functionIndex: number, exit: MessageExit): void {
    const found = this._detectors[functionIndex];
    if (found !== undefined) found.exit = exit;
  }

  /** True if a function checks ECRC digests now. */
  checksEcrc(functionIndex: number): boolean {
    return this._detectors[functionIndex]?.registers.checksEcrc ?? false;
  }

  /** Its id in the document. */
  nodeOf(functionIndex: number): NodeId | undefined {
    return this._detectors[functionIndex]?.spec?.id;
  }

  /** `03:00.0 (nic0)`; the root complex where no function is. */
  nameOf(functionIndex: number): string {
    const spec = this._detectors[functionIndex]?.spec;
    return spec === undefined ? 'the root complex' : `${bdfText(this._parts.idOf(spec.id))} (${spec.name})`;
  }

  acsViolation(functionIndex: number, slot: number): void {
    this.#aboutTlp(functionIndex, slot, UNCORRECTABLE.acsViolation, 'Completer Abort', 'blocked by ACS: the');
  }

  unsupportedRequest(functionIndex: number, slot: number): void {
    this.#aboutTlp(functionIndex, slot, UNCORRECTABLE.unsupportedRequest, 'UR', this.#whyUnsupported(functionIndex));
  }

  completerAbort(functionIndex: number, slot: number): void {
    this.#aboutTlp(functionIndex, slot, UNCORRECTABLE.completerAbort, 'Completer Abort', 'refuses the');
  }

  malformed(functionIndex: number, slot: number): void {
    const text = tlpText(this._pool, slot);
    this.#report(functionIndex, {
      bit: UNCORRECTABLE.malformedTlp,
      isAdvisoryCase: false,
      header: headerOf(this._pool, slot),
      what: `got a malformed TLP: the ${text} is longer than its Max_Payload_Size`,
      recovery: 'dropped',
    });
  }

  unexpectedCompletion(functionIndex: number, slot: number): void {
    this.#report(functionIndex, {
      bit: UNCORRECTABLE.unexpectedCompletion,
      isAdvisoryCase: true,
      header: headerOf(this._pool, slot),
      what: `got a ${tlpText(this._pool, slot)} that nothing waits for`,
      recovery: 'dropped',
    });
  }

  poisonedReceived(functionIndex: number, slot: number): void {
    this.#report(functionIndex, {
      bit: UNCORRECTABLE.poisonedTlp,
      isAdvisoryCase: false,
      header: headerOf(this._pool, slot),
      what: `got poisoned data in a ${tlpText(this._pool, slot)}`,
      recovery: this._pool.classOf(slot) === TLP_CLASS.completion ? 'read failed' : 'data not stored',
    });
  }

  poisonedForwarded(functionIndex: number, slot: number): void {
    this.#report(functionIndex, {
      bit: UNCORRECTABLE.poisonedTlp,
      isAdvisoryCase: true,
      header: headerOf(this._pool, slot),
      what: `forwards poisoned data in a ${tlpText(this._pool, slot)}`,
      recovery: 'forwarded',
    });
  }

  ecrcError(functionIndex: number, slot: number): void {
    this.#report(functionIndex, {
      bit: UNCORRECTABLE.ecrc,
      isAdvisoryCase: false,
      header: headerOf(this._pool, slot),
      what: `got a ${tlpText(this._pool, slot)} whose ECRC does not fit`,
      recovery: 'dropped',
    });
  }

  atomicEgressBlocked(functionIndex: number, slot: number): void {
    this.#aboutTlp(functionIndex, slot, UNCORRECTABLE.atomicEgressBlocked, 'UR', 'does not let atomics out: the');
  }

  /** The IOMMU has recorded it itself, with its reason (semantics reference R-6); AER knows nothing of it. */
  translationFault(): void {}

  /** A request was not answered in time (E-1). */
  completionTimeout(functionIndex: number, what: string, waited_ps: number): void {
    this.#report(functionIndex, {
      bit: UNCORRECTABLE.completionTimeout,
      isAdvisoryCase: false,
      header: undefined,
      what: `got no answer to its ${what} within ${durationText(waited_ps)}`,
      recovery: 'request failed',
    });
  }

  /** An uncorrectable error of the link itself. */
  linkUncorrectable(functionIndex: number, bit: UncorrectableBit, what: string, recovery: string): void {
    this.#report(functionIndex, { bit, isAdvisoryCase: false, header: undefined, what, recovery });
  }

  /** A correctable error. @param what happened, after the detector's name. */
  correctable(functionIndex: number, bit: CorrectableBit, what: string, recovery: string): void {
    const entry = this._detectors[functionIndex];
    if (entry === undefined) return;
    const reported = entry.registers.correctable(bit);
    this.#record(
      functionIndex,
      { name: CORRECTABLE_NAMES[bit] ?? `bit ${bit}`, bit, header: NO_HEADER, what, recovery },
      reported,
    );
  }

  /** A message has reached a root port. The slot stays the caller's. */
  messageReceived(functionIndex: number, slot: number): void {
    const code = this._pool.address(slot);
    const name = MESSAGE_NAMES.find((candidate) => MESSAGE_CODE[candidate] === code);
    if (name !== undefined) this.#receive(functionIndex, name, this._pool.requesterId(slot));
  }

  /** Something that is not an error: an injection, a recovery. */
  note(node: NodeId | undefined, name: string, sentence: string, recovery: string): void {
    this._parts.log.add({ ...this.#bare(name, 'note', undefined), node, sentence, recovery });
  }

  /** A request that ends here, answered if somebody waits. */
  #aboutTlp(functionIndex: number, slot: number, bit: UncorrectableBit, answer: string, verb: string): void {
    const isAwaited = this._pool.classOf(slot) === TLP_CLASS.nonPosted;
    this.#report(functionIndex, {
      bit,
      isAdvisoryCase: isAwaited,
      header: headerOf(this._pool, slot),
      what: `${verb} ${tlpText(this._pool, slot)}`,
      recovery: isAwaited ? `completion ${answer}` : 'dropped; its sender learns nothing',
    });
  }

  #whyUnsupported(functionIndex: number): string {
    const config = this._detectors[functionIndex]?.config;
    const isOff = config !== undefined && !commandOf(config).memoryEnable;
    return isOff ? 'has Memory Space Enable clear and does not serve the' : 'has no window or BAR for the';
  }

  #report(functionIndex: number, detection: Detection): void {
    const { bit, header, what, recovery } = detection;
    const name = UNCORRECTABLE_NAMES[bit] ?? `bit ${bit}`;
    const entry = this._detectors[functionIndex];
    if (entry === undefined) {
      const sentence = sentenceOf(this.nameOf(functionIndex), what);
      this._parts.log.add({ ...this.#bare(name, 'nonFatal', header), bit, sentence, recovery });
      return;
    }
    const reported = entry.registers.uncorrectable(bit, detection.isAdvisoryCase, header);
    this.#record(functionIndex, { name, bit, header: header ?? NO_HEADER, what, recovery }, reported);
    if (!reported.hasOverflowed) return;
    this.correctable(
      functionIndex,
      CORRECTABLE.headerLogOverflow,
      'could not log a header: its Header Log still holds an earlier one',
      'header not logged',
    );
  }

  #record(
    functionIndex: number,
    error: Pick<ErrorRecord, 'name' | 'bit' | 'header' | 'recovery'> & { readonly what: string },
    { severity, advisory, message }: Reported,
  ): void {
    const entry = this._detectors[functionIndex];
    const rootIndex = message === undefined ? undefined : entry?.rootIndex;
    const { what, ...record } = error;
    this._parts.log.add({
      ...record,
      at_ps: this._parts.events.now_ps,
      node: entry?.spec.id,
      severity,
      advisory,
      message,
      rootPort: rootIndex === undefined ? undefined : this._detectors[rootIndex]?.spec.id,
      sentence: sentenceOf(this.nameOf(functionIndex), what),
    });
    if (message !== undefined && entry !== undefined) this.#send(entry, message);
  }

  #bare(name: string, severity: ErrorRecord['severity'], header: HeaderDwords | undefined) {
    return {
      at_ps: this._parts.events.now_ps,
      node: undefined,
      name,
      bit: undefined,
      severity,
      advisory: false,
      header: header ?? NO_HEADER,
      message: undefined,
      rootPort: undefined,
    };
  }

  /** A message leaves; root ports and functions inside the root complex tell the registers themselves. */
  #send(entry: Detector, message: MessageName): void {
    const id = this._parts.idOf(entry.spec.id);
    const { exit, rootIndex } = entry;
    if (rootIndex === undefined) return;
    if (exit === undefined) return this.#receive(rootIndex, message, id);
    const pool = this._pool;
    const slot = pool.allocate();
    pool.describe(slot, TLP_KIND.Msg, FLOW.control, MESSAGE_CODE[message], 0, 0, MESSAGE_HEADER_BYTES);
    pool.setTransaction(slot, id, 0, NONE);
    exit.egress.enqueue(slot, exit.source);
  }

  #receive(rootIndex: number, message: MessageName, sourceId: number): void {
    const root = this._detectors[rootIndex];
    const interrupt = root?.root?.receive(message, sourceId);
    if (root === undefined || interrupt === undefined) return;
    this._parts.onInterrupt(interrupt.address, interrupt.data, this._parts.idOf(root.spec.id));
  }

  /** The root port above a function, or the event collector beside it. */
  #rootAbove(spec: FunctionSpec): number | undefined {
    const { functions } = this._parts.machine;
    for (let at: FunctionSpec | undefined = spec; at !== undefined;) {
      if (at.kind === 'rootPort' || at.kind === 'rcEventCollector') return this._indexOf.get(at.id);
      const { parent }: FunctionSpec = at;
      const above = this._indexOf.get(parent);
      if (above === undefined) {
        const collector = functions.find((fn) => fn.kind === 'rcEventCollector' && fn.parent === parent);
        return collector === undefined ? undefined : this._indexOf.get(collector.id);
      }
      at = functions[above];
    }
    return undefined;
  }
}

const NO_HEADER: readonly number[] = [];
const MESSAGE_NAMES: readonly MessageName[] = ['ERR_COR', 'ERR_NONFATAL', 'ERR_FATAL'];

function detector(spec: FunctionSpec, config: ConfigSpace): Detector {
  const isRoot = spec.kind === 'rootPort' || spec.kind === 'rcEventCollector';
  const root = isRoot ? new RootErrorRegisters(config) : undefined;
  return { spec, config, registers: new ErrorRegisters(config), root, rootIndex: undefined, exit: undefined };
}

function sentenceOf(who: string, what: string): string {
  return `${who.charAt(0).toUpperCase()}${who.slice(1)} ${what}.`;
}
