import { describe, expect, it } from 'vitest';
import { rowsAsCsv, rowsAsJson, type ExportedRow } from './exportRows.ts';

const ROW: ExportedRow = {
  serial: 7,
  start_ps: 3_200_418_000,
  end_ps: 3_200_436_000,
  type: 'MWr',
  link: 'a "fast", link',
  requester: '04:00.0',
  tag: 0,
  address: '0x4002b3e600',
  lengthBytes: 256,
  status: 'posted',
  flow: 'P2P',
};

describe('exported rows', () => {
  it('are quoted where a comma or a quotation mark needs it', () => {
    expect(rowsAsCsv([ROW])).toBe(
      'serial,start_ps,end_ps,type,link,requester,tag,address,lengthBytes,status,flow\r\n' +
        '7,3200418000,3200436000,MWr,"a ""fast"", link",04:00.0,0,0x4002b3e600,256,posted,P2P\r\n',
    );
    expect(rowsAsCsv([])).toBe('');
  });

  it('come back from JSON as they were', () => {
    expect(JSON.parse(rowsAsJson([ROW]))).toEqual([ROW]);
  });
});
