/*
 * Which capabilities a function has and what the document says in them.
 * Source: enumeration reference, section 8.
 */

import type { FunctionSpec } from '../pcie/machineSpec.ts';
import type { CapabilityInstance, ImagePlace, RegisterInstance } from './capabilityInstance.ts';
import { instance, plain } from './capabilityInstance.ts';
import { barTypeBits, barWritableMasks, writableMasks } from './bars.ts';
import { expressInstance } from './expressInstance.ts';
import {
  ACS,
  ACS_CAPABILITY,
  ACS_CONTROL,
  ACS_EGRESS_VECTOR,
  AER,
  AER_CONTROL,
  AER_ROOT_REGISTERS,
  ARI,
  ARI_CAPABILITY,
  ATS,
  PAGE_REQUEST,
  PASID,
  RESIZABLE_BAR,
  RESIZABLE_BAR_CAPABILITY,
  RESIZABLE_BAR_CONTROL,
  RESIZABLE_BAR_ENTRY_BYTES,
  SECONDARY_EXPRESS,
  SERIAL_HIGH,
  SERIAL_LOW,
  SERIAL_NUMBER,
  SRIOV,
  SRIOV_CONTROL,
  SRIOV_FIRST_VF_OFFSET,
  SRIOV_INITIAL_VFS,
  SRIOV_NUM_VFS,
  SRIOV_TOTAL_VFS,
  SRIOV_VF_BAR_OFFSET,
  SRIOV_VF_DEVICE_ID,
  SRIOV_VF_STRIDE,
} from './extendedCapabilities.ts';
import { BASE_ADDRESS } from './header.ts';
import {
  MSI,
  MSIX,
  MSIX_CONTROL,
  MSIX_PENDING,
  MSIX_TABLE,
  MSI_ADDRESS,
  MSI_ADDRESS_UPPER,
  MSI_CONTROL,
  MSI_DATA,
  MSI_DATA_32,
  POWER_MANAGEMENT,
  POWER_MANAGEMENT_CAPABILITIES,
  POWER_MANAGEMENT_CONTROL,
  SUBSYSTEM,
  SUBSYSTEM_IDS,
} from './legacyCapabilities.ts';
import type { FunctionPlace } from './places.ts';
import { isBridgeKind, isConventionalKind } from './places.ts';

/** How one capability of a function comes about; `image` = where an imported function has it. */
type CapabilityRule = (
  spec: FunctionSpec,
  place: FunctionPlace,
  image: ImagePlace | undefined,
) => CapabilityInstance | undefined;

const isExpress = (spec: FunctionSpec): boolean => !isConventionalKind(spec.kind);
/** Of this project's own layout: on every PCI Express function that is not a reduced or a virtual one. */
const isFull = (spec: FunctionSpec): boolean => isExpress(spec) && spec.capabilities?.historicalMinimum !== true;

const powerManagement: CapabilityRule = (spec, _place, image) => {
  if (image === undefined && !isFull(spec)) return undefined;
  const bridge = isBridgeKind(spec.kind) ? 1 : 0;
  return {
    definition: POWER_MANAGEMENT,
    lengthBytes: POWER_MANAGEMENT.lengthBytes,
    registers: [
      instance(POWER_MANAGEMENT_CAPABILITIES, {
        defaults: { pmeFromD0: bridge, pmeFromD3Hot: bridge, pmeFromD3Cold: bridge },
      }),
      instance(POWER_MANAGEMENT_CONTROL),
    ],
    stated: false,
  };
};

const messageInterrupts: CapabilityRule = (spec, _place, image) => {
  if (image === undefined && (!isFull(spec) || spec.virtualFunctionOf !== undefined)) return undefined;
  const wide = image === undefined || (image.reader.read(image.offset + MSI_CONTROL.offsetBytes, 2) & 0x80) !== 0;
  return {
    definition: MSI,
    lengthBytes: wide ? MSI.lengthBytes : 10,
    registers: plain(
      wide ? [MSI_CONTROL, MSI_ADDRESS, MSI_ADDRESS_UPPER, MSI_DATA] : [MSI_CONTROL, MSI_ADDRESS, MSI_DATA_32],
    ),
    stated: false,
  };
};

const subsystem: CapabilityRule = (spec, _place, image) => {
  if (image === undefined && !(isFull(spec) && isBridgeKind(spec.kind))) return undefined;
  const { subsystemVendorId, subsystemId } = spec.identity;
  return {
    definition: SUBSYSTEM,
    lengthBytes: SUBSYSTEM.lengthBytes,
    registers: [instance(SUBSYSTEM_IDS, { facts: { subsystemVendorId, subsystemId } })],
    stated: false,
  };
};

const messageInterruptTable: CapabilityRule = (spec, _place, image) => {
  const msix = spec.capabilities?.msix;
  if (image === undefined && msix === undefined) return undefined;
  return {
    definition: MSIX,
    lengthBytes: MSIX.lengthBytes,
    registers:
      msix === undefined
        ? plain(MSIX.registers)
        : [
            instance(MSIX_CONTROL, { facts: { tableSizeMinusOne: msix.vectors - 1 } }),
            instance(MSIX_TABLE, { facts: { bar: msix.bar, offsetQwords: msix.tableOffset / 8 } }),
            instance(MSIX_PENDING, { facts: { bar: msix.bar, offsetQwords: msix.pbaOffset / 8 } }),
          ],
    stated: msix !== undefined,
  };
};

const errorReporting: CapabilityRule = (spec, _place, image) => {
  if (image === undefined && !isFull(spec)) return undefined;
  const root = spec.kind === 'rootPort' || spec.kind === 'rcEventCollector';
  return {
    definition: AER,
    lengthBytes: AER.lengthBytes,
    registers: [
      ...plain(root ? [...AER.registers, ...AER_ROOT_REGISTERS] : AER.registers).filter(
        (entry) => entry.register !== AER_CONTROL,
      ),
      instance(AER_CONTROL, {
        state: spec.ecrc === true ? { ecrcGenerationEnable: 1, ecrcCheckEnable: 1 } : {},
        stateIsStrap: true,
      }),
    ],
    stated: false,
  };
};

const accessControl: CapabilityRule = (spec, _place, image) => {
  const acs = spec.acs;
  if (acs === undefined) {
    return image === undefined
      ? undefined
      : { definition: ACS, lengthBytes: ACS.lengthBytes, registers: [], stated: false, denied: true };
  }
  const bits = (value: number) => ({
    sourceValidation: value & 1,
    translationBlocking: (value >> 1) & 1,
    p2pRequestRedirect: (value >> 2) & 1,
    p2pCompletionRedirect: (value >> 3) & 1,
    upstreamForwarding: (value >> 4) & 1,
    p2pEgressControl: (value >> 5) & 1,
    directTranslatedP2p: (value >> 6) & 1,
  });
  const egress = (acs.capability & 0x20) !== 0;
  return {
    definition: ACS,
    lengthBytes: egress ? ACS.lengthBytes : 8,
    registers: [
      instance(ACS_CAPABILITY, {
        defaults: { egressControlVectorSize: egress ? 32 : 0 },
        facts: bits(acs.capability),
      }),
      instance(ACS_CONTROL, {
        state: bits(acs.control),
        stateIsStrap: true,
        masks: writableMasks(acs.capability & 0x7f),
      }),
      ...(egress ? [instance(ACS_EGRESS_VECTOR, { state: { ports: acs.egressVector ?? 0 }, stateIsStrap: true })] : []),
    ],
    stated: true,
  };
};

const serialNumber: CapabilityRule = (spec, place, image) => {
  if (image === undefined && !isFull(spec)) return undefined;
  const stated = spec.serialNumber;
  const serial = stated ?? place.serialNumber;
  const low = { value: Number.parseInt(serial.slice(8), 16) };
  const high = { value: Number.parseInt(serial.slice(0, 8), 16) };
  return {
    definition: SERIAL_NUMBER,
    lengthBytes: SERIAL_NUMBER.lengthBytes,
    registers:
      stated === undefined
        ? [instance(SERIAL_LOW, { defaults: low }), instance(SERIAL_HIGH, { defaults: high })]
        : [instance(SERIAL_LOW, { facts: low }), instance(SERIAL_HIGH, { facts: high })],
    stated: stated !== undefined,
  };
};

/** Code of a size in the resizable BAR capability: 0 = 1 MiB. */
function resizeCode(sizeBytes: number): number {
  return Math.log2(sizeBytes) - 20;
}

const resizableBars: CapabilityRule = (spec) => {
  const resizable = spec.bars.filter((bar) => bar.resizableBytes !== undefined);
  if (resizable.length === 0) return undefined;
  const registers: RegisterInstance[] = resizable.flatMap((bar, index) => {
    const sizes = (bar.resizableBytes ?? []).map(resizeCode).filter((code) => code >= 0 && code < 28);
    const delta = RESIZABLE_BAR_ENTRY_BYTES * index;
    return [
      instance(RESIZABLE_BAR_CAPABILITY, {
        delta,
        facts: { supportedSizes: sizes.reduce((bits, code) => bits + 2 ** code, 0) },
      }),
      instance(RESIZABLE_BAR_CONTROL, {
        delta,
        facts: {
          barIndex: bar.index,
          barCount: index === 0 ? resizable.length : 0,
          sizeCode: resizeCode(bar.sizeBytes),
        },
      }),
    ];
  });
  return { definition: RESIZABLE_BAR, lengthBytes: 4 + 8 * resizable.length, registers, stated: true };
};

const ats: CapabilityRule = (spec, _place, image) => optional(ATS, spec.capabilities?.ats === true, image);
const pageRequest: CapabilityRule = (spec, _place, image) =>
  optional(PAGE_REQUEST, spec.capabilities?.pageRequest === true, image);
const pasid: CapabilityRule = (spec, _place, image) => optional(PASID, spec.capabilities?.pasid === true, image);

function optional(
  definition: typeof ATS,
  stated: boolean,
  image: ImagePlace | undefined,
): CapabilityInstance | undefined {
  if (!stated && image === undefined) return undefined;
  return { definition, lengthBytes: definition.lengthBytes, registers: plain(definition.registers), stated };
}

const secondaryExpress: CapabilityRule = (spec, _place, image) => {
  const link = spec.link;
  if (image === undefined && (!isFull(spec) || link === undefined || link.maxGen < 3)) return undefined;
  return {
    definition: SECONDARY_EXPRESS,
    lengthBytes: SECONDARY_EXPRESS.lengthBytes + 2 * (link?.maxWidth ?? 0),
    registers: plain(SECONDARY_EXPRESS.registers),
    stated: false,
  };
};

/** Routing ID distance of two functions on one bus. */
function routingDistance(from: FunctionSpec, to: FunctionSpec): number {
  return (((to.device << 3) | to.fn) - ((from.device << 3) | from.fn) + 256) % 256;
}

const singleRootVirtualization: CapabilityRule = (spec, place, image) => {
  const [first, second] = place.virtualFunctions;
  if (first === undefined) {
    return image === undefined
      ? undefined
      : { definition: SRIOV, lengthBytes: SRIOV.lengthBytes, registers: plain(SRIOV.registers), stated: false };
  }
  const count = place.virtualFunctions.length;
  const stride = second === undefined ? 1 : routingDistance(first, second);
  const enabled = image === undefined ? { vfEnable: 1, vfMemorySpaceEnable: 1 } : { vfEnable: 1 };
  return {
    definition: SRIOV,
    lengthBytes: SRIOV.lengthBytes,
    registers: [
      instance(SRIOV_CONTROL, { state: enabled, stateIsStrap: true }),
      instance(SRIOV_INITIAL_VFS, { defaults: { count } }),
      instance(SRIOV_TOTAL_VFS, { defaults: { count } }),
      instance(SRIOV_NUM_VFS, { state: { count }, stateIsStrap: true }),
      instance(SRIOV_FIRST_VF_OFFSET, { defaults: { offset: routingDistance(spec, first) } }),
      instance(SRIOV_VF_STRIDE, { defaults: { stride } }),
      instance(SRIOV_VF_DEVICE_ID, { facts: { deviceId: first.identity.deviceId } }),
      ...plain(SRIOV.registers.slice(7)),
      ...virtualBars(first),
    ],
    stated: true,
  };
};

/** BAR dwords of the SR-IOV capability, as the virtual functions' own BARs say. */
function virtualBars(virtual: FunctionSpec): readonly RegisterInstance[] {
  return virtual.bars.flatMap((bar) =>
    barWritableMasks(bar, bar.sizeBytes).map((mask, dword) => {
      const type = dword === 0 ? barTypeBits(bar) : 0;
      return instance(BASE_ADDRESS, {
        delta: SRIOV_VF_BAR_OFFSET + 4 * (bar.index + dword),
        facts: { ioSpace: type & 1, memoryType: (type >> 1) & 3, prefetchable: type >> 3 },
        masks: writableMasks(mask),
      });
    }),
  );
}

/** Virtual functions have routing IDs beyond function 7, so their device needs ARI. */
const alternativeRouting: CapabilityRule = (spec, place, image) => {
  const next = place.ariNextFunction;
  if (image === undefined && (next === undefined || !isFull(spec))) return undefined;
  return {
    definition: ARI,
    lengthBytes: ARI.lengthBytes,
    registers: [instance(ARI_CAPABILITY, { defaults: { nextFunction: next ?? 0 } })],
    stated: false,
  };
};

/** In the order of the project's layout, so that a new chain is in ascending order. */
const RULES: readonly { readonly id: number; readonly extended: boolean; readonly rule: CapabilityRule }[] = [
  { id: POWER_MANAGEMENT.id, extended: false, rule: powerManagement },
  { id: MSI.id, extended: false, rule: messageInterrupts },
  { id: 0x10, extended: false, rule: expressInstance },
  { id: SUBSYSTEM.id, extended: false, rule: subsystem },
  { id: MSIX.id, extended: false, rule: messageInterruptTable },
  { id: AER.id, extended: true, rule: errorReporting },
  { id: ACS.id, extended: true, rule: accessControl },
  { id: SERIAL_NUMBER.id, extended: true, rule: serialNumber },
  { id: RESIZABLE_BAR.id, extended: true, rule: resizableBars },
  { id: ATS.id, extended: true, rule: ats },
  { id: PAGE_REQUEST.id, extended: true, rule: pageRequest },
  { id: PASID.id, extended: true, rule: pasid },
  { id: SECONDARY_EXPRESS.id, extended: true, rule: secondaryExpress },
  { id: SRIOV.id, extended: true, rule: singleRootVirtualization },
  { id: ARI.id, extended: true, rule: alternativeRouting },
];

/**
 * The capabilities of a function.
 * @param findInImage where an imported function has one; always undefined for this project's own layout.
 * @returns in the order of the layout, each with its place in the image if it has one.
 */
export function capabilitiesOf(
  spec: FunctionSpec,
  place: FunctionPlace,
  findInImage: (id: number, extended: boolean) => ImagePlace | undefined,
): readonly { readonly instance: CapabilityInstance; readonly image: ImagePlace | undefined }[] {
  return RULES.flatMap(({ id, extended, rule }) => {
    const image = findInImage(id, extended);
    const made = rule(spec, place, image);
    return made === undefined ? [] : [{ instance: made, image }];
  });
}
