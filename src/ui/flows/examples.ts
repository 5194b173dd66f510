/* Ready-made flows for a machine that has none. */
import { MIB } from '../../base/units.ts';
import type { DeviceModel } from '../../core/pcie/machineSpec.ts';
import type { FlowSpec, TopologyDocument } from '../../topology/document.ts';
import { devicesOf } from '../transfer/deviceRoles.ts';

export interface FlowExample {
  readonly title: string;
  readonly note: string;
  readonly flows: readonly FlowSpec[];
}

const BYTES = 16 * MIB;

/** Examples this machine has the devices for. */
export function examplesFor(document: TopologyDocument): readonly FlowExample[] {
  const devices = devicesOf(document);
  const ofType = (...types: readonly DeviceModel['type'][]) =>
    devices.filter((fn) => fn.model !== undefined && types.includes(fn.model.type));
  const [memory, second] = ofType('iopmem', 'gpu');
  const [starter] = ofType('nic', 'gpu', 'nvme').filter((fn) => fn.id !== memory?.id);
  const drive = ofType('nvme').find((fn) => fn.id !== starter?.id);
  const examples: FlowExample[] = [];
  const bounce = { chunkBytes: MIB, buffers: 2, completion: 'interrupt' } as const;
  if (starter !== undefined && memory !== undefined && drive !== undefined) {
    const target = second ?? memory;
    examples.push({
      title: `${starter.name}→${memory.name} and ${drive.name}→${target.name} at once`,
      note: 'Peer-to-peer below the switch beside a drive that goes through host memory.',
      flows: [
        {
          id: 'flow1',
          name: `${starter.name} to ${memory.name}`,
          start_ps: 0,
          work: { kind: 'transfer', way: 'p2p', from: starter.id, to: memory.id, bytes: BYTES, bounce },
        },
        {
          id: 'flow2',
          name: `${drive.name} to ${target.name}`,
          start_ps: 0,
          work: { kind: 'transfer', way: 'bounce', from: drive.id, to: target.id, bytes: BYTES / 4, bounce },
        },
      ],
    });
  }
  if (memory !== undefined) {
    examples.push({
      title: `CPU stores into ${memory.name}`,
      note: 'One core, write-combined and uncached, one after the other on the same link.',
      flows: [
        {
          id: 'flow1',
          name: 'Write-combined stores',
          start_ps: 0,
          work: { kind: 'cpu', operation: 'store', target: memory.id, mapping: 'WC', accessBytes: 64, bytes: MIB },
        },
        {
          id: 'flow2',
          name: 'Uncached stores',
          start_ps: 0,
          work: { kind: 'cpu', operation: 'store', target: memory.id, mapping: 'UC', accessBytes: 8, bytes: MIB / 16 },
        },
      ],
    });
  }
  return examples;
}
