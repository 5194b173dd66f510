/*
 * From a document to what software knows after boot: configuration spaces are built, and enumeration runs over
 * them through the bridges' own bus numbers.
 */
import { err, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { buildConfigSpaces } from '../core/config/buildConfigSpace.ts';
import type { ConfigSpace } from '../core/config/configSpace.ts';
import { enumerate, enumerateOptionsOf, runAtBoot } from '../core/host/enumerate.ts';
import type { HostView } from '../core/host/hostView.ts';
import { nameView } from '../core/host/p2pdma/names.ts';
import type { ViewNames } from '../core/host/p2pdma/names.ts';
import { ConfigFabric } from '../core/models/configFabric.ts';
import type { MachineSpec, NodeId } from '../core/pcie/machineSpec.ts';
import type { TopologyDocument } from '../topology/document.ts';
import { validateDocument } from '../topology/validate.ts';
import type { CommandFailure, CommandIo } from './command.ts';
import { inputFailure } from './command.ts';
import { readMachine } from './machineArgument.ts';

/** A machine after enumeration, with names. */
export interface BootedMachine {
  readonly document: TopologyDocument;
  readonly view: HostView;
  readonly names: ViewNames;
  /** Configuration space of each function as the hardware holds it. */
  readonly configs: ReadonlyMap<NodeId, ConfigSpace>;
}

/** Enumerates a machine before time 0. */
export function viewOfMachine(spec: MachineSpec): HostView {
  return enumerated(spec).view;
}

function enumerated(spec: MachineSpec): Pick<BootedMachine, 'view' | 'configs'> {
  const configs = buildConfigSpaces(spec);
  const fabric = new ConfigFabric(spec, configs);
  return { configs, view: runAtBoot(enumerate(enumerateOptionsOf(spec)), fabric) };
}

/** Boots a document. Documents that contradict themselves are refused with all their errors. */
export function bootDocument(document: TopologyDocument): Result<BootedMachine, CommandFailure> {
  const errors = validateDocument(document).filter(({ severity }) => severity === 'error');
  if (errors.length > 0) return err(inputFailure('DOCUMENT_INVALID', 'The document contradicts itself.', errors));
  const { view, configs } = enumerated(document);
  return ok({ document, view, configs, names: nameView(view, document) });
}

/** Reads MACHINE and boots it. */
export function bootMachine(word: string, io: CommandIo): Result<BootedMachine, CommandFailure> {
  const document = readMachine(word, io);
  return document.ok ? bootDocument(document.value) : document;
}
