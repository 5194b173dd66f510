import { describe, expect, test } from 'vitest';
import { ACS_BITS } from '../../core/pcie/acs.ts';
import { parseDocument } from '../parseDocument.ts';
import { serializeDocument } from '../serializeDocument.ts';
import { validateDocument } from '../validate.ts';
import { findPreset, presets } from './presets.ts';

describe.each(presets.map((preset) => [preset.id, preset] as const))('preset %s', (id, preset) => {
  test('is a valid document without warnings', () => {
    const surprises = validateDocument(preset.document).filter((diagnostic) => diagnostic.severity !== 'note');
    expect(surprises).toEqual([]);
    expect(parseDocument(serializeDocument(preset.document))).toEqual({ ok: true, value: preset.document });
  });

  test('has an id that a command line and a link can carry, and words for a menu', () => {
    expect(id).toMatch(/^[a-z0-9-]+$/);
    expect(preset.title.length).toBeGreaterThan(0);
    expect(preset.description).not.toContain('\n');
  });
});

test('ids of presets are unique and the page opens with the default machine', () => {
  expect(new Set(presets.map((preset) => preset.id)).size).toBe(presets.length);
  expect(presets[0]?.id).toBe('default');
  expect(findPreset('nothing')).toBeUndefined();
});

test('with the IOMMU on the ports offer redirect, and leave it to Linux to set it', () => {
  const document = findPreset('acs-redirect')?.document;
  const ports = document?.functions.filter((fn) => fn.kind === 'downstreamPort') ?? [];
  expect(document?.host.iommu).toBe('translate');
  expect(ports).toHaveLength(4);
  for (const port of ports) {
    expect((port.acs?.capability ?? 0) & ACS_BITS.p2pRequestRedirect).not.toBe(0);
    expect(port.acs?.control).toBe(0);
  }
});

test('egress control is offered by every port of the switch, set at one of them, against one peer', () => {
  const document = findPreset('acs-egress-control')?.document;
  const ports = document?.functions.filter((fn) => fn.kind === 'downstreamPort') ?? [];
  expect(ports).toHaveLength(4);
  for (const port of ports) expect((port.acs?.capability ?? 0) & ACS_BITS.p2pEgressControl).not.toBe(0);
  const set = ports.filter((port) => port.acs?.control !== 0);
  expect(set.map(({ id, acs }) => [id, acs?.control, acs?.egressVector])).toEqual([
    ['sw0-p1', ACS_BITS.p2pEgressControl, 0b1],
  ]);
});

test('all ports of one switch share a serial number, and no two devices do', () => {
  for (const preset of presets) {
    const owners = new Map<string, Set<string>>();
    for (const fn of preset.document.functions) {
      if (fn.serialNumber === undefined) continue;
      const device = fn.kind === 'downstreamPort' ? fn.parent : fn.id;
      owners.set(fn.serialNumber, (owners.get(fn.serialNumber) ?? new Set()).add(device));
    }
    for (const devices of owners.values()) expect(devices.size).toBe(1);
  }
});
