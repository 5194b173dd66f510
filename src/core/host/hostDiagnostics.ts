/*
 * What the kernel would log, in its own words, as diagnostics.
 */
import { hex } from '../../base/bits.ts';
import type { Diagnostic, Severity } from '../../base/diagnostic.ts';
import { segmentBdfText } from '../pcie/bdf.ts';
import type { FoundFunction, Resource } from './hostTree.ts';
import { RESOURCE_SLOT } from './hostTree.ts';

/** `0000:02:01.0`, as messages and paths name a function. */
export function functionPath(owner: FoundFunction): string {
  return segmentBdfText(owner.bus.segment, owner.bdf);
}

/** `BAR 4`, `ROM`, `VF BAR 0`, `bridge window`. */
export function resourceName(entry: Resource): string {
  if (entry.kind === 'window') return 'bridge window';
  if (entry.kind === 'rom') return 'ROM';
  return entry.kind === 'virtualBar' ? `VF BAR ${entry.slot - RESOURCE_SLOT.virtualBar}` : `BAR ${entry.slot}`;
}

function flagsText(entry: Resource): string {
  return `${entry.is64 && entry.space === 'memory' ? ' 64bit' : ''}${entry.prefetchable ? ' pref' : ''}`;
}

/** `[mem size 0x00100000 64bit pref]`, the kernel's print of a resource without address. */
export function sizeText(entry: Resource, sizeBytes: number): string {
  return entry.space === 'io'
    ? `[io  size 0x${hex(sizeBytes, 4)}]`
    : `[mem size 0x${hex(sizeBytes, 8)}${flagsText(entry)}]`;
}

/** `[mem 0xc0000000-0xc00fffff 64bit pref]`. */
export function rangeText(entry: Resource, base: number, limit: number): string {
  return entry.space === 'io'
    ? `[io  0x${hex(base, 4)}-0x${hex(limit, 4)}]`
    : `[mem 0x${hex(base, 8)}-0x${hex(limit, 8)}${flagsText(entry)}]`;
}

/** A line of the kernel's log about one function. */
export function logLine(
  code: string,
  severity: Severity,
  owner: FoundFunction,
  text: string,
  fix?: string,
): Diagnostic {
  const path = functionPath(owner);
  return { code, severity, path, message: `pci ${path}: ${text}`, ...(fix === undefined ? {} : { fix }) };
}
