import { at } from '../../base/invariant.ts';
import { Random } from '../../base/random.ts';
import { ok } from '../../base/result.ts';
import { distance, findProvider } from '../../core/host/p2pdma/distance.ts';
import { bdfTextOf } from '../../core/host/p2pdma/hostBridgeBelief.ts';
import { indexOfId } from '../../core/host/p2pdma/names.ts';
import { type PeerMemories, peerMemoriesAfterBoot } from '../../core/host/p2pdma/pool.ts';
import type { BootedMachine } from '../boot.ts';
import { bootMachine } from '../boot.ts';
import type { Command } from '../command.ts';
import { EXIT, writeJson } from '../command.ts';
import { findFunction } from '../functionArgument.ts';
import { readSeed } from '../seed.ts';
import { plainTable } from '../table.ts';

export const find: Command = {
  name: 'find',
  summary: 'the published peer memory that the kernel would choose for some clients',
  positionals: [
    { name: 'MACHINE', summary: 'a preset, a document, or a dump' },
    { name: 'CLIENT', summary: 'a function that will do the DMA; several must all reach the memory', many: true },
  ],
  options: [{ name: '--seed', value: 'N', summary: 'decides between memories at the same distance; default 1' }],
  details: [
    'Memory is published by iopmem devices, and by drives whose controller memory buffer begins and ends at multiples of 2 MiB. Of those that all clients reach the nearest wins, a tie is broken at random; the distance is the sum over the clients.',
  ],
  examples: ['peerlane find default nic0', 'peerlane find dump.txt 03:00.0 04:00.0 --json'],
  run: (args, io) => {
    const [machine = '', ...words] = args.positionals;
    const seed = readSeed(args);
    if (!seed.ok) return seed;
    const booted = bootMachine(machine, io);
    if (!booted.ok) return booted;
    const { view, names } = booted.value;
    const clients: { readonly pciFunction: number }[] = [];
    for (const word of words) {
      const client = findFunction(view, names, word, 'CLIENT');
      if (!client.ok) return client;
      clients.push({ pciFunction: client.value });
    }
    const { published } = publishedIn(booted.value);
    const rows = published.map((provider) => ({
      place: bdfTextOf(at(view.functions, provider)),
      id: at(names.functions, provider).id,
      name: at(names.functions, provider).name,
      distance: distance(view, provider, clients),
    }));
    const chosen = findProvider(view, published, clients, new Random(seed.value));
    const place = chosen === undefined ? undefined : bdfTextOf(at(view.functions, chosen));
    if (args.options.has('--json')) {
      writeJson(io, { chosen: place ?? null, published: rows });
    } else {
      const text = rows.map((row) => [
        row.place === place ? '>' : ' ',
        row.place,
        row.name,
        row.distance < 0 ? 'not supported' : `distance ${row.distance}`,
      ]);
      io.write(rows.length === 0 ? 'No function has published peer memory.\n' : plainTable(text));
      if (rows.length > 0 && place === undefined)
        io.write('The kernel would use system memory: no client set reaches any.\n');
    }
    return ok(EXIT.ok);
  },
};

/** What a driver may have registered. */
interface Candidate {
  readonly fn: number;
  readonly type: string;
  readonly cmbBar?: number;
}

function publishedIn({ document, names, view }: BootedMachine): PeerMemories {
  const models = document.functions.flatMap(({ id, model }): readonly Candidate[] => {
    const fn = indexOfId(names, id);
    if (fn === undefined || model === undefined) return [];
    if (model.type === 'iopmem') return [{ fn, type: model.type }];
    const hasBuffer = model.type === 'nvme' && model.cmbBar !== undefined;
    return hasBuffer ? [{ fn, type: model.type, cmbBar: model.cmbBar }] : [];
  });
  return peerMemoriesAfterBoot(view, models);
}
