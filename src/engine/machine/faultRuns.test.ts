/*
 * Whole machines in which something breaks in the middle of a transfer: a run ends finished or failed with a reason,
 * never with an exception; nothing leaks; what was reset is configured again.
 */
import { describe, expect, it } from 'vitest';
import { privateStorage } from '../../base/storage.ts';
import { PS_PER_US } from '../../base/units.ts';
import type { FaultSpec } from '../../core/pcie/faults.ts';
import type { TopologyDocument, TransferSpec } from '../../topology/document.ts';
import { defaultMachine } from '../../topology/presets/defaultMachine.ts';
import { SimulatedMachine } from './simulatedMachine.ts';
import { create, DOCUMENT } from './runs.testing.ts';
