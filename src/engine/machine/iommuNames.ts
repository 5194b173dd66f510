/*
 * Between physical addresses and those a function has to use, as the IOMMU's tables in host memory say now.
 */
import { addressText } from '../../base/format.ts';
import { at } from '../../base/invariant.ts';
import {
  type ContextEntry,
  PAGE_READ,
  PAGE_WRITE,
  pageBytesOf,
  TRANSLATION_TYPE,
} from '../../core/config/iommuTables.ts';
import type { HostFunction } from '../../core/host/hostView.ts';
import { PageWalker } from '../../core/models/iommu/pageWalker.ts';
import { mappingsOf } from '../../core/models/iommu/reverseWalk.ts';
import { bdf, bdfText } from '../../core/pcie/bdf.ts';
import type { Bdf } from '../../base/units.ts';
import type { AddressName } from '../protocol.ts';
import type { BootedHardware } from './boot.ts';

/** Mappings of one physical address that are looked for: the first is shown, the others are counted. */
const MOST_MAPPINGS = 16;

/** How the IOMMU treats a function, before any address is looked up. */
type Treatment =
  | { readonly kind: 'same'; readonly why: string }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'translated'; readonly context: ContextEntry; readonly words: string };

/** @param fn index in the view. @returns what the function has to say to reach a physical address. */
export function iovaOf(booted: BootedHardware, fn: number, physical: number): AddressName {
  const treatment = treatmentOf(booted, fn);
  if (treatment.kind === 'same') return { value: physical, why: treatment.why };
  if (treatment.kind === 'refused') return { value: undefined, why: treatment.why };
  const { context, words } = treatment;
  const found = mappingsOf(booted.hardware.hostMemory, context.table, physical, MOST_MAPPINGS);
  const [first] = found;
  if (first === undefined) {
    return { value: undefined, why: `Not mapped: no page table entry of ${words} leads to it.` };
  }
  const others = found.length - 1;
  const more = others === 0 ? '' : ` ${others === MOST_MAPPINGS - 1 ? 'At least ' : ''}${others} more lead to it.`;
  return { value: first.iova, why: `Mapped in ${words}, ${permission(first.flags)}.${more}` };
}

/** @returns the physical address a function's address leads to. */
export function physicalOf(booted: BootedHardware, fn: number, iova: number): AddressName {
  const treatment = treatmentOf(booted, fn);
  if (treatment.kind === 'same') return { value: iova, why: treatment.why };
  if (treatment.kind === 'refused') return { value: undefined, why: treatment.why };
  const { context, words } = treatment;
  const page = walkerOf(booted).page(context.table, iova);
  if (page === undefined) return { value: undefined, why: `Not mapped: ${words} has nothing at ${addressText(iova)}.` };
  const pageBytes = pageBytesOf(page.level);
  return { value: page.address + (iova % pageBytes), why: `Mapped in ${words}, ${permission(page.flags)}.` };
}

function permission(flags: number): string {
  if (flags === PAGE_READ) return 'to be read only';
  return flags === PAGE_WRITE ? 'to be written only' : 'to be read and written';
}

function walkerOf({ hardware }: BootedHardware): PageWalker {
  return new PageWalker(hardware.hostMemory);
}

function treatmentOf(booted: BootedHardware, index: number): Treatment {
  const { hardware, view, names } = booted;
  const fn = at(view.functions, index);
  const { name } = at(names.functions, index);
  const { iommu } = hardware;
  if (iommu === undefined) return { kind: 'same', why: 'The IOMMU is off: devices use bus addresses.' };
  const rootTable = iommu.rootTable(fn.segment);
  if (rootTable === undefined) {
    return { kind: 'same', why: 'Software has not given the IOMMU any tables: addresses pass unchanged.' };
  }
  const requester = requesterOf(booted, fn);
  const context = walkerOf(booted).context(rootTable, requester);
  if (context === undefined) {
    const why = `The IOMMU has no context for ${name} (requester ${bdfText(requester)}): it refuses its requests.`;
    return { kind: 'refused', why };
  }
  const words = `IOMMU domain ${context.domain}`;
  if (context.type === TRANSLATION_TYPE.passThrough) {
    return { kind: 'same', why: `${words} passes ${name} through: its addresses are physical.` };
  }
  return { kind: 'translated', context, words: `${words} of ${name}` };
}

/** The requester ID its requests carry at the root complex: bridges to conventional PCI put in their own. */
function requesterOf({ view }: BootedHardware, fn: HostFunction): Bdf {
  let requester = fn.bdf;
  for (let bridge = fn.upstreamBridge; bridge !== undefined;) {
    const above = at(view.functions, bridge);
    const takesOver = above.kind === 'pcieToPciBridge' || above.kind === 'pciBridge';
    if (takesOver && above.buses !== undefined) requester = bdf(above.buses.secondary, 0, 0);
    bridge = above.upstreamBridge;
  }
  return requester;
}
