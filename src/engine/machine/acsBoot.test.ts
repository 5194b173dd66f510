/*
 * What software writes into ACS at boot, and where TLPs go afterwards (semantics reference 3.3).
 *
 *   rp0 ── sw ┬ sw.0 ── a
 *             └ sw.1 ── b
 */
import { describe, expect, it } from 'vitest';
import { enumerate, enumerateOptionsOf, runAtBoot } from '../../core/host/enumerate.ts';
import { Paths, runFor } from '../../core/models/machineChecks.testing.ts';
import {
  builtMachine,
  device,
  machineSpec,
  PATTERN,
  switchOf,
  TestFunction,
} from '../../core/models/machines.testing.ts';
import type { HostSpec, LinkEndSpec } from '../../core/pcie/machineSpec.ts';
import { FLOW } from '../../core/pcie/tlp.ts';

const X8: LinkEndSpec = { maxGen: 4, maxWidth: 8 };

interface Boot {
  readonly iommu?: HostSpec['iommu'];
  readonly kernelParameters?: readonly string[];
  /** Control bits of the port above a, as firmware left them. */
  readonly firmware?: number;
}

/** Boots the machine, then a writes to b. @returns the links the write took. */
function writeAfter({ iommu = 'off', kernelParameters = [], firmware = 0 }: Boot): readonly string[] {
  const below = switchOf('sw', X8, [
    { link: X8, below: device('a', X8), acsControl: firmware },
    { link: X8, below: device('b', X8), acsControl: 0 },
  ]);
  const machine = { ports: [{ link: X8, below, acsControl: 0 }] };
  const spec = machineSpec(machine);
  const paths = new Paths();
  const hardware = builtMachine(machine, paths);
  const [a, b] = [new TestFunction(hardware, 'a'), new TestFunction(hardware, 'b')];
  const options = enumerateOptionsOf({ ...spec, host: { ...spec.host, iommu } });
  runAtBoot(enumerate({ ...options, kernelParameters }), hardware.configFabric);
  a.port.write(b.base, 64, PATTERN, 0, FLOW.p2p);
  runFor(hardware);
  return paths.take(hardware);
}

const DIRECT = ['MWr sw.0^', 'MWr sw.1v'];
const REDIRECTED = ['MWr sw.0^', 'MWr rp0^', 'MWr rp0v', 'MWr sw.1v'];
const REDIRECT = 0x04;

describe('after boot', () => {
  it('A-3: with the IOMMU off, ports do what firmware left', () => {
    expect(writeAfter({})).toEqual(DIRECT);
    expect(writeAfter({ firmware: REDIRECT })).toEqual(REDIRECTED);
  });

  it.each(['passThrough', 'translate'] as const)('A-1, A-2: with the IOMMU %s, ports redirect', (iommu) => {
    expect(writeAfter({ iommu })).toEqual(REDIRECTED);
  });

  it('A-4: disable_acs_redir on the requester’s port keeps its requests below the switch', () => {
    const kernelParameters = ['pci=disable_acs_redir=0000:02:00.0'];
    expect(writeAfter({ iommu: 'passThrough', kernelParameters })).toEqual(DIRECT);
    expect(writeAfter({ iommu: 'off', firmware: REDIRECT, kernelParameters })).toEqual(DIRECT);
  });

  it('A-4: on the other port it changes nothing for them', () => {
    const kernelParameters = ['pci=disable_acs_redir=0000:02:01.0'];
    expect(writeAfter({ iommu: 'passThrough', kernelParameters })).toEqual(REDIRECTED);
  });

  it('A-5: config_acs has the last word, bit by bit', () => {
    const other = ['pci=config_acs=xxx0xxx@0000:02:00.0'];
    expect(writeAfter({ iommu: 'off', firmware: REDIRECT, kernelParameters: other })).toEqual(REDIRECTED);
    const off = ['pci=config_acs=0xx@0000:02:00.0'];
    expect(writeAfter({ iommu: 'off', firmware: REDIRECT, kernelParameters: off })).toEqual(DIRECT);
    const on = ['pci=config_acs=1xx@0000:02:00.0'];
    expect(writeAfter({ iommu: 'off', kernelParameters: on })).toEqual(REDIRECTED);
    const both = ['pci=disable_acs_redir=0000:02:00.0', 'pci=config_acs=1xx@0000:02:00.0'];
    expect(writeAfter({ iommu: 'off', kernelParameters: both })).toEqual(REDIRECTED);
  });
});
