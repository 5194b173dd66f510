/*
 * `lspci`: what the machine looks like to software after boot, in the words of the tool of that name.
 */
import { hex } from '../../base/bits.ts';
import { at } from '../../base/invariant.ts';
import { err, ok } from '../../base/result.ts';
import { lspciDump } from '../../core/config/lspciText.ts';
import type { DumpedFunction } from '../../core/config/lspciText.ts';
import type { HostFunction } from '../../core/host/hostView.ts';
import { lspciTree, treeFunctions } from '../../core/host/lspciTree.ts';
import { bdfTextOf, identityText } from '../../core/host/p2pdma/hostBridgeBelief.ts';
import { bdfText } from '../../core/pcie/bdf.ts';
import { classNameOf } from '../../import/classNames.ts';
import { bootMachine } from '../boot.ts';
import type { BootedMachine } from '../boot.ts';
import type { Command } from '../command.ts';
import { EXIT, usageFailure, writeJson } from '../command.ts';

export const lspci: Command = {
  name: 'lspci',
  summary: 'the functions of a machine after enumeration, as a list, a tree or a register dump',
  positionals: [{ name: 'MACHINE', summary: 'a preset, a document, or a dump' }],
  options: [
    { name: '-t', summary: 'a tree of buses' },
    { name: '-xxxx', summary: 'the configuration space of every function in hexadecimal' },
  ],
  details: ['What -xxxx prints can be read by lspci -F and imported again.'],
  examples: ['peerlane lspci default -t', 'peerlane lspci default -xxxx > dump.txt && lspci -F dump.txt -vvv'],
  run: (args, io) => {
    if (args.options.has('-t') && args.options.has('-xxxx')) {
      return err(usageFailure('-t and -xxxx exclude each other.'));
    }
    const booted = bootMachine(args.positionals[0] ?? '', io);
    if (!booted.ok) return booted;
    const machine = booted.value;
    if (args.options.has('--json'))
      writeJson(io, { functions: machine.view.functions.map((fn) => rowOf(machine, fn)) });
    else if (args.options.has('-t')) io.write(lspciTree(treeFunctions(machine.view)));
    else if (args.options.has('-xxxx')) io.write(lspciDump(dumpedFunctions(machine)));
    else io.write(listText(machine));
    return ok(EXIT.ok);
  },
};

/** `Ethernet controller: nic0`, or the words of the dump the function came from; and its revision. */
function headingOf(
  { document, names }: BootedMachine,
  fn: HostFunction,
): { readonly title: string; readonly revision: string } {
  const { id, name } = at(names.functions, fn.index);
  const spec = document.functions.find((candidate) => candidate.id === id);
  const revision = spec?.identity.revision ?? 0;
  return {
    title: `${classNameOf(Math.floor(fn.classCode / 256))}: ${spec?.observed?.description ?? name}`,
    revision: revision === 0 ? '' : ` (rev ${hex(revision, 2)})`,
  };
}

function inOrder({ view }: BootedMachine): readonly HostFunction[] {
  return view.functions.toSorted((a, b) => a.segment - b.segment || a.bdf - b.bdf);
}

function listText(machine: BootedMachine): string {
  const oneDomain = machine.view.functions.every((fn) => fn.segment === 0);
  const lines = inOrder(machine).map((fn) => {
    const place = oneDomain ? bdfText(fn.bdf) : bdfTextOf(fn);
    const { title, revision } = headingOf(machine, fn);
    return `${place} ${title} [${identityText(fn)}]${revision}\n`;
  });
  return lines.join('');
}

function dumpedFunctions(machine: BootedMachine): readonly DumpedFunction[] {
  return inOrder(machine).flatMap((fn) => {
    const config = machine.configs.get(at(machine.names.functions, fn.index).id);
    const { title, revision } = headingOf(machine, fn);
    return config === undefined
      ? []
      : [{ segment: fn.segment, bdf: fn.bdf, config, description: `${title}${revision}` }];
  });
}

/** One function for scripts. Addresses are numbers. */
function rowOf(machine: BootedMachine, fn: HostFunction): unknown {
  const { id, name } = at(machine.names.functions, fn.index);
  const config = machine.configs.get(id);
  return {
    id,
    name,
    bdf: bdfTextOf(fn),
    kind: fn.kind,
    description: headingOf(machine, fn).title,
    vendorId: hex(fn.vendorId, 4),
    deviceId: hex(fn.deviceId, 4),
    classCode: hex(fn.classCode, 6),
    buses: fn.buses,
    windows: fn.windows,
    bars: fn.bars,
    acs: fn.acs,
    mpsBytes: fn.mpsBytes,
    mrrsBytes: fn.mrrsBytes,
    config: config === undefined ? undefined : Buffer.from(config.bytes.subarray(0, config.knownBytes)).toString('hex'),
  };
}
