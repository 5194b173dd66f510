/*
 * Breaks things on purpose, and says why something cannot be broken.
 */
import { countText, durationText } from '../../../base/format.ts';
import { unreachable } from '../../../base/invariant.ts';
import { findCapability } from '../../config/capability.ts';
import type { ConfigSpace } from '../../config/configSpace.ts';
import { DEVICE_CAPABILITIES, EXPRESS } from '../../config/expressCapability.ts';
import { COMMAND } from '../../config/header.ts';
import { insertFields } from '../../config/register.ts';
import { isBridgeKind } from '../../config/places.ts';
import { MACHINE_COUNTER } from '../../pcie/counters.ts';
import type { FaultSpec } from '../../pcie/faults.ts';
import type { FunctionSpec, MachineSpec, NodeId } from '../../pcie/machineSpec.ts';
import { COMPLETION_HEADER_BYTES, FLOW, TLP_KIND } from '../../pcie/tlp.ts';
import { addTo } from '../../sim/cells.ts';
import type { BuiltLink } from '../fabric/assembly.ts';
import type { Endpoint } from '../fabric/endpoint.ts';
import type { FabricErrors } from '../fabric/errors.ts';
import type { LinkErrorReports } from '../fabric/errorsOfLinks.ts';
import type { Fabric } from '../fabric/fabric.ts';
import type { FunctionRegisters } from '../fabric/registers.ts';
import type { RequesterPort } from '../fabric/requesterPort.ts';
import { NONE } from '../fabric/tlpPool.ts';
import type { LinkLife } from './linkLife.ts';
import { type RequestFault, RequestFaults } from './requestFaults.ts';

/** Probability of a wrong bit at most: beyond it hardly a TLP gets through. */
const MOST_BIT_ERRORS = 1e-3;
/** Tags of completions that nobody asked for: the largest a header has room for. */
const LAST_TAG = 1023;

export interface FaultInjectorParts {
  readonly machine: MachineSpec;
  readonly fabric: Fabric;
  readonly configs: ReadonlyMap<NodeId, ConfigSpace>;
  readonly endpointOf: ReadonlyMap<NodeId, Endpoint>;
  readonly registersOf: (node: NodeId) => FunctionRegisters;
  readonly links: LinkLife;
  readonly errors: FabricErrors;
  readonly linkErrors: LinkErrorReports;
  readonly machineCounters: Float64Array;
  /** Takes all mappings of a function out of the IOMMU. @returns why it cannot. */
  readonly unmap: (node: NodeId) => string | undefined;
}

type LinkFault = Extract<FaultSpec, { link: NodeId }>;
type NodeFault = Extract<FaultSpec, { node: NodeId }>;

/** What was done, for the record; or why nothing was. */
type Outcome = { readonly done: string; readonly what: string } | { readonly refusal: string };

export class FaultInjector {
  private readonly _parts: FaultInjectorParts;
  private readonly _byId: ReadonlyMap<NodeId, { readonly spec: FunctionSpec; readonly index: number }>;
  /** Until when functions answer configuration requests with Retry. */
  private readonly _notReady_ps = new Map<NodeId, number>();

  constructor(parts: FaultInjectorParts) {
    this._parts = parts;
    this._byId = new Map(parts.machine.functions.map((spec, index) => [spec.id, { spec, index }]));
  }

  /** @returns why it cannot be broken, or undefined if it was. */
  inject(fault: FaultSpec): string | undefined {
    this._parts.fabric.freshen();
    const outcome = 'link' in fault ? this.#onLink(fault) : this.#onNode(fault);
    if ('refusal' in outcome) return outcome.refusal;
    addTo(this._parts.machineCounters, MACHINE_COUNTER.injectedFaults, 1);
    const node = 'link' in fault ? fault.link : fault.node;
    this._parts.errors.note(node, `Injected: ${outcome.what}`, `${outcome.done}.`, 'injected');
    return undefined;
  }

  /** As {@link inject}, at a time to come; a fault that cannot be then leaves a note. */
  injectAt(at_ps: number, fault: FaultSpec): void {
    this._parts.fabric.callAt(at_ps, () => {
      const refusal = this.inject(fault);
      if (refusal === undefined) return;
      const node = 'link' in fault ? fault.link : fault.node;
      this._parts.errors.note(node, 'Fault not possible', refusal, 'nothing injected');
    });
  }

  /** True while a function answers configuration requests with Retry. */
  isNotReady(node: NodeId): boolean {
    const until_ps = this._notReady_ps.get(node);
    if (until_ps === undefined) return false;
    if (until_ps > this._parts.fabric.events.now_ps) return true;
    this._notReady_ps.delete(node);
    return false;
  }

  #nameOf(node: NodeId): string {
    return this._parts.errors.nameOf(this._byId.get(node)?.index ?? NONE);
  }

  #onLink(fault: LinkFault): Outcome {
    const link = this._parts.links.linkOf(fault.link);
    if (link === undefined) return { refusal: `${fault.link} is no port with a link below it.` };
    const name = `the link below ${this.#nameOf(fault.link)}`;
    switch (fault.kind) {
      case 'hotAdd':
        return this.#hotAdd(link, name);
      case 'linkUp':
        return this.#linkUp(link, name);
      case 'bitErrors':
      case 'corruptTlp':
      case 'loseAcks':
      case 'linkDown':
      case 'retrain':
      case 'surpriseRemoval':
      case 'hotReset':
        return link.control.negotiated.up
          ? this.#onLiveLink(fault, link, name)
          : { refusal: `${capital(name)} is down.` };
      default:
        return unreachable(fault);
    }
  }

  #hotAdd({ port, control }: BuiltLink, name: string): Outcome {
    const { links } = this._parts;
    if (control.negotiated.up) return { refusal: `${capital(name)} is up: there is a device in it.` };
    if (!links.isEmpty(port.id)) return { refusal: `The device at ${name} was not taken out; the link is only down.` };
    if (links.below(port.id).length === 0) return { refusal: `Nothing was ever plugged in at ${name}.` };
    links.add(port.id);
    return { what: 'hot add', done: `The device below ${this.#nameOf(port.id)} is plugged in again` };
  }

  #linkUp({ port, control }: BuiltLink, name: string): Outcome {
    if (control.negotiated.up) return { refusal: `${capital(name)} is up already.` };
    if (this._parts.links.isEmpty(port.id)) return { refusal: `Nothing is plugged in at ${name}.` };
    this._parts.links.up(port.id);
    return { what: 'link up', done: `${capital(name)} trains` };
  }

  #onLiveLink(
    fault: Exclude<LinkFault, { kind: 'hotAdd' | 'linkUp' }>,
    { port, control }: BuiltLink,
    name: string,
  ): Outcome {
    const { links } = this._parts;
    const direction =
      'direction' in fault ? (fault.direction === 'up' ? 'towards the root' : 'away from the root') : '';
    switch (fault.kind) {
      case 'bitErrors': {
        const { rate } = fault;
        if (!(rate >= 0 && rate <= MOST_BIT_ERRORS))
          return { refusal: `A bit error rate is 0…${MOST_BIT_ERRORS}, not ${rate}.` };
        control.setBitErrors(fault.direction, rate);
        return {
          what: 'bit errors',
          done: `One bit in ${rate === 0 ? 'none' : (1 / rate).toExponential(2)} is wrong on ${name}, ${direction}`,
        };
      }
      case 'corruptTlp':
        return this.#counted(fault.count, () => {
          control.corruptNext(fault.direction, fault.count);
          return {
            what: 'bad LCRC',
            done: `The next ${countText(fault.count, 'TLP')} on ${name}, ${direction}, arrive with a bad LCRC`,
          };
        });
      case 'loseAcks':
        return this.#counted(fault.count, () => {
          control.loseAcks(fault.direction, fault.count);
          return {
            what: 'lost Acks',
            done: `The next ${countText(fault.count, 'Ack')} for TLPs ${direction} on ${name} are lost`,
          };
        });
      case 'linkDown':
        this.#reportLoss(port.id);
        links.down(port.id);
        return { what: 'link down', done: `${capital(name)} goes down without notice` };
      case 'surpriseRemoval':
        this.#reportLoss(port.id);
        links.remove(port.id);
        return {
          what: 'surprise removal',
          done: `The device below ${this.#nameOf(port.id)} is taken out without notice`,
        };
      case 'hotReset':
        links.hotReset(port.id);
        return { what: 'hot reset', done: `Everything below ${this.#nameOf(port.id)} is reset` };
      case 'retrain': {
        const { gen, width } = control.negotiated;
        if ((fault.gen ?? gen) > gen || (fault.width ?? width) > width)
          return { refusal: `${capital(name)} runs at Gen${gen} x${width}: it can only be trained to that or less.` };
        control.retrain(fault.gen ?? gen, fault.width ?? width);
        return {
          what: 'retrain',
          done: `${capital(name)} goes through recovery to Gen${fault.gen ?? gen} x${fault.width ?? width}`,
        };
      }
      default:
        return unreachable(fault);
    }
  }

  /** Surprise Down at the port, unless its slot announces such things. */
  #reportLoss(port: NodeId): void {
    const index = this._byId.get(port)?.index;
    if (index !== undefined && !this._parts.links.expectsSurprise(port)) this._parts.linkErrors.surpriseDown(index);
  }

  #onNode(fault: NodeFault): Outcome {
    const found = this._byId.get(fault.node);
    if (found === undefined) return { refusal: `There is no function ${fault.node}.` };
    const { spec, index } = found;
    switch (fault.kind) {
      case 'functionLevelReset':
        return this.#functionLevelReset(fault.node);
      case 'memoryDisable':
        return this.#memoryDisable(fault.node);
      case 'configRetry':
        this._notReady_ps.set(fault.node, this._parts.fabric.events.now_ps + fault.duration_ps);
        return {
          what: 'configuration retry',
          done: `${this.#nameOf(fault.node)} answers configuration requests with Retry for ${durationText(fault.duration_ps)}`,
        };
      case 'unmapIommu': {
        const refusal = this._parts.unmap(fault.node);
        return refusal === undefined
          ? { what: 'IOMMU mappings lost', done: `The IOMMU has lost the mappings of ${this.#nameOf(fault.node)}` }
          : { refusal };
      }
      case 'unexpectedCompletion':
        return this.#counted(fault.count, () => this.#unexpectedCompletions(spec, index, fault.count));
      case 'completerAbort':
      case 'noAnswer':
        return this.#counted(fault.count, () => this.#answers(spec, index, fault.kind, fault.count));
      case 'poison':
        return this.#counted(fault.count, () =>
          fault.what === 'writes'
            ? this.#requests(spec, index, 'poison', fault.count)
            : this.#answers(spec, index, 'poison', fault.count),
        );
      case 'corruptDigest':
        return this.#counted(fault.count, () => this.#digests(spec, index, fault.count));
      case 'malformed':
      case 'spoofRequester':
      case 'strayAddress':
        return this.#counted(fault.count, () => this.#requests(spec, index, fault.kind, fault.count));
      default:
        return unreachable(fault);
    }
  }

  #counted(count: number, act: () => Outcome): Outcome {
    return Number.isInteger(count) && count >= 1 ? act() : { refusal: `A count is 1 or more, not ${count}.` };
  }

  #functionLevelReset(node: NodeId): Outcome {
    const config = this._parts.configs.get(node);
    const express = config === undefined ? undefined : findCapability(config, EXPRESS);
    const can =
      config !== undefined &&
      express !== undefined &&
      config.field(DEVICE_CAPABILITIES, express, 'functionLevelReset') === 1;
    if (!can) return { refusal: `${this.#nameOf(node)} has no Function Level Reset.` };
    const name = this.#nameOf(node);
    config.reset('function');
    return { what: 'function level reset', done: `${name} is reset` };
  }

  #memoryDisable(node: NodeId): Outcome {
    const config = this._parts.configs.get(node);
    if (config === undefined || config.field(COMMAND, 0, 'memorySpaceEnable') === 0)
      return { refusal: `Memory Space Enable of ${this.#nameOf(node)} is clear already.` };
    const command = insertFields(COMMAND, config.readRegister(COMMAND, 0), { memorySpaceEnable: 0 });
    config.write(COMMAND.offsetBytes, COMMAND.widthBits / 8, command);
    return { what: 'memory disabled', done: `Memory Space Enable of ${this.#nameOf(node)} is cleared` };
  }

  /** Requests of a function are spoiled. */
  #requests(spec: FunctionSpec, index: number, fault: RequestFault, count: number): Outcome {
    const port = this.#portOf(index);
    const refusal = this.#whyNoRequests(spec, port);
    if (port === undefined || refusal !== undefined)
      return { refusal: refusal ?? `${this.#nameOf(spec.id)} never sends.` };
    if (fault === 'malformed' && this._parts.links.linkOf(spec.parent) === undefined)
      return { refusal: `${this.#nameOf(spec.id)} is not behind a link: nobody checks the length of its writes.` };
    if (fault === 'malformed' && !this.#fitsLonger(spec))
      return { refusal: `The buffers at ${this.#nameOf(spec.parent)} are too small to even receive a longer write.` };
    this.#spoil(port, spec, fault, count);
    return {
      what: REQUEST_FAULT_NAMES[fault],
      done: `The next ${countText(count, 'TLP')} of ${this.#nameOf(spec.id)} ${REQUEST_FAULT_TEXTS[fault]}`,
    };
  }

  #spoil(port: RequesterPort, spec: FunctionSpec, fault: RequestFault, count: number): void {
    const faults =
      port.faults ??
      new RequestFaults({
        pool: this._parts.fabric.pool,
        digestBytes: () => port.registers.digestBytes,
        receiverMpsBytes: () => this._parts.registersOf(spec.parent).mpsBytes,
        onDone: () => port.setFaults(undefined),
      });
    faults.add(fault, count);
    port.setFaults(faults);
  }

  /** A write of one double word more than Max_Payload_Size can be sent at all. */
  #fitsLonger(spec: FunctionSpec): boolean {
    const link = this._parts.links.linkOf(spec.parent);
    const credits = Math.ceil((this._parts.registersOf(spec.parent).mpsBytes + 8) / 16);
    return link === undefined || link.transmitters[1].credits.holds(0, credits);
  }

  #whyNoRequests(spec: FunctionSpec, port: RequesterPort | undefined): string | undefined {
    const name = this.#nameOf(spec.id);
    if (isBridgeKind(spec.kind)) return `${name} is a bridge: it sends no requests of its own.`;
    const isPassive = spec.model?.type === 'iopmem' || spec.model?.type === 'generic';
    return port === undefined || isPassive ? `${name} never sends requests: it has no engine.` : undefined;
  }

  /** Answers of a function are spoiled. */
  #answers(
    spec: FunctionSpec,
    index: number,
    fault: 'completerAbort' | 'noAnswer' | 'poison' | 'corruptDigest',
    count: number,
  ): Outcome {
    const endpoint = this._parts.endpointOf.get(spec.id);
    const name = this.#nameOf(spec.id);
    if (endpoint === undefined) return { refusal: `${name} is a bridge: it answers no memory requests.` };
    if (spec.bars.every((bar) => bar.space !== 'memory'))
      return { refusal: `${name} has no memory BAR: nobody asks it.` };
    endpoint.faults.add(index, fault, count);
    return { what: ANSWER_FAULT_NAMES[fault], done: `${name} ${ANSWER_FAULT_TEXTS[fault](countText(count, 'time'))}` };
  }

  #digests(spec: FunctionSpec, index: number, count: number): Outcome {
    const registers = this._parts.registersOf(spec.id);
    if (registers.digestBytes === 0)
      return { refusal: `${this.#nameOf(spec.id)} adds no ECRC digest: ECRC Generation Enable is clear.` };
    const port = this.#portOf(index);
    const isSilent = this.#whyNoRequests(spec, port) !== undefined;
    if (isSilent || port === undefined) return this.#answers(spec, index, 'corruptDigest', count);
    return this.#requests(spec, index, 'corruptDigest', count);
  }

  #unexpectedCompletions(spec: FunctionSpec, index: number, count: number): Outcome {
    const link = this._parts.links.linkOf(spec.parent);
    const endpoint = this._parts.endpointOf.get(spec.id);
    const name = this.#nameOf(spec.id);
    if (endpoint === undefined) return { refusal: `${name} is a bridge: completions pass it.` };
    if (link === undefined || !link.control.negotiated.up)
      return { refusal: `${name} is not behind a link that is up.` };
    const { pool } = this._parts.fabric;
    const { requesterId } = this._parts.registersOf(spec.id);
    const bytes = 64;
    for (let made = 0; made < count; made++) {
      const slot = pool.allocate();
      pool.describe(slot, TLP_KIND.CplD, FLOW.control, 0, bytes, bytes, COMPLETION_HEADER_BYTES);
      pool.setTransaction(slot, requesterId, LAST_TAG, this.#portOf(index)?.index ?? NONE);
      pool.setByteCount(slot, bytes);
      pool.payload.fill(0, slot * pool.strideBytes, slot * pool.strideBytes + bytes);
      link.transmitters[0].enqueue(slot, 0);
    }
    return {
      what: 'unexpected completion',
      done: `${countText(count, 'completion')} that nobody asked for go to ${name}`,
    };
  }

  #portOf(index: number): RequesterPort | undefined {
    return this._parts.fabric.ports.find((port) => port.functionIndex === index);
  }
}

const REQUEST_FAULT_NAMES: Readonly<Record<RequestFault, string>> = {
  poison: 'poisoned writes',
  malformed: 'malformed writes',
  corruptDigest: 'wrong ECRC',
  spoofRequester: 'spoofed requester ID',
  strayAddress: 'stray addresses',
};
const REQUEST_FAULT_TEXTS: Readonly<Record<RequestFault, string>> = {
  poison: 'with data are poisoned',
  malformed: 'with data are longer than their receiver accepts',
  corruptDigest: 'carry a wrong ECRC digest',
  spoofRequester: 'that are requests carry the requester ID of another bus',
  strayAddress: 'that are requests go to an address nobody claims',
};
const ANSWER_FAULT_NAMES = {
  completerAbort: 'completer abort',
  noAnswer: 'no answer',
  poison: 'poisoned completions',
  corruptDigest: 'wrong ECRC',
} as const;
const ANSWER_FAULT_TEXTS = {
  completerAbort: (times: string) => `refuses requests with Completer Abort, ${times}`,
  noAnswer: (times: string) => `does not answer requests, ${times}`,
  poison: (times: string) => `sends poisoned completions, ${times}`,
  corruptDigest: (times: string) => `sends completions with a wrong ECRC digest, ${times}`,
} as const;

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
