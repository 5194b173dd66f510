/*
 * Rules about single functions and the links between two of them.
 */
import { hex } from '../base/bits.ts';
import type { BarSpec, FunctionSpec, LinkEndSpec } from '../core/pcie/machineSpec.ts';
import type { TopologyDocument } from './document.ts';
import { drivesLink, isBridge, linkPartner, type DocumentIndex } from './documentIndex.ts';
import type { Report } from './validate.ts';

/** Least size of a memory BAR (conventional PCI); PCI Express asks for 128 (enumeration reference B-5). */
const MIN_MEMORY_BAR_BYTES = 16;

/** Checks BARs, links, payload sizes, ACS, models and firmware state of every function. */
export function checkFunctions(document: TopologyDocument, index: DocumentIndex, report: Report): void {
  for (const fn of document.functions) {
    checkBars(fn, report);
    checkLink(fn, index, report);
    checkPayloadSizes(fn, index, report);
    checkAcs(fn, report);
    checkModel(fn, report);
    checkFirmware(fn, report);
    checkVirtualFunction(fn, index, report);
  }
}

function checkBars(fn: FunctionSpec, report: Report): void {
  const last = isBridge(fn.kind) ? 1 : 5;
  const owner = new Map<number, number>();
  for (const bar of fn.bars) {
    const path = `functions/${fn.id}/bars/${bar.index}`;
    const end = bar.widthBits === 64 ? bar.index + 1 : bar.index;
    if (end > last) {
      report(
        'error',
        'BAR_INDEX_TOO_HIGH',
        path,
        `BAR ${bar.index} of ${fn.id} (${bar.widthBits}-bit) needs register ${end}; its header has registers 0…${last}.`,
        'Use a lower index, or a 32-bit BAR.',
      );
    }
    for (let register = bar.index; register <= end; register++) {
      const other = owner.get(register);
      if (other !== undefined) {
        report(
          'error',
          'BAR_REGISTER_TAKEN',
          path,
          `BAR ${bar.index} and BAR ${other} of ${fn.id} both use register ${register}.`,
          'Move one of them; a 64-bit BAR also takes the next register.',
        );
      }
      owner.set(register, bar.index);
    }
    checkBarKind(fn, bar, path, report);
  }
}

function checkBarKind(fn: FunctionSpec, bar: BarSpec, path: string, report: Report): void {
  if (bar.space === 'io' && (bar.widthBits === 64 || bar.prefetchable)) {
    report(
      'error',
      'IO_BAR_KIND',
      path,
      `BAR ${bar.index} of ${fn.id} is an I/O BAR and cannot be 64-bit or prefetchable.`,
      'Make it a memory BAR, or 32-bit and not prefetchable.',
    );
  }
  if (bar.space === 'memory' && bar.sizeBytes < MIN_MEMORY_BAR_BYTES) {
    report(
      'error',
      'BAR_TOO_SMALL',
      path,
      `Memory BAR ${bar.index} of ${fn.id} has ${bar.sizeBytes} bytes; ${MIN_MEMORY_BAR_BYTES} is the least.`,
      `Use ${MIN_MEMORY_BAR_BYTES} bytes or more.`,
    );
  }
  if (bar.widthBits === 32 && bar.sizeBytes > 2 ** 31) {
    report(
      'error',
      'BAR_TOO_LARGE',
      path,
      `BAR ${bar.index} of ${fn.id} has ${bar.sizeBytes} bytes, more than a 32-bit BAR can have.`,
      'Make it a 64-bit BAR.',
    );
  }
  if (bar.resizableBytes !== undefined && !bar.resizableBytes.includes(bar.sizeBytes)) {
    report(
      'error',
      'BAR_SIZE_NOT_OFFERED',
      path,
      `BAR ${bar.index} of ${fn.id} has ${bar.sizeBytes} bytes, which is not among the sizes it can be resized to.`,
      'Add the size to the list, or choose one of the list.',
    );
  }
}

/** The link a port or device would have on its own: what its limits leave of its capability. */
function usable(end: LinkEndSpec): { gen: number; width: number } {
  return { gen: Math.min(end.maxGen, end.limitGen ?? 6), width: Math.min(end.maxWidth, end.limitWidth ?? 16) };
}

function needsLink(fn: FunctionSpec, index: DocumentIndex): boolean {
  if (drivesLink(fn.kind)) return true;
  const parent = index.functions.get(fn.parent);
  return (
    parent !== undefined &&
    drivesLink(parent.kind) &&
    fn.device === 0 &&
    fn.fn === 0 &&
    fn.virtualFunctionOf === undefined
  );
}

function checkLink(fn: FunctionSpec, index: DocumentIndex, report: Report): void {
  const path = `functions/${fn.id}/link`;
  const link = fn.link;
  if (link === undefined) {
    if (needsLink(fn, index)) {
      report(
        'error',
        'LINK_MISSING',
        path,
        `${fn.id} is at one end of a link, but the document does not say which speed and width it can do.`,
        'Add "link": {"maxGen": …, "maxWidth": …}.',
      );
    }
    return;
  }
  if (link.limitGen !== undefined && link.limitGen > link.maxGen) {
    report(
      'error',
      'LINK_LIMIT_ABOVE_CAPABILITY',
      path,
      `${fn.id} is limited to Gen${link.limitGen}, above its own Gen${link.maxGen}.`,
      'Lower limitGen or remove it.',
    );
  }
  if (link.limitWidth !== undefined && link.limitWidth > link.maxWidth) {
    report(
      'error',
      'LINK_LIMIT_ABOVE_CAPABILITY',
      path,
      `${fn.id} is limited to x${link.limitWidth}, above its own x${link.maxWidth}.`,
      'Lower limitWidth or remove it.',
    );
  }
  if (!drivesLink(fn.kind)) return;
  const partner = linkPartner(index, fn);
  if (partner?.link === undefined) return;
  const above = usable(link);
  const below = usable(partner.link);
  if (below.width > above.width) {
    report(
      'note',
      'LINK_NARROWER_THAN_CARD',
      path,
      `${partner.id} could use x${below.width}; ${fn.id} gives it x${above.width}.`,
      `Move ${partner.id} to a port with x${below.width}.`,
    );
  }
  if (below.gen > above.gen) {
    report(
      'note',
      'LINK_SLOWER_THAN_CARD',
      path,
      `${partner.id} could run at Gen${below.gen}; ${fn.id} gives it Gen${above.gen}.`,
      `Move ${partner.id} to a port with Gen${below.gen}.`,
    );
  }
}

/** A receiver with a smaller Max_Payload_Size treats larger packets as malformed (semantics reference T-3). */
function checkPayloadSizes(fn: FunctionSpec, index: DocumentIndex, report: Report): void {
  const mps = fn.mpsBytes;
  if (mps === undefined) return;
  const path = `functions/${fn.id}/mpsBytes`;
  if (fn.mpsSupportedBytes !== undefined && mps > fn.mpsSupportedBytes) {
    report(
      'error',
      'MPS_ABOVE_CAPABILITY',
      path,
      `${fn.id} is set to a payload of ${mps} bytes and supports ${fn.mpsSupportedBytes}.`,
      `Set ${fn.mpsSupportedBytes} or less.`,
    );
  }
  const parent = index.functions.get(fn.parent);
  if (parent?.mpsBytes !== undefined && parent.mpsBytes !== mps) {
    report(
      'warning',
      'MPS_DIFFERS_FROM_PORT',
      path,
      `${fn.id} sends up to ${mps} bytes of payload, ${parent.id} above it ${parent.mpsBytes}; packets that are too long for the receiver are malformed.`,
      `Set both to ${Math.min(mps, parent.mpsBytes)}.`,
    );
  }
}

function checkAcs(fn: FunctionSpec, report: Report): void {
  if (fn.acs === undefined) return;
  const extra = fn.acs.control & ~fn.acs.capability;
  if (extra !== 0) {
    report(
      'warning',
      'ACS_CONTROL_NOT_OFFERED',
      `functions/${fn.id}/acs`,
      `ACS control ${hex(fn.acs.control, 2)} of ${fn.id} has bits ${hex(extra, 2)} that its capability ${hex(fn.acs.capability, 2)} does not offer.`,
      'Clear these bits; such a register cannot hold them.',
    );
  }
}

function checkModel(fn: FunctionSpec, report: Report): void {
  const model = fn.model;
  const path = `functions/${fn.id}/model`;
  if (model === undefined) return;
  if (isBridge(fn.kind)) {
    report(
      'error',
      'MODEL_ON_A_BRIDGE',
      path,
      `${fn.id} is ${fn.kind} and cannot be a ${model.type} device.`,
      'Remove the model.',
    );
    return;
  }
  const needed =
    model.type === 'iopmem'
      ? 4
      : model.type === 'gpu'
        ? model.apertureBar
        : model.type === 'nvme'
          ? model.cmbBar
          : undefined;
  if (needed !== undefined && !fn.bars.some((bar) => bar.index === needed && bar.space === 'memory')) {
    report(
      'error',
      'MODEL_NEEDS_BAR',
      path,
      `${fn.id} is a ${model.type} whose memory is in BAR ${needed}, but it has no memory BAR ${needed}.`,
      `Add the BAR, or name another one.`,
    );
  }
  const msix = fn.capabilities?.msix;
  if (msix === undefined) return;
  const bar = fn.bars.find((candidate) => candidate.index === msix.bar);
  const tableEnd = msix.tableOffset + 16 * msix.vectors;
  if (bar === undefined || bar.space !== 'memory' || tableEnd > bar.sizeBytes || msix.pbaOffset + 8 > bar.sizeBytes) {
    report(
      'error',
      'MSIX_TABLE_OUTSIDE_BAR',
      `functions/${fn.id}/capabilities/msix`,
      `The ${msix.vectors} vectors of ${fn.id} do not fit into BAR ${msix.bar}${bar === undefined ? ', which does not exist' : ` of ${bar.sizeBytes} bytes`}.`,
      'Move the table, or make the BAR larger.',
    );
  }
}

function checkFirmware(fn: FunctionSpec, report: Report): void {
  const firmware = fn.firmware;
  if (firmware === undefined) return;
  const path = `functions/${fn.id}/firmware`;
  for (const [name, window] of Object.entries({
    io: firmware.ioWindow,
    memory: firmware.memoryWindow,
    prefetchable: firmware.prefetchableWindow,
  })) {
    if (window !== undefined && window.base > window.limit) {
      report(
        'error',
        'WINDOW_REVERSED',
        path,
        `The ${name} window of ${fn.id} ends before it begins.`,
        'Leave a closed window out.',
      );
    }
  }
  for (const [key, address] of Object.entries(firmware.bars ?? {})) {
    const bar = fn.bars.find((candidate) => candidate.index === Number(key));
    if (bar === undefined) {
      report(
        'error',
        'FIRMWARE_BAR_MISSING',
        `${path}/bars/${key}`,
        `Firmware gave BAR ${key} of ${fn.id} an address, but the function has no such BAR.`,
        'Describe the BAR, or remove the address.',
      );
    } else if (address % bar.sizeBytes !== 0) {
      report(
        'warning',
        'FIRMWARE_BAR_UNALIGNED',
        `${path}/bars/${key}`,
        `BAR ${key} of ${fn.id} is at 0x${hex(address, 8)}, which is not a multiple of its size ${bar.sizeBytes}.`,
        'Correct the size or the address; enumeration will move it.',
      );
    }
  }
}

function checkVirtualFunction(fn: FunctionSpec, index: DocumentIndex, report: Report): void {
  const owner = fn.virtualFunctionOf;
  if (owner === undefined) return;
  const physical = index.functions.get(owner);
  if (physical === undefined || physical.virtualFunctionOf !== undefined) {
    report(
      'error',
      'PHYSICAL_FUNCTION_MISSING',
      `functions/${fn.id}/virtualFunctionOf`,
      `${fn.id} is a virtual function of ${owner}, which ${physical === undefined ? 'does not exist' : 'is a virtual function itself'}.`,
      'Name the physical function.',
    );
  }
}
