import { at } from '../../base/invariant.ts';
import { ok } from '../../base/result.ts';
import type { NodeId } from '../../core/pcie/machineSpec.ts';
import { capabilityOf } from '../../core/host/transfer/capabilities.ts';
import type { DeviceCapability } from '../../core/host/transfer/capabilities.ts';
import { pairMessages } from '../../core/host/p2pdma/messages.ts';
import { classifyPair } from '../../core/host/p2pdma/pair.ts';
import { VerdictDesk } from '../../engine/machine/verdicts.ts';
import { bootMachine } from '../boot.ts';
import type { BootedMachine } from '../boot.ts';
import type { Command } from '../command.ts';
import { EXIT, writeJson } from '../command.ts';
import { findFunction } from '../functionArgument.ts';
import { verdictText } from '../verdictText.ts';

export const why: Command = {
  name: 'why',
  summary: 'whether bytes can go from A to B peer-to-peer: what the kernel says, the IOMMU groups, the hardware',
  positionals: [
    { name: 'MACHINE', summary: 'a preset, a document, or a dump' },
    { name: 'A', summary: 'the function the bytes come from' },
    { name: 'B', summary: 'the function they go to' },
  ],
  options: [],
  details: [
    'Three layers, kept apart because users are bitten where they disagree: policy (what the kernel decides, step by step), isolation (IOMMU groups), physics (what this hardware does with a write and a read). Where they contradict each other it is said at the end.',
    'A masters the DMA (client) and writes into memory of B (provider). If it cannot, because A has no engine or B no memory, but B can read from A, then B is the client. The kernel’s decision is the same in both directions.',
  ],
  examples: ['peerlane why default nic0 iopmem0', 'peerlane why dump.txt 03:00.0 04:00.0 --json'],
  run: (args, io) => {
    const [machine = '', from = '', to = ''] = args.positionals;
    const booted = bootMachine(machine, io);
    if (!booted.ok) return booted;
    const { view, names } = booted.value;
    const a = findFunction(view, names, from, 'A');
    if (!a.ok) return a;
    const b = findFunction(view, names, to, 'B');
    if (!b.ok) return b;
    const pair = clientAndProvider(booted.value, a.value, b.value);
    const verdict = new VerdictDesk(booted.value.booted).verdict(pair);
    const kernelLog = pairMessages(view, classifyPair(view, pair.provider, pair.client), true);
    if (args.options.has('--json')) writeJson(io, { ...verdict, kernelLog });
    else io.write(verdictText(verdict, kernelLog, (node) => nameOf(booted.value, node)));
    return ok(EXIT.ok);
  },
};

/** A writes into B where A has an engine and B has memory; else B reads from A if it can; else as if A wrote. */
function clientAndProvider(
  machine: BootedMachine,
  a: number,
  b: number,
): { readonly provider: number; readonly client: number } {
  const of = (index: number): DeviceCapability | undefined => capability(machine, index);
  const hasMemory = (index: number): boolean => (of(index)?.window ?? of(index)?.buffer) !== undefined;
  const hasEngine = (index: number): boolean => of(index)?.engine !== undefined;
  const aWrites = hasEngine(a) && hasMemory(b);
  const bReads = hasEngine(b) && hasMemory(a);
  return bReads && !aWrites ? { provider: a, client: b } : { provider: b, client: a };
}

function capability({ document, names, view }: BootedMachine, index: number): DeviceCapability | undefined {
  const { id } = at(names.functions, index);
  const model = document.functions.find((fn) => fn.id === id)?.model;
  return model === undefined ? undefined : capabilityOf(at(view.functions, index), model);
}

function nameOf({ names }: BootedMachine, node: NodeId): string {
  return [...names.functions, ...names.hostBridges].find((row) => row.id === node)?.name ?? node;
}
