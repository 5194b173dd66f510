/*
 * The PCI Express capability (ID 10h). Source: enumeration reference, section 8.2.
 */
import type { CapabilityDefinition } from './capability.ts';
import { defineRegister } from './register.ts';

const SPEC = 'PCIe Base 5.0 §7.5.3';

/** 128, 256 … 4096 bytes from the code of MPSS, MPS and MRRS. */
export function payloadSizeFromCode(code: number): number {
  return 128 * 2 ** code;
}

/** The inverse of {@link payloadSizeFromCode}: `sizeBytes` is 128…4096, a power of two. */
export function payloadSizeCode(sizeBytes: number): number {
  return Math.log2(sizeBytes / 128);
}

/** Device/Port Type codes of the Flags register. */
export const PORT_TYPE = {
  endpoint: 0,
  legacyEndpoint: 1,
  rootPort: 4,
  upstreamPort: 5,
  downstreamPort: 6,
  pcieToPciBridge: 7,
  pciToPcieBridge: 8,
  rcEndpoint: 9,
  rcEventCollector: 10,
} as const;
export type PortTypeName = keyof typeof PORT_TYPE;

export const EXPRESS_FLAGS = defineRegister({
  name: 'PCI Express Capabilities',
  offsetBytes: 0x02,
  widthBits: 16,
  spec: `${SPEC}.2`,
  fields: {
    version: { lsb: 0, widthBits: 4, access: 'RO', reset: 2 },
    portType: { lsb: 4, widthBits: 4, access: 'RO' },
    slotImplemented: { lsb: 8, access: 'HwInit' },
  },
});
export const DEVICE_CAPABILITIES = defineRegister({
  name: 'Device Capabilities',
  offsetBytes: 0x04,
  widthBits: 32,
  spec: `${SPEC}.3`,
  fields: {
    maxPayloadSizeSupported: { lsb: 0, widthBits: 3, access: 'RO', reset: 1, decode: payloadSizeFromCode },
    phantomFunctions: { lsb: 3, widthBits: 2, access: 'RO' },
    extendedTagSupported: { lsb: 5, access: 'RO', reset: 1 },
    l0sAcceptableLatency: { lsb: 6, widthBits: 3, access: 'RO' },
    l1AcceptableLatency: { lsb: 9, widthBits: 3, access: 'RO' },
    roleBasedErrorReporting: { lsb: 15, access: 'RO', reset: 1 },
    slotPowerLimitValue: { lsb: 18, widthBits: 8, access: 'RO' },
    slotPowerLimitScale: { lsb: 26, widthBits: 2, access: 'RO' },
    functionLevelReset: { lsb: 28, access: 'RO' },
  },
});
export const DEVICE_CONTROL = defineRegister({
  name: 'Device Control',
  offsetBytes: 0x08,
  widthBits: 16,
  spec: `${SPEC}.4`,
  fields: {
    correctableErrorReporting: { lsb: 0, access: 'RW' },
    nonFatalErrorReporting: { lsb: 1, access: 'RW' },
    fatalErrorReporting: { lsb: 2, access: 'RW' },
    unsupportedRequestReporting: { lsb: 3, access: 'RW' },
    enableRelaxedOrdering: { lsb: 4, access: 'RW', reset: 1 },
    maxPayloadSize: { lsb: 5, widthBits: 3, access: 'RW', keptByFunctionReset: true, decode: payloadSizeFromCode },
    extendedTagEnable: { lsb: 8, access: 'RW' },
    phantomFunctionsEnable: { lsb: 9, access: 'RW' },
    auxPowerEnable: { lsb: 10, access: 'RWS' },
    enableNoSnoop: { lsb: 11, access: 'RW', reset: 1 },
    maxReadRequestSize: { lsb: 12, widthBits: 3, access: 'RW', reset: 2, decode: payloadSizeFromCode },
    /** Only endpoints with the FLR capability act on it; on bridges to PCI it is another enable. */
    initiateFunctionLevelReset: { lsb: 15, access: 'RW', readsZero: true },
  },
});
export const DEVICE_STATUS = defineRegister({
  name: 'Device Status',
  offsetBytes: 0x0a,
  widthBits: 16,
  spec: `${SPEC}.5`,
  fields: {
    correctableErrorDetected: { lsb: 0, access: 'RW1C' },
    nonFatalErrorDetected: { lsb: 1, access: 'RW1C' },
    fatalErrorDetected: { lsb: 2, access: 'RW1C' },
    unsupportedRequestDetected: { lsb: 3, access: 'RW1C' },
    auxPowerDetected: { lsb: 4, access: 'RO' },
    transactionsPending: { lsb: 5, access: 'RO' },
  },
});
export const LINK_CAPABILITIES = defineRegister({
  name: 'Link Capabilities',
  offsetBytes: 0x0c,
  widthBits: 32,
  spec: `${SPEC}.6`,
  fields: {
    maxSpeed: { lsb: 0, widthBits: 4, access: 'RO' },
    maxWidth: { lsb: 4, widthBits: 6, access: 'RO' },
    aspmSupport: { lsb: 10, widthBits: 2, access: 'RO' },
    dataLinkActiveReporting: { lsb: 20, access: 'RO' },
    bandwidthNotification: { lsb: 21, access: 'RO' },
    aspmOptionality: { lsb: 22, access: 'HwInit', reset: 1 },
    portNumber: { lsb: 24, widthBits: 8, access: 'HwInit' },
  },
});
const LINK_CONTROL_COMMON = {
  aspmControl: { lsb: 0, widthBits: 2, access: 'RW', keptByFunctionReset: true },
  commonClock: { lsb: 6, access: 'RW', keptByFunctionReset: true },
  extendedSynch: { lsb: 7, access: 'RW', keptByFunctionReset: true },
} as const;
/** Link Control of ports that lead away from the root. */
export const LINK_CONTROL_DOWNSTREAM = defineRegister({
  name: 'Link Control',
  offsetBytes: 0x10,
  widthBits: 16,
  spec: `${SPEC}.7`,
  fields: {
    ...LINK_CONTROL_COMMON,
    readCompletionBoundary: { lsb: 3, access: 'RO' },
    linkDisable: { lsb: 4, access: 'RW' },
    retrainLink: { lsb: 5, access: 'RW', readsZero: true },
    bandwidthManagementInterrupt: { lsb: 10, access: 'RW' },
    autonomousBandwidthInterrupt: { lsb: 11, access: 'RW' },
  },
});
/** Link Control of endpoints, upstream ports and bridges. */
export const LINK_CONTROL_UPSTREAM = defineRegister({
  name: 'Link Control',
  offsetBytes: 0x10,
  widthBits: 16,
  spec: `${SPEC}.7`,
  fields: {
    ...LINK_CONTROL_COMMON,
    readCompletionBoundary: { lsb: 3, access: 'RW', keptByFunctionReset: true },
  },
});
export const LINK_STATUS = defineRegister({
  name: 'Link Status',
  offsetBytes: 0x12,
  widthBits: 16,
  spec: `${SPEC}.8`,
  fields: {
    speed: { lsb: 0, widthBits: 4, access: 'RO' },
    width: { lsb: 4, widthBits: 6, access: 'RO' },
    training: { lsb: 11, access: 'RO' },
    slotClock: { lsb: 12, access: 'HwInit', reset: 1 },
    dataLinkActive: { lsb: 13, access: 'RO' },
    bandwidthManagement: { lsb: 14, access: 'RW1C' },
    autonomousBandwidth: { lsb: 15, access: 'RW1C' },
  },
});
export const SLOT_CAPABILITIES = defineRegister({
  name: 'Slot Capabilities',
  offsetBytes: 0x14,
  widthBits: 32,
  spec: `${SPEC}.9`,
  fields: {
    hotPlugSurprise: { lsb: 5, access: 'HwInit' },
    hotPlugCapable: { lsb: 6, access: 'HwInit' },
    powerLimitValue: { lsb: 7, widthBits: 8, access: 'HwInit' },
    powerLimitScale: { lsb: 15, widthBits: 2, access: 'HwInit' },
    slotNumber: { lsb: 19, widthBits: 13, access: 'HwInit' },
  },
});
export const SLOT_CONTROL = defineRegister({
  name: 'Slot Control',
  offsetBytes: 0x18,
  widthBits: 16,
  spec: `${SPEC}.10`,
  fields: { control: { lsb: 0, widthBits: 13, access: 'RW' } },
});
export const SLOT_STATUS = defineRegister({
  name: 'Slot Status',
  offsetBytes: 0x1a,
  widthBits: 16,
  spec: `${SPEC}.11`,
  fields: {
    attentionButtonPressed: { lsb: 0, access: 'RW1C' },
    powerFaultDetected: { lsb: 1, access: 'RW1C' },
    latchSensorChanged: { lsb: 2, access: 'RW1C' },
    presenceDetectChanged: { lsb: 3, access: 'RW1C' },
    commandCompleted: { lsb: 4, access: 'RW1C' },
    presenceDetect: { lsb: 6, access: 'RO' },
    dataLinkStateChanged: { lsb: 8, access: 'RW1C' },
  },
});
export const ROOT_CONTROL = defineRegister({
  name: 'Root Control',
  offsetBytes: 0x1c,
  widthBits: 16,
  spec: `${SPEC}.12`,
  fields: {
    systemErrorOnCorrectable: { lsb: 0, access: 'RW' },
    systemErrorOnNonFatal: { lsb: 1, access: 'RW' },
    systemErrorOnFatal: { lsb: 2, access: 'RW' },
    pmeInterrupt: { lsb: 3, access: 'RW' },
    retryVisibility: { lsb: 4, access: 'RW' },
  },
});
export const ROOT_CAPABILITIES = defineRegister({
  name: 'Root Capabilities',
  offsetBytes: 0x1e,
  widthBits: 16,
  spec: `${SPEC}.13`,
  fields: { retryVisibility: { lsb: 0, access: 'RO', reset: 1 } },
});
export const ROOT_STATUS = defineRegister({
  name: 'Root Status',
  offsetBytes: 0x20,
  widthBits: 32,
  spec: `${SPEC}.14`,
  fields: {
    pmeRequesterId: { lsb: 0, widthBits: 16, access: 'RO' },
    pmeStatus: { lsb: 16, access: 'RW1C' },
    pmePending: { lsb: 17, access: 'RO' },
  },
});
export const DEVICE_CAPABILITIES_2 = defineRegister({
  name: 'Device Capabilities 2',
  offsetBytes: 0x24,
  widthBits: 32,
  spec: `${SPEC}.15`,
  fields: {
    completionTimeoutRanges: { lsb: 0, widthBits: 4, access: 'HwInit' },
    completionTimeoutDisable: { lsb: 4, access: 'RO' },
    ariForwarding: { lsb: 5, access: 'RO' },
    atomicRouting: { lsb: 6, access: 'RO' },
    latencyToleranceReporting: { lsb: 11, access: 'RO' },
    tenBitTagCompleter: { lsb: 16, access: 'HwInit' },
  },
});
export const DEVICE_CONTROL_2 = defineRegister({
  name: 'Device Control 2',
  offsetBytes: 0x28,
  widthBits: 16,
  spec: `${SPEC}.16`,
  fields: {
    completionTimeoutValue: { lsb: 0, widthBits: 4, access: 'RW' },
    completionTimeoutDisable: { lsb: 4, access: 'RW' },
    ariForwardingEnable: { lsb: 5, access: 'RW' },
    atomicRequesterEnable: { lsb: 6, access: 'RW' },
    atomicEgressBlocking: { lsb: 7, access: 'RW' },
    idoRequestEnable: { lsb: 8, access: 'RW' },
    idoCompletionEnable: { lsb: 9, access: 'RW' },
    latencyToleranceEnable: { lsb: 10, access: 'RW' },
    tenBitTagEnable: { lsb: 12, access: 'RW' },
  },
});
export const LINK_CAPABILITIES_2 = defineRegister({
  name: 'Link Capabilities 2',
  offsetBytes: 0x2c,
  widthBits: 32,
  spec: `${SPEC}.18`,
  fields: { supportedSpeeds: { lsb: 1, widthBits: 7, access: 'HwInit' } },
});
export const LINK_CONTROL_2 = defineRegister({
  name: 'Link Control 2',
  offsetBytes: 0x30,
  widthBits: 16,
  spec: `${SPEC}.19`,
  fields: { targetSpeed: { lsb: 0, widthBits: 4, access: 'RWS', keptByFunctionReset: true } },
});
export const LINK_STATUS_2 = defineRegister({
  name: 'Link Status 2',
  offsetBytes: 0x32,
  widthBits: 16,
  spec: `${SPEC}.20`,
  fields: {
    deEmphasis: { lsb: 0, access: 'RO' },
    equalization: { lsb: 1, widthBits: 4, access: 'ROS' },
  },
});

export const EXPRESS: CapabilityDefinition = {
  id: 0x10,
  name: 'PCI Express',
  extended: false,
  offsetBytes: 0x80,
  lengthBytes: 60,
  registers: [EXPRESS_FLAGS, DEVICE_CAPABILITIES, DEVICE_CONTROL, DEVICE_STATUS],
};
