/*
 * A dump is imported, the machine is built and enumerated in firmware mode, and its registers are printed:
 * the text must be the dump again. Everything is compared, not only the registers of the tables: what the model
 * does not know it must leave alone.
 */
import { describe, expect, test } from 'vitest';
import { boot } from '../../tests/support/boot.ts';
import { sample } from '../../tests/support/samples.ts';
import { sharedFile, sharedFolder, skipWithoutShared } from '../../tests/support/shared.ts';
import { lspciDump } from '../core/config/lspciText.ts';
import { segmentBdfText } from '../core/pcie/bdf.ts';
import type { TopologyDocument } from '../topology/document.ts';
import { importText } from './importText.ts';

const absent = skipWithoutShared('dumps that print back');
const QEMU = sharedFolder('fixtures/qemu').filter(
  (name) => sharedFile(`fixtures/qemu/${name}/lspci-xxxx.txt`) !== undefined,
);
const HARDWARE = [
  'hwloc/2pa-pcidomain32bits/lspci-x.txt',
  'hwloc/32intel64-2p8co2t+8ve/lspci-x.txt',
  'hwloc/40intel64-2g2n4c+pcilocality/lspci-x.txt',
  ...sharedFolder('fixtures/hardware/pciutils')
    .filter((name) => !/lspci-(?:tv|pp)/.test(name))
    .map((name) => `pciutils/${name}`),
];
const TEXTS = [
  ...QEMU.map((name) => `qemu/${name}/lspci-vvv.txt`),
  'hardware/hwloc/2pa-pcidomain32bits/lspci-vvv.txt',
  'hardware/hwloc/32intel64-2p8co2t+8ve/lspci-vvv.txt',
  'hardware/hwloc/40intel64-2g2n4c+pcilocality/lspci-vvv.txt',
  'hardware/pciee/supermicro-4028gr-tvrt/lspci.vvv.txt',
  'hardware/pciee/thinkstation-p920/lspci.full.txt',
  'hardware/stelline/asus-esc8000a-e12/lspci-vvv-some.txt',
];

function imported(name: string, text: string): TopologyDocument {
  const result = importText([{ name, text }], { keepIdentifiers: true });
  if (!result.ok) throw new Error(result.error.map((problem) => problem.message).join('\n'));
  return result.value.document;
}

/** Rows of every function of a dump, without descriptions: `0000:03:00.0` → `00: 86 80 …`. */
function rowsOf(text: string): Map<string, string[]> {
  const functions = new Map<string, string[]>();
  let rows: string[] = [];
  for (const line of text.split('\n')) {
    const address = /^(?:([0-9a-f]{4,}):)?([0-9a-f]{2}:[0-9a-f]{2}\.[0-7])(?= |$)/.exec(line);
    if (address !== null) {
      rows = [];
      functions.set(`${address[1] ?? '0000'}:${address[2]}`, rows);
    } else if (/^[0-9a-f]{2,3}:(?: [0-9a-f]{2})+\s*$/.test(line)) rows.push(line.trimEnd());
  }
  return functions;
}

/** The machine's dump. Functions that a text left out and the import put in have no registers to compare. */
function printed(document: TopologyDocument): Map<string, string[]> {
  const machine = boot(document);
  const missing = new Set(
    document.assumptions
      .filter((assumption) => assumption.code === 'FUNCTION_MISSING' || assumption.code === 'BRIDGE_MISSING')
      .flatMap((assumption) => assumption.nodes),
  );
  const absentConfigs = new Set([...missing].map((id) => machine.configs.get(id)));
  return rowsOf(
    lspciDump(
      machine.view.functions.flatMap((fn) => {
        const config = machine.fabric.target(fn.segment, fn.bdf)?.config;
        if (config === undefined || absentConfigs.has(config)) return [];
        return [{ segment: fn.segment, bdf: fn.bdf, config, description: '' }];
      }),
    ),
  );
}

/** Bridges that pass on what nobody claims have no window for it: out of scope (enumeration reference, section 12). */
function isBelowSubtractiveBridge(document: TopologyDocument, place: string): boolean {
  const bus = parseInt(place.split(':').at(-2) ?? '', 16);
  return document.functions.some((fn) => fn.identity.classCode === 0x060401 && fn.firmware?.buses?.secondary === bus);
}

/**
 * The one exception: a 32-bit I/O window from 0 to fff. That is what the registers read when nobody has set them; the
 * kernel claims no window at 0 and closes it, so enumeration does (enumeration reference 6.1, X-9).
 */
function withUntouchedWindowsClosed(functions: Map<string, string[]>): Map<string, string[]> {
  return new Map(
    [...functions].map(([place, rows]) => {
      const isBridge = rows[0]?.slice(-5, -3) === '01' || rows[0]?.slice(-5, -3) === '81';
      const closed = rows.map((row) =>
        isBridge && row.startsWith('10:') ? row.replace(/^(10:(?: ..){12}) 01 01/, '$1 f1 01') : row,
      );
      return [place, closed];
    }),
  );
}

test('the small server prints back', () => {
  const dump = sample('small-server.xxxx.txt');
  expect(printed(imported('small-server', dump))).toEqual(rowsOf(dump));
});

describe.skipIf(absent)('a dump prints back', () => {
  test.each([...QEMU.map((name) => `qemu/${name}/lspci-xxxx.txt`), ...HARDWARE.map((name) => `hardware/${name}`)])(
    '%s',
    (path) => {
      const dump = sharedFile(`fixtures/${path}`) ?? '';
      expect(printed(imported(path, dump))).toEqual(withUntouchedWindowsClosed(rowsOf(dump)));
    },
  );
});

describe.skipIf(absent)('a text enumerates to what it says', () => {
  test.each(TEXTS)('%s', (path) => {
    const document = imported(path, sharedFile(`fixtures/${path}`) ?? '');
    const machine = boot(document);
    expect(machine.view.functions).toHaveLength(document.functions.length);
    // Optional room that hot-plug ports would like, and the text shows they did not get, is no contradiction.
    const surprises = machine.view.diagnostics.filter((diagnostic) => diagnostic.severity !== 'note');
    expect(surprises.filter((diagnostic) => !isBelowSubtractiveBridge(document, diagnostic.path))).toEqual([]);
    for (const fn of document.functions) {
      const config = machine.configs.get(fn.id);
      const found = machine.view.functions.find(
        (entry) => machine.fabric.target(entry.segment, entry.bdf)?.config === config,
      );
      expect([fn.id, found?.kind, found?.buses]).toEqual([fn.id, fn.kind, fn.firmware?.buses]);
      for (const bar of found?.bars ?? []) {
        if (found !== undefined && isBelowSubtractiveBridge(document, segmentBdfText(found.segment, found.bdf)))
          continue;
        const address = fn.firmware?.bars?.[bar.index];
        if (address !== undefined) expect([fn.id, bar.index, bar.address]).toEqual([fn.id, bar.index, address]);
      }
      const acs = found?.acs && { capability: found.acs.capability, control: found.acs.control };
      expect([fn.id, acs]).toEqual([fn.id, fn.acs]);
    }
  });
});

test('the small server keeps its addresses', () => {
  const machine = boot(imported('small-server', sample('small-server.vvv.txt')));
  expect(machine.view.diagnostics.filter((diagnostic) => diagnostic.severity !== 'note')).toEqual([]);
  const gpu = machine.view.functions.find((fn) => segmentBdfText(fn.segment, fn.bdf) === '0000:03:00.0');
  expect(gpu?.bars.map((bar) => [bar.index, bar.address, bar.sizeBytes])).toEqual([
    [0, 0xc0000000, 2 ** 24],
    [2, 0x40_0000_0000, 2 ** 34],
  ]);
});
