import { describe, expect, it } from 'vitest';
import { runCommandLine } from './main.ts';

function run(...words: string[]) {
  let out = '';
  let notes = '';
  const io = {
    write: (text: string) => {
      out += text;
    },
    note: (text: string) => {
      notes += text;
    },
    fileExists: () => false,
    readText: () => ({ ok: false, error: 'there are no files here' }) as const,
  };
  return { code: runCommandLine(['validate', ...words], io, '0.0.0'), out, notes };
}

describe('validate', () => {
  it('runs one point and says what it is worth', () => {
    const { code, out } = run('--only', 'latency-read-hit');
    expect(out).toMatch(/^latency-read-hit +inside +411\.\d ns +412\.0 ns .* validated$/m);
    expect(out).toMatch(/1 inside +0 missed +0 not run/);
    expect(code).toBe(0);
  });

  it('gives the same as JSON, with all that the document says', () => {
    const { code, out } = run('--only', 'R-g3x8-m256-q512-r64-a64-e0-s512', '--json');
    const { throughput, measurements } = JSON.parse(out);
    expect(measurements).toEqual([]);
    expect(throughput).toHaveLength(1);
    expect(throughput[0]).toMatchObject({ verdict: 'inside', reference: { low: 7_215_148_315 }, unit: 'B/s' });
    expect(code).toBe(0);
  });

  it('a miss whose reason is known is listed with it and is no failure', () => {
    const { code, out } = run('--only', 'pb-iotlb-bw64-wr');
    expect(out).toMatch(/^pb-iotlb-bw64-wr +missed .*the card reached 24\.3 Gb\/s/m);
    expect(code).toBe(0);
  });

  it('complains of an id that no point begins with', () => {
    const { code, notes } = run('--only', 'nothing-like-it');
    expect(code).toBe(2);
    expect(notes).toContain('nothing-like-it');
  });
});
