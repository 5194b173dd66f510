/*
 * The role of a function, from its header and capabilities; where those are hidden (`<access denied>`,
 * 64-byte dumps), from its place in the tree.
 */
import type { FunctionKind } from '../core/pcie/machineSpec.ts';
import { drivesLink } from '../topology/documentIndex.ts';
import type { FunctionFacts } from './facts.ts';

export interface KindQuestion {
  readonly facts: FunctionFacts;
  /** Kind of the bridge above; undefined on a root bus. */
  readonly parent: FunctionKind | undefined;
  /** There are bridges on its secondary bus. */
  readonly bridgesBelow: boolean;
}

export interface KindAnswer {
  readonly kind: FunctionKind;
  /** A guess from the place in the tree. */
  readonly assumed: boolean;
}

const HOST_BRIDGE_CLASS = 0x0600;
/** Programming interface of bridges that pass on what nobody claims: conventional PCI only. */
const SUBTRACTIVE_DECODE = 0x01;

const certain = (kind: FunctionKind): KindAnswer => ({ kind, assumed: false });
const guessed = (kind: FunctionKind): KindAnswer => ({ kind, assumed: true });

/** Decides the kind of one function. The kind of its parent must be known. */
export function kindAt(question: KindQuestion): KindAnswer {
  return question.facts.headerType === 1 ? bridgeKind(question) : deviceKind(question);
}

function bridgeKind({ facts, parent, bridgesBelow }: KindQuestion): KindAnswer {
  if (facts.capabilities === 'hidden') return bridgeKindByPlace(facts, parent, bridgesBelow);
  const express = facts.express;
  if (express === undefined) return certain('pciBridge');
  switch (express.portType) {
    case 'pcieToPciBridge':
    case 'pciToPcieBridge':
    case 'upstreamPort':
    case 'downstreamPort':
      return certain(express.portType);
    case 'rootPort':
      // A root port cannot have a bridge above it; whatever claims to, leads down from there.
      return parent === undefined ? certain('rootPort') : guessed('downstreamPort');
    default:
      return bridgeKindByPlace(facts, parent, bridgesBelow);
  }
}

function bridgeKindByPlace(facts: FunctionFacts, parent: FunctionKind | undefined, bridgesBelow: boolean): KindAnswer {
  if ((facts.classCode ?? 0) % 256 === SUBTRACTIVE_DECODE) return guessed('pciBridge');
  if (parent === undefined) return guessed('rootPort');
  if (parent === 'upstreamPort') return guessed('downstreamPort');
  if (drivesLink(parent)) return guessed(bridgesBelow ? 'upstreamPort' : 'pcieToPciBridge');
  return guessed('pciBridge');
}

function deviceKind({ facts, parent }: KindQuestion): KindAnswer {
  const onRootBus = parent === undefined;
  if (Math.floor((facts.classCode ?? 0) / 256) === HOST_BRIDGE_CLASS && onRootBus) return certain('hostBridge');
  const express = facts.express;
  if (express === undefined) {
    if (facts.capabilities !== 'hidden' || onRootBus) return certain('pciDevice');
    return drivesLink(parent) ? guessed('endpoint') : certain('pciDevice');
  }
  switch (express.portType) {
    case 'endpoint':
    case 'legacyEndpoint':
      return certain(express.portType);
    case 'rcEndpoint':
    case 'rcEventCollector':
      return onRootBus ? certain(express.portType) : guessed('endpoint');
    default:
      // A port type on an ordinary header: the chipset's own functions do that.
      return onRootBus ? certain('rcEndpoint') : guessed('endpoint');
  }
}
