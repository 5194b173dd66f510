import { describe, expect, it } from 'vitest';
import { hex } from '../../base/bits.ts';
import { boot } from '../../../tests/support/boot.ts';
import type { BootedMachine } from '../../../tests/support/boot.ts';
import { goldenMachine, secondGoldenMachine } from '../../../tests/support/goldenMachines.ts';
import { lspciIsInstalled, runLspci } from '../../../tests/support/lspciProgram.ts';
import { lspciDump } from '../config/lspciText.ts';
import type { HostWindow } from './hostView.ts';

function dumpOf(machine: BootedMachine): string {
  return lspciDump(
    machine.view.functions.flatMap((entry) => {
      const target = machine.fabric.target(entry.segment, entry.bdf);
      return target === undefined
        ? []
        : [{ segment: entry.segment, bdf: entry.bdf, config: target.config, description: 'x' }];
    }),
  );
}

/** Lines of one function's dump. */
function linesOf(machine: BootedMachine, bdf: string, from: number, to: number): string {
  const block =
    dumpOf(machine)
      .split('\n\n')
      .find((text) => text.startsWith(`${bdf} `)) ?? '';
  return block
    .split('\n')
    .slice(1 + from / 16, 1 + to / 16)
    .join('\n');
}

const range = (window: HostWindow | undefined): string =>
  window === undefined ? '–' : `${address(window.base)}–${address(window.limit)}`;

function address(value: number): string {
  return value >= 2 ** 32 ? `${hex(Math.floor(value / 2 ** 32), 2)}_${hex(value % 2 ** 32, 8)}` : value.toString(16);
}

/** `pri/sec/sub  I/O  memory  prefetchable` of a bridge, as the reference's tables have it. */
function row(machine: BootedMachine, bdf: string): string {
  const entry = machine.at(bdf);
  const { primary = -1, secondary = -1, subordinate = -1 } = entry?.buses ?? {};
  const buses = [primary, secondary, subordinate].map((bus) => hex(bus, 2)).join('/');
  return `${buses} ${range(entry?.windows?.io)} ${range(entry?.windows?.memory)} ${range(entry?.windows?.prefetchable)}`;
}

function bars(machine: BootedMachine, bdf: string): Readonly<Record<number, string>> {
  return Object.fromEntries(
    (machine.at(bdf)?.bars ?? []).map((bar) => [bar.index, bar.address === undefined ? '–' : address(bar.address)]),
  );
}

describe('the first example of the reference', () => {
  const machine = boot(goldenMachine());

  it('has the numbers and windows of its table', () => {
    const rows = ['00:01.0', '00:02.0', '01:00.0', '02:00.0', '02:01.0', '02:02.0', '02:03.0'].map(
      (bdf) => `${bdf} ${row(machine, `0000:${bdf}`)}`,
    );
    expect(rows).toEqual([
      '00:01.0 00/01/06 1000–1fff c0000000–c02fffff 40_00000000–40_143fffff',
      '00:02.0 00/07/07 – – 40_16000000–40_17ffffff',
      '01:00.0 01/02/06 1000–1fff c0000000–c02fffff 40_00000000–40_143fffff',
      '02:00.0 02/03/03 – – 40_00000000–40_0fffffff',
      '02:01.0 02/04/04 – – 40_10000000–40_13ffffff',
      '02:02.0 02/05/05 – c0000000–c00fffff 40_14000000–40_141fffff',
      '02:03.0 02/06/06 1000–1fff c0100000–c02fffff 40_14200000–40_143fffff',
    ]);
    expect(machine.view.diagnostics).toEqual([]);
  });

  it('has the BARs of its table', () => {
    expect(bars(machine, '0000:03:00.0')).toEqual({ 4: '40_00000000' });
    expect(bars(machine, '0000:04:00.0')).toEqual({ 4: '40_10000000' });
    expect(bars(machine, '0000:05:00.0')).toEqual({ 0: 'c0000000', 4: '40_14000000' });
    expect(bars(machine, '0000:07:00.0')).toEqual({ 0: '40_16000000' });
  });

  it.each([
    [
      '00:01.0',
      0x00,
      0x40,
      `00: 36 1b 0c 00 07 00 10 00 00 00 04 06 10 00 01 00
10: 00 00 00 00 00 00 00 00 00 01 06 00 11 11 00 00
20: 00 c0 20 c0 01 00 31 14 40 00 00 00 40 00 00 00
30: 00 00 00 00 40 00 00 00 00 00 00 00 00 00 00 00`,
    ],
    [
      '00:02.0',
      0x00,
      0x40,
      `00: 36 1b 0c 00 06 00 10 00 00 00 04 06 10 00 01 00
10: 00 00 00 00 00 00 00 00 00 07 07 00 f1 01 00 00
20: f0 ff 00 00 01 16 f1 17 40 00 00 00 40 00 00 00
30: 00 00 00 00 40 00 00 00 00 00 00 00 00 00 00 00`,
    ],
    [
      '02:03.0',
      0x00,
      0x40,
      `00: f8 11 52 40 07 00 10 00 00 00 04 06 10 00 01 00
10: 00 00 00 00 00 00 00 00 02 06 06 00 11 11 00 00
20: 10 c0 20 c0 21 14 31 14 40 00 00 00 40 00 00 00
30: 00 00 00 00 40 00 00 00 00 00 00 00 00 00 00 00`,
    ],
    [
      '03:00.0',
      0x00,
      0x40,
      `00: f8 11 15 f1 06 00 10 00 02 02 80 01 10 00 00 00
10: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
20: 0c 00 00 00 40 00 00 00 00 00 00 00 f8 11 15 f1
30: 00 00 00 00 40 00 00 00 00 00 00 00 00 00 00 00`,
    ],
    [
      '05:00.0',
      0x10,
      0x30,
      `10: 04 00 00 c0 00 00 00 00 00 00 00 00 00 00 00 00
20: 0c 00 00 14 40 00 00 00 00 00 00 00 36 1b 10 00`,
    ],
  ])('%s reads the bytes of the reference', (bdf, from, to, expected) => {
    expect(linesOf(machine, bdf, from, to)).toBe(expected);
  });

  it('leaves device control at 291f everywhere', () => {
    const values = machine.view.functions.flatMap((entry) =>
      entry.pcieOffset === undefined ? [] : [machine.fabric.read(entry.segment, entry.bdf, entry.pcieOffset + 8, 2)],
    );
    expect(values).toEqual(Array.from({ length: 11 }, () => 0x291f));
  });
});

describe('the second example of the reference', () => {
  const machine = boot(secondGoldenMachine());

  it('has the numbers and windows of its table, on segment 1 from bus 40', () => {
    const rows = ['40:01.0', '41:00.0', '42:00.0', '42:01.0', '44:00.0'].map(
      (bdf) => `${bdf} ${row(machine, `0001:${bdf}`)}`,
    );
    expect(rows).toEqual([
      '40:01.0 40/41/45 1000–1fff c0000000–c02fffff 40_00000000–44_003fffff',
      '41:00.0 41/42/45 1000–1fff c0000000–c02fffff 40_00000000–44_003fffff',
      '42:00.0 42/43/43 – c0000000–c00fffff 40_00000000–44_003fffff',
      '42:01.0 42/44/45 1000–1fff c0100000–c02fffff –',
      '44:00.0 44/45/45 1000–1fff c0100000–c02fffff –',
    ]);
    expect(bars(machine, '0001:43:00.0')).toEqual({ 4: '40_00000000' });
    expect(bars(machine, '0001:43:00.1')).toEqual({ 0: 'c0000000', 4: '44_00000000' });
    expect(bars(machine, '0001:45:03.0')).toEqual({ 0: 'c0200000', 1: '1000' });
    expect(bars(machine, '0001:45:04.0')).toEqual({ 0: 'c0100000' });
    expect(machine.view.diagnostics).toEqual([]);
  });

  it("comes out the same when the kernel's own window sum is used", () => {
    for (const spec of [goldenMachine(), secondGoldenMachine()]) {
      expect(boot({ ...spec, windowRule: 'strict' }).view).toEqual(boot(spec).view);
    }
  });
});

describe.skipIf(!lspciIsInstalled)('the real decoder reading the first example', () => {
  const machine = boot(goldenMachine('translate'));
  // The NVMe driver has enabled MSI-X; the reference's counts are of a running machine.
  machine.configs.get('nvme0')?.write(0xd2, 2, 0x8000);
  const text = runLspci(dumpOf(machine), ['-vvv']);
  const tokens: readonly (readonly [number, RegExp])[] = [
    [1, /Bus: primary=00, secondary=01, subordinate=06, sec-latency=0/g],
    [3, /I\/O behind bridge: 00001000-00001fff \[size=4K\] \[32-bit\]/g],
    [4, /I\/O behind bridge: 0000f000-00000fff \[disabled\] \[32-bit\]/g],
    [2, /\tMemory behind bridge: c0000000-c02fffff \[size=3M\] \[32-bit\]/g],
    [3, /\tMemory behind bridge: fff00000-000fffff \[disabled\] \[32-bit\]/g],
    [2, /Prefetchable memory behind bridge: 0000004000000000-00000040143fffff \[size=324M\] \[64-bit\]/g],
    [1, /Region 4: Memory at 4000000000 \(64-bit, prefetchable\)/g],
    [1, /Region 0: Memory at c0000000 \(64-bit, non-prefetchable\)/g],
    [3, /Region 5: Memory at <unassigned> \(32-bit, non-prefetchable\)/g],
    [2, /Express \(v2\) Root Port \(Slot\+\)/g],
    [1, /Express \(v2\) Upstream Port/g],
    [4, /Express \(v2\) Downstream Port \(Slot\+\)/g],
    [4, /Express \(v2\) Endpoint/g],
    [11, /MaxPayload 128 bytes, MaxReadReq 512 bytes/g],
    [1, /LnkSta:\tSpeed 2\.5GT\/s, Width x0/g],
    [2, /ACSCap:\tSrcValid\+ TransBlk\+ ReqRedir\+ CmpltRedir\+ UpstreamFwd\+ EgressCtrl- DirectTrans-/g],
    [4, /ACSCap:\tSrcValid\+ TransBlk\+ ReqRedir\+ CmpltRedir\+ UpstreamFwd\+ EgressCtrl- DirectTrans\+/g],
    [6, /ACSCtl:\tSrcValid\+ TransBlk- ReqRedir\+ CmpltRedir\+ UpstreamFwd\+ EgressCtrl- DirectTrans-/g],
    [11, /UESvrt:\tDLP\+ SDES\+ TLP- FCP\+/g],
    [1, /BAR 4: current size: 64MB, supported: 1MB 2MB 4MB 8MB 16MB 32MB 64MB 128MB 256MB/g],
    [1, /MSI-X: Enable\+ Count=65/g],
    [1, /PASIDCap: Exec\+ Priv\+, Max PASID Width: 14/g],
  ];

  it.each(tokens)('%i times %s', (count, token) => {
    expect(text.match(token)?.length ?? 0).toBe(count);
  });

  it('finds nothing unknown or broken', () => {
    // Ports without indicators read 0 in their control field, which the decoder has no word for.
    expect(text.replace(/(Attn|Pwr)Ind Unknown/g, '')).not.toMatch(/Unknown|<chain|<access denied>|invalid|!!!/);
  });

  it('draws the tree of the reference', () => {
    expect(runLspci(dumpOf(machine), ['-t'])).toContain('01.0-[01-06]----00.0-[02-06]--+-00.0-[03]----00.0');
  });
});
