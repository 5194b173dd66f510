/*
 * Facts, tree and guesses → the document.
 */
import { hex } from '../base/bits.ts';
import type {
  FirmwareState,
  FunctionIdentity,
  FunctionSpec,
  LinkEndSpec,
  OptionalCapabilities,
} from '../core/pcie/machineSpec.ts';
import { isBridge } from '../topology/documentIndex.ts';
import { DOCUMENT_VERSION, type TopologyDocument } from '../topology/document.ts';
import { NOTHING_SIZED, noteGuessedSizes, sizeBars, type SizedFunction } from './barSizes.ts';
import { chooseModel } from './deviceModels.ts';
import { chooseTransfer } from './chooseTransfer.ts';
import { UNKNOWN_CLASS_CODE } from './classNames.ts';
import type { FunctionFacts } from './facts.ts';
import { describeHost, describeHostBridges } from './hostFacts.ts';
import { UNKNOWN_DEVICE_ID, UNKNOWN_VENDOR_ID } from './identityTables.ts';
import type { ImportLog } from './importLog.ts';
import { describeLinks } from './links.ts';
import { plainText } from './lines.ts';
import { openMissingWindows } from './missingWindows.ts';
import { nameNodes, nodeBdf, nodeName, parentId } from './nodeIds.ts';
import type { ImportedTree, TreeNode } from './tree.ts';
import { nothingAnswered } from './rawConfig.ts';

const MAX_DESCRIPTION = 300;
const MAX_NAME = 80;

/** Identity as far as it is known; placeholders that enumerate for the rest. */
function identityOf(node: TreeNode, log: ImportLog): FunctionIdentity {
  const facts = node.facts;
  const physical = node.physicalFunction;
  const registersSilent = facts.image !== undefined && nothingAnswered(facts.image);
  if (physical !== undefined && (registersSilent || facts.vendorId === undefined || facts.deviceId === undefined)) {
    const owner = physical.facts;
    return {
      vendorId: owner.vendorId ?? UNKNOWN_VENDOR_ID,
      deviceId: owner.sriov?.deviceId ?? UNKNOWN_DEVICE_ID,
      ...restOfIdentity(facts),
    };
  }
  if ((facts.vendorId === undefined || facts.deviceId === undefined) && !node.missing) {
    log.assume(
      'IDENTITY_UNKNOWN',
      [node.id],
      'Vendor and device numbers that are not in the text are placeholders.',
      'lspci prints numbers only with -nn; names stand for several numbers.',
    );
  }
  if (facts.classCode === undefined && !node.missing) {
    log.assume(
      'CLASS_UNKNOWN',
      [node.id],
      'Devices of unknown class are plain memory behind their BARs.',
      `"${facts.className}" is not a class name this program knows.`,
    );
  }
  return {
    vendorId: facts.vendorId ?? UNKNOWN_VENDOR_ID,
    deviceId: facts.deviceId ?? UNKNOWN_DEVICE_ID,
    ...restOfIdentity(facts),
  };
}

function restOfIdentity(facts: FunctionFacts): Omit<FunctionIdentity, 'vendorId' | 'deviceId'> {
  return {
    revision: facts.revision ?? 0,
    classCode: facts.classCode ?? UNKNOWN_CLASS_CODE,
    subsystemVendorId: facts.subsystemVendorId ?? 0,
    subsystemId: facts.subsystemId ?? 0,
  };
}

function firmwareOf(facts: FunctionFacts, sized: SizedFunction): FirmwareState {
  const windows = facts.windows;
  const bars: Record<number, number> = {};
  for (const bar of facts.bars) {
    if (bar.address !== undefined && sized.bars.some((spec) => spec.index === bar.index)) bars[bar.index] = bar.address;
  }
  return {
    ...(facts.command === undefined ? {} : { command: facts.command }),
    ...(facts.headerType === 1 && facts.buses !== undefined ? { buses: facts.buses } : {}),
    ...(windows?.io === undefined ? {} : { ioWindow: windows.io }),
    ...(windows?.memory === undefined ? {} : { memoryWindow: windows.memory }),
    ...(windows?.prefetchable === undefined ? {} : { prefetchableWindow: windows.prefetchable }),
    ...(Object.keys(bars).length === 0 ? {} : { bars }),
  };
}

function capabilitiesOf(facts: FunctionFacts, sized: SizedFunction): OptionalCapabilities | undefined {
  const msix = facts.msix;
  const bar = sized.bars.find((candidate) => candidate.index === msix?.bar);
  const fits =
    msix !== undefined &&
    bar?.space === 'memory' &&
    msix.tableOffset + 16 * msix.vectors <= bar.sizeBytes &&
    msix.pbaOffset + 8 <= bar.sizeBytes;
  const capabilities: OptionalCapabilities = {
    ...(fits ? { msix } : {}),
    ...(facts.ats ? { ats: true } : {}),
    ...(facts.pageRequest ? { pageRequest: true } : {}),
    ...(facts.pasid ? { pasid: true } : {}),
  };
  return Object.keys(capabilities).length === 0 ? undefined : capabilities;
}

function observedOf(facts: FunctionFacts): Pick<FunctionSpec, 'observed'> {
  const description = plainText(facts.description, MAX_DESCRIPTION);
  const observed = {
    ...(facts.driver === undefined || facts.driver === '' ? {} : { driver: plainText(facts.driver, MAX_NAME) }),
    ...(facts.iommuGroup === undefined || facts.iommuGroup === ''
      ? {}
      : { iommuGroup: plainText(facts.iommuGroup, MAX_NAME) }),
    ...(facts.numaNode === undefined ? {} : { numaNode: facts.numaNode }),
    ...(description === '' ? {} : { description }),
  };
  return Object.keys(observed).length === 0 ? {} : { observed };
}

function isInterruptPin(pin: number): pin is 0 | 1 | 2 | 3 | 4 {
  return pin >= 0 && pin <= 4;
}

function imageText(image: Uint8Array): string {
  let text = '';
  for (const byte of image) text += hex(byte, 2);
  return text;
}

interface Parts {
  readonly parent: string;
  readonly sized: SizedFunction;
  readonly link: LinkEndSpec | undefined;
}

function registerParts(facts: FunctionFacts): Partial<FunctionSpec> {
  const express = facts.express;
  const pin = facts.interruptPin;
  return {
    ...(express?.mpsSupportedBytes === undefined ? {} : { mpsSupportedBytes: express.mpsSupportedBytes }),
    ...(express?.mpsBytes === undefined ? {} : { mpsBytes: express.mpsBytes }),
    ...(express?.mrrsBytes === undefined ? {} : { mrrsBytes: express.mrrsBytes }),
    ...(facts.acs === undefined ? {} : { acs: facts.acs }),
    ...(express?.slotImplemented === true
      ? { slot: { number: express.slotNumber ?? 0, hotPlug: express.hotPlug === true } }
      : {}),
    ...(facts.serialNumber === undefined ? {} : { serialNumber: facts.serialNumber }),
    ...(pin !== undefined && isInterruptPin(pin) ? { interruptPin: pin } : {}),
    ...(facts.image === undefined ? {} : { configImage: imageText(facts.image) }),
  };
}

function functionSpec(node: TreeNode, parts: Parts, log: ImportLog): FunctionSpec {
  const facts = node.facts;
  const { sized, link } = parts;
  const capabilities = capabilitiesOf(facts, sized);
  const device = !isBridge(node.kind) && node.kind !== 'hostBridge' && node.kind !== 'rcEventCollector';
  const model = device ? chooseModel(node, sized.bars, link, log) : undefined;
  return {
    id: node.id,
    name: nodeName(node),
    parent: parts.parent,
    device: facts.device,
    fn: facts.fn,
    kind: node.kind,
    identity: identityOf(node, log),
    bars: sized.bars,
    ...(sized.romBytes === undefined ? {} : { romBytes: sized.romBytes }),
    ...(link === undefined ? {} : { link }),
    ...registerParts(facts),
    ...(capabilities === undefined ? {} : { capabilities }),
    ...(model === undefined ? {} : { model }),
    firmware: firmwareOf(facts, sized),
    ...(node.physicalFunction === undefined ? {} : { virtualFunctionOf: node.physicalFunction.id }),
    ...observedOf(facts),
  };
}

function noteGuessedKinds(tree: ImportedTree, log: ImportLog): void {
  for (const node of tree.nodes) {
    if (node.missing && isBridge(node.kind)) {
      log.assume(
        'BRIDGE_MISSING',
        [node.id],
        `A bridge at ${nodeBdf(node)} leads to bus ${hex(node.facts.buses?.secondary ?? 0, 2)}.`,
        'The text shows functions on that bus, and no bridge that leads to it.',
      );
    } else if (node.missing) {
      log.assume(
        'FUNCTION_MISSING',
        [node.id],
        `${nodeBdf(node)} exists and does nothing.`,
        'The text shows other functions of this device; a device always has a function 0.',
      );
    } else if (node.kindAssumed) {
      log.assume(
        'KIND_ASSUMED',
        [node.id],
        `${nodeBdf(node)} is ${node.kind}.`,
        'Its capabilities are hidden or unusual; this follows from its place. Run lspci as root to see them.',
      );
    }
  }
}

/** Puts the document together. @param name what the machine is called. */
export function assembleDocument(tree: ImportedTree, name: string, log: ImportLog): TopologyDocument | undefined {
  const sized = sizeBars(tree);
  openMissingWindows(tree);
  nameNodes(tree);
  const host = describeHost(tree, log);
  noteGuessedKinds(tree, log);
  const links = describeLinks(tree, log);
  noteGuessedSizes(sized, log);
  const bridges = describeHostBridges(tree, sized, log);
  const functions = tree.nodes.map((node) =>
    functionSpec(
      node,
      { parent: parentId(node, bridges.ids), sized: sized.get(node) ?? NOTHING_SIZED, link: links.get(node) },
      log,
    ),
  );
  const chosen = chooseTransfer(functions);
  if (chosen === undefined) return undefined;
  if (!chosen.capable) {
    log.warn(
      'NO_CAPABLE_PAIR',
      'transfer',
      'No two devices of this machine can move bytes between each other in this model.',
      'Look at the tree and ask Why for any pair; a race needs a NIC, a drive, a GPU or a DMA engine, and memory.',
    );
  }
  return {
    version: DOCUMENT_VERSION,
    name: plainText(name, MAX_NAME),
    description: `Imported from lspci: ${functions.length} functions.`,
    host,
    hostBridges: bridges.specs,
    functions,
    start: 'firmware',
    windowRule: 'packed',
    transfer: chosen.transfer,
    assumptions: log.assumptions,
  };
}
