/*
 * From a document to what software knows after boot, for commands that run nothing.
 */
import { err, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { privateStorage } from '../base/storage.ts';
import { buildConfigSpaces } from '../core/config/buildConfigSpace.ts';
import type { ConfigSpace } from '../core/config/configSpace.ts';
import { enumerate, enumerateOptionsOf, runAtBoot } from '../core/host/enumerate.ts';
import type { HostView } from '../core/host/hostView.ts';
import type { ViewNames } from '../core/host/p2pdma/names.ts';
import { ConfigFabric } from '../core/models/configFabric.ts';
import type { MachineSpec, NodeId } from '../core/pcie/machineSpec.ts';
import { type BootedHardware, bootHardware } from '../engine/machine/boot.ts';
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
  /** The machine itself. */
  readonly booted: BootedHardware;
}

/** Only enumeration: configuration spaces, and requests that find them by the bridges' own bus numbers. */
export function viewOfMachine(spec: MachineSpec): HostView {
  const fabric = new ConfigFabric(spec, buildConfigSpaces(spec));
  return runAtBoot(enumerate(enumerateOptionsOf(spec)), fabric);
}

/** Boots a document as every run does. Documents that contradict themselves are refused with all their errors. */
export function bootDocument(document: TopologyDocument): Result<BootedMachine, CommandFailure> {
  const errors = validateDocument(document).filter(({ severity }) => severity === 'error');
  if (errors.length > 0) return err(inputFailure('DOCUMENT_INVALID', 'The document contradicts itself.', errors));
  const booted = bootHardware(document, { storage: privateStorage, seed: 0 });
  const { hardware, view, names } = booted;
  const configs = new Map(hardware.functions.map(({ spec, config }) => [spec.id, config]));
  return ok({ document, view, names, configs, booted });
}

/** Reads MACHINE and boots it. */
export function bootMachine(word: string, io: CommandIo): Result<BootedMachine, CommandFailure> {
  const document = readMachine(word, io);
  return document.ok ? bootDocument(document.value) : document;
}
