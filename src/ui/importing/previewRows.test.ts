import { describe, expect, it } from 'vitest';
import { defaultMachine } from '../../topology/presets/defaultMachine.ts';
import { previewRows } from './previewRows.ts';

const rowOf = (id: string, document = defaultMachine) => previewRows(document).find((row) => row.id === id);

describe('the preview of a machine', () => {
  it('has one row for each host bridge and function, parents first', () => {
    const rows = previewRows(defaultMachine);
    expect(rows).toHaveLength(defaultMachine.hostBridges.length + defaultMachine.functions.length);
    const place = new Map(rows.map((row, index) => [row.id, index]));
    for (const fn of defaultMachine.functions) expect(place.get(fn.parent)).toBeLessThan(place.get(fn.id) ?? -1);
    expect(rowOf('nic0')?.depth).toBe(4);
  });

  it('shows the link a device will train, with the lanes it leaves unused', () => {
    expect(rowOf('nic0')?.link).toEqual({ gen: 4, width: 8, maxWidth: 8 });
    const limited = {
      ...defaultMachine,
      functions: defaultMachine.functions.map((fn) =>
        fn.id === 'nic0' && fn.link !== undefined ? { ...fn, link: { ...fn.link, limitWidth: 4 as const } } : fn,
      ),
    };
    expect(rowOf('nic0', limited)?.link).toEqual({ gen: 4, width: 4, maxWidth: 8 });
    expect(rowOf('rp0')?.link).toBeUndefined();
  });

  it('marks what was assumed about one device, not what was assumed about all', () => {
    const all = defaultMachine.functions.map((fn) => fn.id);
    const assumption = (message: string, nodes: readonly string[]) => ({ code: 'X', message, reason: '', nodes });
    const document = {
      ...defaultMachine,
      assumptions: [
        assumption('General.', all),
        assumption('It is fast.', ['nic0']),
        assumption('It is new.', ['nic0']),
      ],
    };
    expect(rowOf('nic0', document)?.assumed).toBe('It is fast. It is new.');
    expect(rowOf('iopmem0', document)?.assumed).toBeUndefined();
  });
});
