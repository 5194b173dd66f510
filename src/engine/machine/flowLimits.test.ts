/* Machines in which it is known what limits a flow, one for each kind of limit. */
import { describe, expect, it } from 'vitest';
import { KIB, MIB } from '../../base/units.ts';
import type { FlowReport, LimitKind } from '../../core/pcie/flowReport.ts';
import type { FunctionSpec } from '../../core/pcie/machineSpec.ts';
import type { FlowSpec, FlowWork, TopologyDocument } from '../../topology/document.ts';
import { allKinds } from './allKinds.testing.ts';
import { accessWork, flow, reportOf, runFlows, transferWork } from './flows.testing.ts';

function changed(id: string, change: Partial<FunctionSpec>): TopologyDocument {
  return { ...allKinds, functions: allKinds.functions.map((fn) => (fn.id === id ? { ...fn, ...change } : fn)) };
}

function hostWith(change: Partial<TopologyDocument['host']['memory']>): TopologyDocument {
  return { ...allKinds, host: { ...allKinds.host, memory: { ...allKinds.host.memory, ...change } } };
}

function limitOf(document: TopologyDocument, work: FlowWork, beside: readonly FlowSpec[] = []): FlowReport {
  const report = runFlows(document, [flow('one', work), ...beside]);
  const one = reportOf(report, 'one');
  expect(one).toMatchObject({ outcome: 'finished', reason: undefined });
  const sum = one.limits.reduce((all, { share }) => all + share, 0);
  expect(sum).toBeGreaterThan(0.9);
  expect(sum).toBeLessThan(1.02);
  return one;
}

function expectLimit(report: FlowReport, kind: LimitKind, text: RegExp, atLeast = 0.6): void {
  expect(report.limits[0]).toMatchObject({ kind, text: expect.stringMatching(text) });
  expect(report.limits[0]?.share).toBeGreaterThan(atLeast);
}

describe('the limit of a flow', () => {
  it('is the tags of a device that has few', () => {
    const document = changed('nic0', { model: { type: 'nic', wireBitsPerSecond: 200e9, tags: 4 } });
    expectLimit(limitOf(document, accessWork('nic0', 'host', { outstanding: 64 })), 'tags', /^tags of .*nic0/i);
    expectLimit(limitOf(document, transferWork('host', 'nic0')), 'tags', /^tags of/);
  });

  it('is the credits of a port with small buffers', () => {
    const posted = changed('iopmem0', { credits: { postedHeader: 64, postedData: 20 } });
    expectLimit(
      limitOf(posted, transferWork('gpu0', 'iopmem0', { bytes: MIB })),
      'credits',
      /^credits of 03:00\.0 posted data$/,
    );
    const headers = changed('iopmem0', { credits: { postedHeader: 1 } });
    expectLimit(
      limitOf(headers, transferWork('gpu0', 'iopmem0', { bytes: MIB })),
      'credits',
      /^credits of 03:00\.0 posted header$/,
    );
  });

  it('is the credits of a port that takes one read at a time', () => {
    const document = changed('iopmem0', { credits: { nonPostedHeader: 1 } });
    const work = accessWork('gpu0', 'iopmem0', { outstanding: 64, operationBytes: 64 });
    expectLimit(limitOf(document, work), 'credits', /^credits of 03:00\.0 non-posted header$/);
  });

  it('is the wire of a narrow link, for writes and for reads', () => {
    expectLimit(
      limitOf(allKinds, transferWork('gpu0', 'iopmem0', { bytes: 4 * MIB })),
      'wire',
      /^wire of 02:00\.0 down$/,
    );
    expectLimit(
      limitOf(allKinds, accessWork('gpu0', 'nvme0', { outstanding: 256, operations: 4000 })),
      'wire',
      /^wire of 02:02\.0 up$/,
    );
  });

  it('is the uplink where two flows meet there', () => {
    const narrow = {
      ...allKinds,
      functions: allKinds.functions.map((fn) =>
        fn.id === 'rp0' ? { ...fn, link: { ...fn.link, maxGen: 4, maxWidth: 8 } satisfies FunctionSpec['link'] } : fn,
      ),
    };
    const other = flow('two', transferWork('gpu0', 'host', { bytes: 4 * MIB }));
    const one = limitOf(narrow, transferWork('nic0', 'host', { bytes: 2 * MIB }), [other]);
    expectLimit(one, 'wire', /^uplink wire 00:01\.0 up$/);
  });

  it('is DRAM where one slow channel takes a bounce', () => {
    const document = hostWith({ channels: 1, channelBytesPerSecond: 6e9 });
    const work = transferWork('gpu0', 'nic1', { way: 'bounce', bytes: 2 * MIB, chunkBytes: 256 * KIB, buffers: 2 });
    expectLimit(limitOf(document, work), 'memory', /^DRAM$/);
  });

  it('is the root complex where it caps peer traffic', () => {
    const document = {
      ...allKinds,
      hostBridges: allKinds.hostBridges.map((bridge) => ({
        ...bridge,
        peerToPeer: { write: 'forward', read: 'forward', capBytesPerSecond: 3e9 } as const,
      })),
    };
    const work = transferWork('gpu0', 'iopmem1', { bytes: MIB, force: true });
    expectLimit(limitOf(document, work), 'rootComplex', /^root-complex cap of pcie0$/);
  });

  it('is the device where its wire or media is slower than the bus', () => {
    const document = changed('nic0', { model: { type: 'nic', wireBitsPerSecond: 25e9 } });
    expectLimit(limitOf(document, transferWork('nic0', 'host', { bytes: MIB })), 'device', /^network wire of/, 0.9);
    expectLimit(limitOf(allKinds, transferWork('host', 'nvme1', { bytes: 8 * MIB })), 'device', /nvme1/i, 0.8);
  });

  it('is software where chunks are small and there is one buffer', () => {
    const work = transferWork('gpu0', 'nic1', { way: 'bounce', chunkBytes: 4 * KIB, buffers: 1 });
    expectLimit(limitOf(allKinds, work), 'software', /^software/, 0.5);
  });

  it('is the IOMMU where every access misses its cache', () => {
    const document: TopologyDocument = {
      ...allKinds,
      host: {
        ...allKinds.host,
        iommu: 'translate',
        iommuParameters: { iotlbEntries: 16, walks: 1, missLatency_ps: 500_000, pageBytes: 4096 },
      },
    };
    const work = accessWork('nic0', 'host', {
      pattern: 'random',
      operationBytes: 64,
      windowBytes: 16 * MIB,
      outstanding: 64,
    });
    expectLimit(limitOf(document, work), 'iommu', /IOMMU/);
  });

  it('is the core that waits for each load', () => {
    const work = {
      kind: 'cpu',
      operation: 'load',
      target: 'iopmem0',
      mapping: 'UC',
      accessBytes: 8,
      bytes: 2 * KIB,
    } as const;
    expectLimit(limitOf(allKinds, work), 'cpu', /^loads of one core$/, 0.95);
  });
});
