import { describe, expect, it } from 'vitest';
import { presets } from '../../topology/presets/presets.ts';
import type { FunctionSpec } from '../../core/pcie/machineSpec.ts';
import type { TopologyDocument, TransferWay } from '../../topology/document.ts';
import { ALL_KINDS_NODES, allKinds } from './allKinds.testing.ts';
import { runJob, verdictOf } from './runs.testing.ts';

const WAYS: readonly TransferWay[] = ['p2p', 'bounce', 'copy'];
const DEVICE_KINDS = ['endpoint', 'rcEndpoint'];

/** `from way to: outcome` for every ordered pair that did not finish; refused ones with their code. */
function outcomes(
  nodes: readonly string[],
  run: (from: string, to: string, way: TransferWay) => string,
): readonly string[] {
  const lines: string[] = [];
  for (const from of nodes) {
    for (const to of nodes) {
      for (const way of WAYS) {
        const outcome = run(from, to, way);
        if (outcome !== 'finished') lines.push(`${from} ${way} ${to}: ${outcome}`);
      }
    }
  }
  return lines;
}

describe('every ordered pair of devices, every way', () => {
  it('of every kind finishes with all checks, or is refused with a reason', () => {
    const lines = outcomes(ALL_KINDS_NODES, (from, to, way) => {
      const report = runJob(allKinds, [from, to, way], { bytes: 9_001, chunkBytes: 4096 });
      return report.outcome === 'refused' ? `refused, ${report.reason}` : verdictOf(report);
    });
    const refused = lines.filter((line) => line.includes(': refused, '));
    expect(lines.filter((line) => !refused.includes(line))).toEqual([]);
    expect(refused.every((line) => line.length > 40)).toBe(true);
    const among = (...words: readonly string[]): readonly string[] =>
      refused.filter((line) => words.every((word) => line.includes(word)));
    // Nothing between two devices below one switch is refused, but what has no store, or no address to meet at.
    expect(among('nic0 p2p iopmem0')).toEqual([]);
    expect(among('iopmem0 p2p generic0')).toEqual([]);
    expect(among('nic0 p2p nvme0')).toEqual([]);
    expect(among('nvme0 p2p nic0')).toEqual([]);
    expect(among('nic0 p2p nvme1')[0]).toContain('neither has memory the other could address');
    expect(among('nic1 p2p iopmem0')[0]).toContain('not on its whitelist');
    expect(among('dma1 bounce iopmem0')[0]).toContain('it has none of its own');
    expect(among('host bounce iopmem0')[0]).toContain('host memory already');
    const staged = refused.filter((line) => / (bounce|copy) /.test(line));
    expect(staged.filter((line) => !/^(\w+) \w+ \1:|dma1|host/.test(line))).toEqual([]);
  }, 120_000);

  it('of every kind finishes behind a translating IOMMU, whatever the kernel says of peers', () => {
    const document = { ...allKinds, host: { ...allKinds.host, iommu: 'translate' as const } };
    const lines = outcomes(ALL_KINDS_NODES, (from, to, way) => {
      const report = runJob(document, [from, to, way], { bytes: 9_001, chunkBytes: 4096, force: true });
      return report.outcome === 'refused' ? 'finished' : verdictOf(report);
    });
    expect(lines).toEqual([]);
  }, 120_000);

  /** Every pair of a machine's devices, forced, one job at a time: flows of a measurement would run beside each. */
  const forced = (document: TopologyDocument): readonly string[] => {
    const alone = { ...document, flows: [], faults: [] };
    const nodes = document.functions.filter((fn) => DEVICE_KINDS.includes(fn.kind)).map((fn) => fn.id);
    return outcomes(nodes, (from, to, way) => {
      const report = runJob(alone, [from, to, way], { bytes: 5_003, chunkBytes: 4096, force: true });
      return report.outcome === 'refused' ? 'finished' : verdictOf(report);
    });
  };

  // Root complexes that lose or damage peer traffic, and ports that stop it, are there to fail.
  const stops = ({ acs }: FunctionSpec): boolean => (acs?.egressVector ?? 0) !== 0;
  const forwarding = presets.filter(
    ({ document }) =>
      !document.functions.some(stops) &&
      document.hostBridges.every(({ peerToPeer }) =>
        [peerToPeer?.write, peerToPeer?.read].every((policy) => policy === undefined || policy === 'forward'),
      ),
  );
  // Many presets are one machine with other flows or another transfer.
  const hardware = ({ host, hostBridges, functions, start, windowRule }: TopologyDocument): string =>
    JSON.stringify({ host, hostBridges, functions, start, windowRule }, (key, value: unknown) =>
      key === 'name' ? undefined : value,
    );
  const machines = new Map(forwarding.toReversed().map((preset) => [hardware(preset.document), preset]));

  it('of a switch with egress control finishes but for the pair its vector names', () => {
    const document = presets.find(({ id }) => id === 'acs-egress-control')?.document;
    const lines = document === undefined ? [] : forced(document);
    expect(lines.map((line) => line.split(':')[0])).toEqual(['iopmem0 p2p nic0', 'nic0 p2p iopmem0']);
  }, 120_000);

  it.each([...machines.values()].toReversed().map((preset) => [preset.id, preset.document] as const))(
    'of preset %s',
    (_, document) => expect(forced(document)).toEqual([]),
    120_000,
  );
});
