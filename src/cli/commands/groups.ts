import { at } from '../../base/invariant.ts';
import { ok } from '../../base/result.ts';
import { iommuGroups } from '../../core/host/iommu/groups.ts';
import { bdfTextOf } from '../../core/host/p2pdma/hostBridgeBelief.ts';
import type { Command } from '../command.ts';
import { EXIT, writeJson } from '../command.ts';
import { bootMachine } from '../boot.ts';

export const groups: Command = {
  name: 'groups',
  summary: 'IOMMU groups as the kernel forms them, and where they are known to say too little',
  positionals: [{ name: 'MACHINE', summary: 'a preset, a document, or a dump' }],
  options: [],
  details: [
    'One group a paragraph, with its functions. Groups exist only where an IOMMU is active (translating or in pass-through mode). Their numbers mean nothing: the order is the one in which they are formed.',
    'ACS registers count as they are after boot: of a dump, as they stand there.',
  ],
  examples: ['peerlane groups default', 'lspci -vvv -xxxx | peerlane groups - --json'],
  run: (args, io) => {
    const booted = bootMachine(args.positionals[0] ?? '', io);
    if (!booted.ok) return booted;
    const { view, names } = booted.value;
    const found = iommuGroups(view);
    const place = (index: number): string => bdfTextOf(at(view.functions, index));
    if (args.options.has('--json')) {
      writeJson(io, {
        active: found.active,
        groups: found.groups.map((members) => members.map(place)),
        inaccuracies: found.inaccuracies.map(({ rule, functions, sentence }) => ({
          rule,
          functions: functions.map(place),
          sentence,
        })),
      });
      return ok(EXIT.ok);
    }
    if (!found.active) {
      io.write('No IOMMU is active, so there are no groups.\n');
      return ok(EXIT.ok);
    }
    for (const [number, members] of found.groups.entries()) {
      io.write(`IOMMU group ${number}:\n`);
      for (const index of members) io.write(`  ${place(index)} ${at(names.functions, index).name}\n`);
    }
    for (const { rule, sentence } of found.inaccuracies) io.write(`\n${rule}: ${sentence}\n`);
    return ok(EXIT.ok);
  },
};
