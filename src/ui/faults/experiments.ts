/* Three things to try on any machine: a link that flips bits, a device that is pulled out, data that is poisoned. */
import { PS_PER_SECOND, PS_PER_US } from '../../base/units.ts';
import type { FaultSpec } from '../../core/pcie/faults.ts';
import type { FunctionSpec, NodeId } from '../../core/pcie/machineSpec.ts';
import { addPlannedFault } from '../../store/faultEdits.ts';
import type { TopologyDocument } from '../../topology/document.ts';
import { drivesLink } from '../../topology/documentIndex.ts';

export interface Experiment {
  readonly id: string;
  readonly label: string;
  readonly note: string;
  readonly fault: FaultSpec;
  /** The document with the fault in its plan. */
  readonly plan: (document: TopologyDocument) => TopologyDocument;
}

/** The drivers have started their devices by then. */
const BEGUN_PS = 30 * PS_PER_US;
/** Late enough to see a rate before it, however long the transfer is. */
const LATEST_PS = 300 * PS_PER_US;
/** Twice as fast as the fastest of these machines: half of the bytes at least are still to come. */
const BYTES_PER_SECOND = 60e9;

function timeFor(document: TopologyDocument): number {
  return Math.round(Math.min(LATEST_PS, BEGUN_PS + (document.transfer.bytes / BYTES_PER_SECOND) * PS_PER_SECOND));
}

/** About one TLP in five hundred of 256 B is hit. */
const RATE = 1e-6;

function planning(fault: FaultSpec): Pick<Experiment, 'fault' | 'plan'> {
  return { fault, plan: (document) => addPlannedFault(document, { at_ps: timeFor(document), fault }) };
}

/** The port above a device, if it hangs on a link. */
function portAbove(document: TopologyDocument, node: NodeId): FunctionSpec | undefined {
  const parent = document.functions.find((fn) => fn.id === node)?.parent;
  return document.functions.find((fn) => fn.id === parent && drivesLink(fn.kind));
}

/** What can be tried on this machine, with its own names. */
export function experimentsFor(document: TopologyDocument): readonly Experiment[] {
  const { from, to } = document.transfer;
  const name = (node: NodeId): string => document.functions.find((fn) => fn.id === node)?.name ?? node;
  const source = portAbove(document, from);
  const target = portAbove(document, to);
  const link = source ?? target;
  return [
    ...(link === undefined
      ? []
      : [
          {
            id: 'bitErrors',
            label: `Bit errors on ${name(source === undefined ? to : from)}’s link`,
            note: 'Watch the replays: every byte still arrives, later.',
            ...planning({
              kind: 'bitErrors',
              link: link.id,
              direction: source === undefined ? 'down' : 'up',
              rate: RATE,
            }),
          },
        ]),
    ...(target === undefined
      ? []
      : [
          {
            id: 'surpriseRemoval',
            label: `Pull ${name(to)} out mid-run`,
            note: 'The transfer cannot finish; see who notices, and that the machine goes on.',
            ...planning({ kind: 'surpriseRemoval', link: target.id }),
          },
        ]),
    {
      id: 'poison',
      label: `A poisoned write from ${name(from)}`,
      note: 'One write with EP = 1: forwarded by the switch, refused by its consumer, reported to the root.',
      ...planning({ kind: 'poison', node: from, what: 'writes', count: 1 }),
    },
  ];
}
