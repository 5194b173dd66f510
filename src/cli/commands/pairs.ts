import { err, ok } from '../../base/result.ts';
import { at } from '../../base/invariant.ts';
import { allPairs, pairsText } from '../../core/host/p2pdma/pairsText.ts';
import { bdfTextOf } from '../../core/host/p2pdma/hostBridgeBelief.ts';
import type { Command } from '../command.ts';
import { EXIT, usageFailure, writeJson } from '../command.ts';
import { CPU_EXAMPLES, cpuByName } from '../cpuNames.ts';
import { bootMachine } from '../boot.ts';

export const pairs: Command = {
  name: 'pairs',
  summary: 'distance and map type of every pair of functions that are not bridges',
  positionals: [{ name: 'MACHINE', summary: 'a preset, a document, or a dump' }],
  options: [{ name: '--cpu', value: 'NAME', summary: `ask for another CPU: ${CPU_EXAMPLES}` }],
  details: [
    'One line a pair: provider, client, distance, map type. BUS_ADDR goes straight across below a common bridge, THRU_HOST_BRIDGE is allowed by way of the root complex, NOT_SUPPORTED is refused.',
  ],
  examples: ['peerlane pairs default', 'lspci -xxxx | peerlane pairs - --cpu EPYC'],
  run: (args, io) => {
    const booted = bootMachine(args.positionals[0] ?? '', io);
    if (!booted.ok) return booted;
    const cpuName = args.options.get('--cpu');
    const cpu = cpuName === undefined ? ok(booted.value.view.cpu) : cpuByName(cpuName);
    if (!cpu.ok) return err(usageFailure(cpu.error));
    const view = { ...booted.value.view, cpu: cpu.value };
    if (!args.options.has('--json')) {
      io.write(pairsText(view));
      return ok(EXIT.ok);
    }
    const place = (index: number): string => bdfTextOf(at(view.functions, index));
    writeJson(io, {
      cpu: cpu.value,
      pairs: allPairs(view).map((answer) => ({
        provider: place(answer.provider),
        client: place(answer.client),
        distance: answer.chainDistance,
        mapType: answer.mapType,
        redirectors: answer.redirectors.map(place),
      })),
    });
    return ok(EXIT.ok);
  },
};
