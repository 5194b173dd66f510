/*
 * Words of the kernel command line that change what enumeration does.
 * Source: semantics reference A-4…A-6 and section 10; enumeration reference N-7, N-9, W-4, X-7.
 */
import type { MachineSpec } from '../pcie/machineSpec.ts';

export type PayloadPolicy = 'default' | 'tuneOff' | 'safe' | 'performance' | 'peerToPeer';

/** One `flags@device` of `config_acs=`: bits forced on and off, bit 0 = source validation. */
export interface AcsForce {
  readonly on: number;
  readonly off: number;
  readonly device: string;
}

export interface KernelParameters {
  readonly payloadPolicy: PayloadPolicy;
  /** Treat every bridge as unconfigured. */
  readonly assignBusses: boolean;
  /** Retry assignment with released windows. */
  readonly reallocate: boolean;
  /** Bus numbers of a hot-plug port, at least; default 1. */
  readonly hotPlugBusses: number;
  readonly hotPlugIoBytes: number;
  readonly hotPlugMemoryBytes: number;
  readonly hotPlugPrefetchableBytes: number;
  /** Device texts of `disable_acs_redir=`. */
  readonly disableAcsRedirect: readonly string[];
  readonly configureAcs: readonly AcsForce[];
}

const POLICIES: Readonly<Record<string, PayloadPolicy>> = {
  pcie_bus_tune_off: 'tuneOff',
  pcie_bus_safe: 'safe',
  pcie_bus_perf: 'performance',
  pcie_bus_peer2peer: 'peerToPeer',
};

const MIB = 1024 * 1024;

/** `2M`, `256`, `0x1000` as the kernel reads sizes; undefined if it is none. */
function sizeFrom(text: string): number | undefined {
  const match = /^(0x[0-9a-f]+|\d+)([kmg]?)$/i.exec(text);
  if (match === null) return undefined;
  const scale: Readonly<Record<string, number>> = { '': 1, k: 1024, m: MIB, g: 1024 * MIB };
  return Number(match[1]) * (scale[(match[2] ?? '').toLowerCase()] ?? 1);
}

/** Flags `0`, `1`, `x`, rightmost = bit 0. @returns undefined if there is another character. */
function acsForce(text: string): AcsForce | undefined {
  const match = /^([01x]*)@(.+)$/.exec(text);
  if (match === null) return undefined;
  const flags = (match[1] ?? '').split('');
  const bits = (wanted: string): number =>
    flags.reduce((sum, flag, i) => (flag === wanted ? sum | (1 << (flags.length - 1 - i)) : sum), 0);
  return { on: bits('1') & 0x7f, off: bits('0') & 0x7f, device: match[2] ?? '' };
}

/** Reads the `pci=` words of a command line; unknown ones are ignored, as the kernel only mentions them. */
export function parseKernelParameters(words: MachineSpec['host']['kernelParameters']): KernelParameters {
  const options = (words ?? [])
    .flatMap((word) => word.split(/\s+/))
    .filter((word) => word.startsWith('pci='))
    .flatMap((word) => word.slice('pci='.length).split(','));
  const valueOf = (name: string): string | undefined =>
    options
      .filter((option) => option.startsWith(`${name}=`))
      .at(-1)
      ?.slice(name.length + 1);
  const size = (name: string): number | undefined => {
    const value = valueOf(name);
    return value === undefined ? undefined : sizeFrom(value);
  };
  const listOf = (name: string): readonly string[] => (valueOf(name) ?? '').split(';').filter((entry) => entry !== '');
  const policy = options.filter((option) => option in POLICIES).at(-1);
  return {
    payloadPolicy: policy === undefined ? 'default' : (POLICIES[policy] ?? 'default'),
    assignBusses: options.includes('assign-busses'),
    reallocate: options.includes('realloc') || options.includes('realloc=on'),
    hotPlugBusses: Math.min(size('hpbussize') ?? 1, 255),
    hotPlugIoBytes: size('hpiosize') ?? 256,
    hotPlugMemoryBytes: size('hpmmiosize') ?? size('hpmemsize') ?? 2 * MIB,
    hotPlugPrefetchableBytes: size('hpmmioprefsize') ?? size('hpmemsize') ?? 2 * MIB,
    disableAcsRedirect: listOf('disable_acs_redir'),
    configureAcs: listOf('config_acs').flatMap((entry) => acsForce(entry) ?? []),
  };
}
