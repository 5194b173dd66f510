import { describe, expect, it } from 'vitest';
import { at } from '../base/invariant.ts';
import type { FunctionSpec } from '../core/pcie/machineSpec.ts';
import type { PeerVerdict } from '../core/pcie/verdict.ts';
import type { TopologyDocument } from '../topology/document.ts';
import { defaultMachine } from '../topology/presets/defaultMachine.ts';
import { fixesFor } from './edits.ts';
import {
  addAcsEntry,
  addKernelWord,
  bootWithoutRedirect,
  entryFor,
  entryProblem,
  kernelRows,
  matchesFunction,
  removeKernelRow,
  wordProblem,
} from './kernelWords.ts';

const BDFS: Readonly<Record<string, string>> = {
  rp0: '0000:00:01.0',
  sw0: '0000:01:00.0',
  'sw0-p0': '0000:02:00.0',
  'sw0-p1': '0000:02:01.0',
};
const bdfOf = (node: string): string | undefined => BDFS[node];

function booted(...kernelParameters: readonly string[]): TopologyDocument {
  return { ...defaultMachine, host: { ...defaultMachine.host, iommu: 'translate', kernelParameters } };
}

function port(id: string): FunctionSpec {
  return at(
    defaultMachine.functions.filter((fn) => fn.id === id),
    0,
  );
}

describe('the kernel command line', () => {
  it('is shown device by device and other words as they are', () => {
    const rows = kernelRows(['quiet pci=realloc,disable_acs_redir=02:00.0;02:01.0', 'iommu=pt']);
    expect(rows.map((row) => [row.option, row.text])).toEqual([
      [undefined, 'quiet'],
      [undefined, 'pci=realloc'],
      ['disable_acs_redir', '02:00.0'],
      ['disable_acs_redir', '02:01.0'],
      [undefined, 'iommu=pt'],
    ]);
  });

  it('loses one device of several, or the option with the last', () => {
    const document = booted('pci=disable_acs_redir=02:00.0;02:01.0');
    const once = removeKernelRow(document, at(kernelRows(document.host.kernelParameters ?? []), 0));
    expect(once.host.kernelParameters).toEqual(['pci=disable_acs_redir=02:01.0']);
    const twice = removeKernelRow(once, at(kernelRows(once.host.kernelParameters ?? []), 0));
    expect(twice.host).not.toHaveProperty('kernelParameters');
  });

  it('joins devices in one option, because of several the kernel uses the last', () => {
    const document = addAcsEntry(booted('pci=disable_acs_redir=02:00.0'), 'disable_acs_redir', '02:01.0');
    expect(document.host.kernelParameters).toEqual(['pci=disable_acs_redir=02:00.0;02:01.0']);
    expect(addAcsEntry(document, 'disable_acs_redir', '02:01.0')).toBe(document);
  });

  it('puts an entry for one function before those for many, because the first match ends the search (A-6)', () => {
    const document = addAcsEntry(booted('pci=config_acs=x@pci:0:0'), 'config_acs', 'x0x00xx@0000:02:00.0');
    expect(document.host.kernelParameters).toEqual(['pci=config_acs=x0x00xx@0000:02:00.0;x@pci:0:0']);
    expect(entryFor(document, bdfOf, port('sw0-p0'), 'config_acs')).toBe('x0x00xx@0000:02:00.0');
    expect(entryFor(document, bdfOf, port('sw0-p1'), 'config_acs')).toBe('x@pci:0:0');
  });

  it('takes a word once', () => {
    const document = addKernelWord(booted('iommu=pt'), 'iommu=pt');
    expect(document.host.kernelParameters).toEqual(['iommu=pt']);
  });
});

describe('a device on the command line (A-6)', () => {
  it.each([
    ['0000:02:01.0', true],
    ['02:01.0', true],
    ['2:1.0', true],
    ['02:00.0', false],
    ['0001:02:01.0', false],
    ['00:01.0/00.0/01.0', true],
    ['01:00.0/01.0', true],
    ['00:02.0/00.0/01.0', false],
    ['pci:0:0', true],
    ['pci:ffff:0', false],
  ])('%s names the second port of the switch: %s', (text, expected) => {
    expect(matchesFunction(defaultMachine, bdfOf, port('sw0-p1'), text)).toBe(expected);
  });

  it.each([
    ['disable_acs_redir', '0000:02:01.0', undefined],
    ['disable_acs_redir', '02:01.0/00.0', undefined],
    ['disable_acs_redir', 'pci:8086:09a2', undefined],
    ['disable_acs_redir', '', 'missing'],
    ['disable_acs_redir', '02:01.0,02:02.0', 'comma'],
    ['disable_acs_redir', '02:01', 'dev.fn'],
    ['disable_acs_redir', '02:01.0/zz', 'path'],
    ['disable_acs_redir', 'pci:8086', 'vendor and device'],
    ['config_acs', 'x0x@02:01.0', undefined],
    ['config_acs', '02:01.0', 'flags@device'],
    ['config_acs', '@02:01.0', 'missing before'],
    ['config_acs', '2@02:01.0', 'characters 0, 1 and x'],
    ['config_acs', 'xxxxxxxx@02:01.0', 'seven flags'],
  ] as const)('%s=%s is judged as it is typed', (option, text, words) => {
    const problem = entryProblem(option, text);
    if (words === undefined) expect(problem).toBeUndefined();
    else expect(problem).toContain(words);
  });

  it('warns of words that do not do what people hope (A-8)', () => {
    expect(wordProblem('pci=noacs')).toContain('no pci=noacs');
    expect(wordProblem('pcie_acs_override=downstream')).toContain('pretends');
    expect(wordProblem('iommu=pt')).toBeUndefined();
    expect(wordProblem('pci=disable_acs_redir=zz')).toContain('dev.fn');
  });
});

describe('booting a port without redirect', () => {
  it('takes an entry of config_acs for this port away, which would have the last word (A-5)', () => {
    const document = booted('pci=config_acs=xx1xx@0000:02:00.0;xx1xx@00:01.0/00.0/01.0');
    const edited = bootWithoutRedirect(document, bdfOf, port('sw0-p1'));
    expect(edited.host.kernelParameters).toEqual([
      'pci=config_acs=xx1xx@0000:02:00.0',
      'pci=disable_acs_redir=0000:02:01.0',
    ]);
  });

  it('makes an exception where config_acs names many', () => {
    const edited = bootWithoutRedirect(booted('pci=config_acs=x@pci:0:0'), bdfOf, port('sw0-p1'));
    expect(edited.host.kernelParameters).toEqual(['pci=config_acs=x0x00xx@0000:02:01.0;x@pci:0:0']);
  });

  it('is what the fix of a verdict does', () => {
    const verdict: Partial<PeerVerdict> = {
      commonBridge: 'sw0',
      kernelParameter: 'pci=disable_acs_redir=0000:02:01.0',
      redirectors: [{ node: 'sw0-p1', bdf: '0000:02:01.0', acsControl: 0x1d, registerOffset: 0x14e }],
    };
    const [fix] = fixesFor(booted('pci=config_acs=x@pci:0:0'), verdict as PeerVerdict);
    expect(fix?.document.host.kernelParameters).toEqual(['pci=config_acs=x0x00xx@0000:02:01.0;x@pci:0:0']);
  });
});
