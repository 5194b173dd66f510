/*
 * For tests: a machine whose functions report errors, and readers of what they report.
 */
import { findCapability } from '../../config/capability.ts';
import type { ConfigSpace } from '../../config/configSpace.ts';
import { DEVICE_CONTROL, DEVICE_STATUS, EXPRESS } from '../../config/expressCapability.ts';
import {
  AER,
  AER_CONTROL,
  AER_CORRECTABLE_MASK,
  AER_CORRECTABLE_STATUS,
  AER_ERROR_SOURCE,
  AER_HEADER_LOG,
  AER_ROOT_STATUS,
  AER_UNCORRECTABLE_STATUS,
} from '../../config/extendedCapabilities.ts';
import { insertFields, type Register } from '../../config/register.ts';
import type { ErrorRecord } from '../../pcie/faults.ts';
import type { LinkEndSpec, NodeId } from '../../pcie/machineSpec.ts';
import type { Hardware } from '../hardware.ts';
import {
  builtMachine,
  device,
  switchOf,
  type TestDevice,
  TestFunction,
  type TestMachine,
} from '../machines.testing.ts';

export const X8: LinkEndSpec = { maxGen: 4, maxWidth: 8 };

/** rp0 ─ sw ─┬ sw.0 ─ a    rp1 ─ c
 *            └ sw.1 ─ b */
export function threeDevices(options: Partial<TestDevice> = {}, machine: Partial<TestMachine> = {}): TestMachine {
  const below = switchOf('sw', X8, [
    { link: X8, below: device('a', X8, options) },
    { link: X8, below: device('b', X8, options) },
  ]);
  return {
    ports: [
      { link: X8, below },
      { link: X8, below: device('c', X8, options) },
    ],
    ...machine,
  };
}

export interface Bench {
  readonly hardware: Hardware;
  readonly a: TestFunction;
  readonly b: TestFunction;
  readonly c: TestFunction;
}

/** Built, with devices attached and all error reporting on, Advisory Non-Fatal included. */
export function benchOf(machine: TestMachine = threeDevices()): Bench {
  const hardware = builtMachine(machine);
  const [a, b, c] = [new TestFunction(hardware, 'a'), new TestFunction(hardware, 'b'), new TestFunction(hardware, 'c')];
  for (const { config } of hardware.functions) reportAll(config);
  return { hardware, a, b, c };
}

/** As an operating system with AER sets it. */
export function reportAll(config: ConfigSpace): void {
  const express = findCapability(config, EXPRESS);
  if (express === undefined) return;
  write(config, DEVICE_CONTROL, express, {
    correctableErrorReporting: 1,
    nonFatalErrorReporting: 1,
    fatalErrorReporting: 1,
    unsupportedRequestReporting: 1,
  });
  const aer = findCapability(config, AER);
  if (aer !== undefined) write(config, AER_CORRECTABLE_MASK, aer, { advisoryNonFatal: 0 });
}

/** Software changes fields of a register. */
export function write<Name extends string>(
  config: ConfigSpace,
  register: Register<Name>,
  base: number,
  fields: Partial<Record<NoInfer<Name>, number>>,
): void {
  const value = insertFields(register, config.readRegister(register, base), fields);
  config.write(base + register.offsetBytes, register.widthBits / 8, value);
}

/** Error registers of a function, in short. */
export function statusOf(hardware: Hardware, node: NodeId) {
  const { config } = hardware.functionOf(node);
  const express = findCapability(config, EXPRESS) ?? 0;
  const aer = findCapability(config, AER) ?? 0;
  const bits = (value: number): readonly number[] => [...Array(32).keys()].filter((bit) => ((value >>> bit) & 1) === 1);
  return {
    device: bits(config.readRegister(DEVICE_STATUS, express) & 0xf),
    uncorrectable: bits(config.readRegister(AER_UNCORRECTABLE_STATUS, aer)),
    correctable: bits(config.readRegister(AER_CORRECTABLE_STATUS, aer)),
    pointer: config.field(AER_CONTROL, aer, 'firstErrorPointer'),
    header: [0, 4, 8, 12].map((offset) => config.read(aer + AER_HEADER_LOG.offsetBytes + offset, 4)),
  };
}

/** What messages left at a root port. */
export function rootStatusOf(hardware: Hardware, node: NodeId) {
  const { config } = hardware.functionOf(node);
  const aer = findCapability(config, AER) ?? 0;
  return {
    status: config.readRegister(AER_ROOT_STATUS, aer),
    correctable: config.field(AER_ERROR_SOURCE, aer, 'correctable'),
    uncorrectable: config.field(AER_ERROR_SOURCE, aer, 'uncorrectable'),
  };
}

/** Records that are not notes. */
export function errorsOf(hardware: Hardware): readonly ErrorRecord[] {
  return hardware.errors.kept.filter((record) => record.severity !== 'note');
}

/** Runs until nothing is left to do. @returns what does not hold. */
export function settle(hardware: Hardware): readonly string[] {
  hardware.runUntil(Infinity, Infinity);
  return hardware.checkConservation().flatMap((check) => (check.ok ? [] : [`${check.name}: ${check.detail}`]));
}
