import { describe, expect, it } from 'vitest';
import { at } from '../base/invariant.ts';
import { defaultMachine } from '../topology/presets/defaultMachine.ts';
import { presets } from '../topology/presets/presets.ts';
import { addPlannedFault, editPlannedFault, removePlannedFault } from './faultEdits.ts';
import { FAULT_GROUPS, FAULT_ROWS, faultOf, faultRow, mending, placeOfFault, placesFor } from './faultTable.ts';

describe('the table of faults', () => {
  it('has every kind of the contract once', () => {
    const kinds = FAULT_ROWS.map((row) => row.kind);
    expect(new Set(kinds).size).toBe(kinds.length);
    // Compile-time: faultOf names every kind; here: no row is missing for one of them.
    expect(kinds).toHaveLength(21);
    for (const row of FAULT_ROWS) expect(FAULT_GROUPS).toContain(row.group);
  });

  it('makes a fault of its kind at the place that was chosen', () => {
    for (const row of FAULT_ROWS) {
      const fault = faultOf(row, { ...row.standard, node: 'x' });
      expect(fault.kind).toBe(row.kind);
      expect(placeOfFault(fault)).toBe('x');
    }
  });

  it('knows what takes a lasting fault back', () => {
    const errors = { kind: 'bitErrors', link: 'p', direction: 'up', rate: 1e-6 } as const;
    expect(mending(errors)?.fault).toEqual({ ...errors, rate: 0 });
    expect(mending({ ...errors, rate: 0 })).toBeUndefined();
    expect(mending({ kind: 'surpriseRemoval', link: 'p' })?.fault).toEqual({ kind: 'hotAdd', link: 'p' });
    expect(mending({ kind: 'linkDown', link: 'p' })?.fault).toEqual({ kind: 'linkUp', link: 'p' });
    expect(mending({ kind: 'hotReset', link: 'p' })).toBeUndefined();
  });

  it('offers places on every preset, links by the port above them', () => {
    for (const { document } of presets)
      for (const row of FAULT_ROWS) expect(placesFor(document, row).length, row.kind).toBeGreaterThan(0);
    expect(placesFor(defaultMachine, faultRow('linkDown')).map((fn) => fn.id)).toEqual([
      'rp0',
      'rp1',
      'sw0-p0',
      'sw0-p1',
      'sw0-p2',
    ]);
  });
});

describe('planned faults', () => {
  const down = { kind: 'linkDown', link: 'rp0' } as const;

  it('stay in order of time and go away without a trace', () => {
    const two = addPlannedFault(addPlannedFault(defaultMachine, { at_ps: 9, fault: down }), { at_ps: 3, fault: down });
    expect(two.faults?.map(({ at_ps }) => at_ps)).toEqual([3, 9]);
    const moved = editPlannedFault(two, 0, { at_ps: 20, fault: down });
    expect(moved.faults?.map(({ at_ps }) => at_ps)).toEqual([9, 20]);
    const none = removePlannedFault(removePlannedFault(moved, 0), 0);
    expect(none).not.toHaveProperty('faults');
    expect(none).toEqual(at([defaultMachine], 0));
  });
});
