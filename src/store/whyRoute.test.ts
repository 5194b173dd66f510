import { describe, expect, it } from 'vitest';
import type { PeerPolicy } from '../core/pcie/machineSpec.ts';
import type { PeerVerdict } from '../core/pcie/verdict.ts';
import { createInProcessClient } from '../engine/inProcessClient.ts';
import type { TopologyDocument } from '../topology/document.ts';
import { findPreset } from '../topology/presets/presets.ts';
import { takenRoute } from './whyRoute.ts';

function preset(id: string): TopologyDocument {
  const document = findPreset(id)?.document;
  if (document === undefined) throw new Error(`no preset ${id}`);
  return document;
}

async function verdictOf(document: TopologyDocument): Promise<PeerVerdict> {
  const client = createInProcessClient();
  const { verdict } = await client.load(document, document.transfer, 'p2p', 1);
  client.dispose();
  if (verdict === undefined) throw new Error('no verdict');
  return verdict;
}

function rootComplex(policy: PeerPolicy): TopologyDocument {
  const document = preset('two-root-ports');
  return {
    ...document,
    hostBridges: document.hostBridges.map((bridge) => ({ ...bridge, peerToPeer: { write: policy, read: policy } })),
  };
}

describe('the way packets really take', () => {
  it('is the whole route where they arrive', async () => {
    const verdict = await verdictOf(rootComplex('forward'));
    expect(takenRoute(verdict, 'write')).toEqual({ hops: verdict.route.write, stop: undefined });
    expect(takenRoute(verdict, 'readData')).toEqual({ hops: verdict.route.readData, stop: undefined });
  });

  it('goes on where the bytes are damaged', async () => {
    expect(takenRoute(await verdictOf(rootComplex('corrupt')), 'write').stop).toBeUndefined();
  });

  it.each([
    ['unsupported', 'Stopped: dropped', 'Stopped: unsupported request'],
    ['drop', 'Stopped: dropped', 'Stopped: never answered'],
  ] as const)('ends in a root complex that does not forward: %s', async (policy, write, read) => {
    const verdict = await verdictOf(rootComplex(policy));
    const [host] = preset('two-root-ports').hostBridges;
    for (const [kind, words] of [
      ['write', write],
      ['readData', read],
    ] as const) {
      const { hops, stop } = takenRoute(verdict, kind);
      expect(stop).toMatchObject({ node: host?.id, words });
      expect(hops.at(-1)).toMatchObject({ node: host?.id, direction: 'inside' });
      expect(hops.length).toBeLessThan(verdict.route.write.length);
    }
  });

  it('ends at a port whose egress control forbids it', async () => {
    const verdict = await verdictOf(preset('acs-egress-control'));
    const { stop } = takenRoute(verdict, 'write');
    expect(stop).toMatchObject({ words: 'Stopped: ACS violation', node: verdict.route.writeEnd?.node });
  });
});
