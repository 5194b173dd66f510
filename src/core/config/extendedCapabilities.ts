/*
 * Capabilities in the extended space, 100h…fffh.
 * Source: enumeration reference, sections 4.3, 8.3, 8.4 and 8.5.
 */
import type { CapabilityDefinition } from './capability.ts';
import type { FieldAccess } from './register.ts';
import { defineRegister } from './register.ts';

/** Places of the uncorrectable errors in the status, mask and severity registers of AER. */
function uncorrectableErrors<Access extends FieldAccess>(access: Access, resets: Readonly<Record<string, number>>) {
  const field = (lsb: number, name: string) => ({ lsb, access, reset: resets[name] ?? 0 });
  return {
    dataLinkProtocol: field(4, 'dataLinkProtocol'),
    surpriseDown: field(5, 'surpriseDown'),
    poisonedTlp: field(12, 'poisonedTlp'),
    flowControlProtocol: field(13, 'flowControlProtocol'),
    completionTimeout: field(14, 'completionTimeout'),
    completerAbort: field(15, 'completerAbort'),
    unexpectedCompletion: field(16, 'unexpectedCompletion'),
    receiverOverflow: field(17, 'receiverOverflow'),
    malformedTlp: field(18, 'malformedTlp'),
    ecrc: field(19, 'ecrc'),
    unsupportedRequest: field(20, 'unsupportedRequest'),
    acsViolation: field(21, 'acsViolation'),
    internal: field(22, 'internal'),
    multicastBlocked: field(23, 'multicastBlocked'),
    atomicEgressBlocked: field(24, 'atomicEgressBlocked'),
    tlpPrefixBlocked: field(25, 'tlpPrefixBlocked'),
  };
}

/** Severity after reset 00462030h. */
const FATAL_BY_DEFAULT = {
  dataLinkProtocol: 1,
  surpriseDown: 1,
  flowControlProtocol: 1,
  receiverOverflow: 1,
  malformedTlp: 1,
  internal: 1,
} as const;

function correctableErrors<Access extends FieldAccess>(access: Access, advisoryReset: number) {
  return {
    receiver: { lsb: 0, access },
    badTlp: { lsb: 6, access },
    badDllp: { lsb: 7, access },
    replayRollover: { lsb: 8, access },
    replayTimeout: { lsb: 12, access },
    advisoryNonFatal: { lsb: 13, access, reset: advisoryReset },
    internal: { lsb: 14, access },
    headerLogOverflow: { lsb: 15, access },
  };
}

const AER_SPEC = 'PCIe Base 5.0 §7.8.4';
export const AER_UNCORRECTABLE_STATUS = defineRegister({
  name: 'Uncorrectable Error Status',
  offsetBytes: 0x04,
  widthBits: 32,
  spec: `${AER_SPEC}.2`,
  fields: uncorrectableErrors('RW1CS', {}),
});
export const AER_UNCORRECTABLE_MASK = defineRegister({
  name: 'Uncorrectable Error Mask',
  offsetBytes: 0x08,
  widthBits: 32,
  spec: `${AER_SPEC}.3`,
  fields: uncorrectableErrors('RWS', {}),
});
export const AER_UNCORRECTABLE_SEVERITY = defineRegister({
  name: 'Uncorrectable Error Severity',
  offsetBytes: 0x0c,
  widthBits: 32,
  spec: `${AER_SPEC}.4`,
  fields: uncorrectableErrors('RWS', FATAL_BY_DEFAULT),
});
export const AER_CORRECTABLE_STATUS = defineRegister({
  name: 'Correctable Error Status',
  offsetBytes: 0x10,
  widthBits: 32,
  spec: `${AER_SPEC}.5`,
  fields: correctableErrors('RW1CS', 0),
});
export const AER_CORRECTABLE_MASK = defineRegister({
  name: 'Correctable Error Mask',
  offsetBytes: 0x14,
  widthBits: 32,
  spec: `${AER_SPEC}.6`,
  fields: correctableErrors('RWS', 1),
});
export const AER_CONTROL = defineRegister({
  name: 'Advanced Error Capabilities and Control',
  offsetBytes: 0x18,
  widthBits: 32,
  spec: `${AER_SPEC}.7`,
  fields: {
    firstErrorPointer: { lsb: 0, widthBits: 5, access: 'ROS' },
    ecrcGenerationCapable: { lsb: 5, access: 'RO', reset: 1 },
    ecrcGenerationEnable: { lsb: 6, access: 'RWS' },
    ecrcCheckCapable: { lsb: 7, access: 'RO', reset: 1 },
    ecrcCheckEnable: { lsb: 8, access: 'RWS' },
  },
});
function headerLog(dword: 0 | 1 | 2 | 3) {
  return defineRegister({
    name: dword === 0 ? 'Header Log' : `Header Log (dword ${dword})`,
    offsetBytes: 0x1c + 4 * dword,
    widthBits: 32,
    spec: `${AER_SPEC}.8`,
    fields: { header: { lsb: 0, widthBits: 32, access: 'ROS' } },
  });
}
/** Four dwords; this is the first. */
export const AER_HEADER_LOG = headerLog(0);
const AER_HEADER_LOG_REST = [headerLog(1), headerLog(2), headerLog(3)] as const;
export const AER_ROOT_COMMAND = defineRegister({
  name: 'Root Error Command',
  offsetBytes: 0x2c,
  widthBits: 32,
  spec: `${AER_SPEC}.9`,
  fields: {
    correctableReporting: { lsb: 0, access: 'RW' },
    nonFatalReporting: { lsb: 1, access: 'RW' },
    fatalReporting: { lsb: 2, access: 'RW' },
  },
});
export const AER_ROOT_STATUS = defineRegister({
  name: 'Root Error Status',
  offsetBytes: 0x30,
  widthBits: 32,
  spec: `${AER_SPEC}.10`,
  fields: {
    correctableReceived: { lsb: 0, access: 'RW1CS' },
    multipleCorrectableReceived: { lsb: 1, access: 'RW1CS' },
    fatalOrNonFatalReceived: { lsb: 2, access: 'RW1CS' },
    multipleFatalOrNonFatalReceived: { lsb: 3, access: 'RW1CS' },
    firstUncorrectableFatal: { lsb: 4, access: 'RW1CS' },
    nonFatalReceived: { lsb: 5, access: 'RW1CS' },
    fatalReceived: { lsb: 6, access: 'RW1CS' },
    interruptMessageNumber: { lsb: 27, widthBits: 5, access: 'RO' },
  },
});
export const AER_ERROR_SOURCE = defineRegister({
  name: 'Error Source Identification',
  offsetBytes: 0x34,
  widthBits: 32,
  spec: `${AER_SPEC}.11`,
  fields: {
    correctable: { lsb: 0, widthBits: 16, access: 'ROS' },
    uncorrectable: { lsb: 16, widthBits: 16, access: 'ROS' },
  },
});
export const AER_ROOT_REGISTERS = [AER_ROOT_COMMAND, AER_ROOT_STATUS, AER_ERROR_SOURCE] as const;
export const AER: CapabilityDefinition = {
  id: 0x0001,
  name: 'Advanced Error Reporting',
  extended: true,
  version: 2,
  offsetBytes: 0x100,
  lengthBytes: 72,
  registers: [
    AER_UNCORRECTABLE_STATUS,
    AER_UNCORRECTABLE_MASK,
    AER_UNCORRECTABLE_SEVERITY,
    AER_CORRECTABLE_STATUS,
    AER_CORRECTABLE_MASK,
    AER_CONTROL,
    AER_HEADER_LOG,
    ...AER_HEADER_LOG_REST,
  ],
};

function acsFields<Access extends FieldAccess>(access: Access) {
  return {
    sourceValidation: { lsb: 0, access },
    translationBlocking: { lsb: 1, access },
    p2pRequestRedirect: { lsb: 2, access },
    p2pCompletionRedirect: { lsb: 3, access },
    upstreamForwarding: { lsb: 4, access },
    p2pEgressControl: { lsb: 5, access },
    directTranslatedP2p: { lsb: 6, access },
  };
}
export const ACS_CAPABILITY = defineRegister({
  name: 'ACS Capability',
  offsetBytes: 0x04,
  widthBits: 16,
  spec: 'PCIe Base 5.0 §7.7.8.2',
  fields: { ...acsFields('RO'), egressControlVectorSize: { lsb: 8, widthBits: 8, access: 'HwInit' } },
});
/** Writable are the bits that the capability offers. */
export const ACS_CONTROL = defineRegister({
  name: 'ACS Control',
  offsetBytes: 0x06,
  widthBits: 16,
  spec: 'PCIe Base 5.0 §7.7.8.3',
  fields: acsFields('RW'),
});
export const ACS_EGRESS_VECTOR = defineRegister({
  name: 'Egress Control Vector',
  offsetBytes: 0x08,
  widthBits: 32,
  spec: 'PCIe Base 5.0 §7.7.8.4',
  fields: { ports: { lsb: 0, widthBits: 32, access: 'RW' } },
});
export const ACS: CapabilityDefinition = {
  id: 0x000d,
  name: 'Access Control Services',
  extended: true,
  version: 1,
  offsetBytes: 0x148,
  lengthBytes: 12,
  registers: [ACS_CAPABILITY, ACS_CONTROL],
};

export const SERIAL_LOW = defineRegister({
  name: 'Serial Number (lower)',
  offsetBytes: 0x04,
  widthBits: 32,
  spec: 'PCIe Base 5.0 §7.9.3.2',
  fields: { value: { lsb: 0, widthBits: 32, access: 'RO' } },
});
export const SERIAL_HIGH = defineRegister({
  name: 'Serial Number (upper)',
  offsetBytes: 0x08,
  widthBits: 32,
  spec: 'PCIe Base 5.0 §7.9.3.2',
  fields: { value: { lsb: 0, widthBits: 32, access: 'RO' } },
});
export const SERIAL_NUMBER: CapabilityDefinition = {
  id: 0x0003,
  name: 'Device Serial Number',
  extended: true,
  version: 1,
  offsetBytes: 0x158,
  lengthBytes: 12,
  registers: [SERIAL_LOW, SERIAL_HIGH],
};

/** Offsets of entry n of the two registers below: + 8 · n. */
export const RESIZABLE_BAR_CAPABILITY = defineRegister({
  name: 'Resizable BAR Capability',
  offsetBytes: 0x04,
  widthBits: 32,
  spec: 'PCIe Base 5.0 §7.8.6.2',
  fields: { supportedSizes: { lsb: 4, widthBits: 28, access: 'RO' } },
});
export const RESIZABLE_BAR_CONTROL = defineRegister({
  name: 'Resizable BAR Control',
  offsetBytes: 0x08,
  widthBits: 32,
  spec: 'PCIe Base 5.0 §7.8.6.3',
  fields: {
    barIndex: { lsb: 0, widthBits: 3, access: 'RO' },
    barCount: { lsb: 5, widthBits: 3, access: 'RO' },
    sizeCode: { lsb: 8, widthBits: 6, access: 'RW', decode: (code) => 2 ** (20 + code) },
  },
});
export const RESIZABLE_BAR_ENTRY_BYTES = 8;
export const RESIZABLE_BAR: CapabilityDefinition = {
  id: 0x0015,
  name: 'Resizable BAR',
  extended: true,
  version: 1,
  offsetBytes: 0x168,
  lengthBytes: 4,
  registers: [],
};

export const ATS_CAPABILITY = defineRegister({
  name: 'ATS Capability',
  offsetBytes: 0x04,
  widthBits: 16,
  spec: 'PCIe Base 5.0 §10.5.1.2',
  fields: {
    invalidateQueueDepth: { lsb: 0, widthBits: 5, access: 'RO' },
    pageAlignedRequest: { lsb: 5, access: 'RO', reset: 1 },
  },
});
export const ATS_CONTROL = defineRegister({
  name: 'ATS Control',
  offsetBytes: 0x06,
  widthBits: 16,
  spec: 'PCIe Base 5.0 §10.5.1.3',
  fields: {
    smallestTranslationUnit: { lsb: 0, widthBits: 5, access: 'RW' },
    enable: { lsb: 15, access: 'RW' },
  },
});
export const ATS: CapabilityDefinition = {
  id: 0x000f,
  name: 'Address Translation Service',
  extended: true,
  version: 1,
  offsetBytes: 0x1a0,
  lengthBytes: 8,
  registers: [ATS_CAPABILITY, ATS_CONTROL],
};

export const PAGE_REQUEST_CONTROL = defineRegister({
  name: 'Page Request Control',
  offsetBytes: 0x04,
  widthBits: 16,
  spec: 'PCIe Base 5.0 §10.5.2.2',
  fields: {
    enable: { lsb: 0, access: 'RW' },
    reset: { lsb: 1, access: 'RW', readsZero: true },
  },
});
export const PAGE_REQUEST_STATUS = defineRegister({
  name: 'Page Request Status',
  offsetBytes: 0x06,
  widthBits: 16,
  spec: 'PCIe Base 5.0 §10.5.2.3',
  fields: {
    responseFailure: { lsb: 0, access: 'RW1C' },
    unexpectedGroupIndex: { lsb: 1, access: 'RW1C' },
    stopped: { lsb: 8, access: 'RO', reset: 1 },
  },
});
export const PAGE_REQUEST_CAPACITY = defineRegister({
  name: 'Outstanding Page Request Capacity',
  offsetBytes: 0x08,
  widthBits: 32,
  spec: 'PCIe Base 5.0 §10.5.2.4',
  fields: { capacity: { lsb: 0, widthBits: 32, access: 'RO', reset: 32 } },
});
export const PAGE_REQUEST_ALLOCATION = defineRegister({
  name: 'Outstanding Page Request Allocation',
  offsetBytes: 0x0c,
  widthBits: 32,
  spec: 'PCIe Base 5.0 §10.5.2.5',
  fields: { allocation: { lsb: 0, widthBits: 32, access: 'RW' } },
});
export const PAGE_REQUEST: CapabilityDefinition = {
  id: 0x0013,
  name: 'Page Request',
  extended: true,
  version: 1,
  offsetBytes: 0x1b0,
  lengthBytes: 16,
  registers: [PAGE_REQUEST_CONTROL, PAGE_REQUEST_STATUS, PAGE_REQUEST_CAPACITY, PAGE_REQUEST_ALLOCATION],
};

export const PASID_CAPABILITY = defineRegister({
  name: 'PASID Capability',
  offsetBytes: 0x04,
  widthBits: 16,
  spec: 'PCIe Base 5.0 §7.8.8.2',
  fields: {
    executePermission: { lsb: 1, access: 'RO', reset: 1 },
    privilegedMode: { lsb: 2, access: 'RO', reset: 1 },
    maxWidthBits: { lsb: 8, widthBits: 5, access: 'RO', reset: 20 },
  },
});
export const PASID_CONTROL = defineRegister({
  name: 'PASID Control',
  offsetBytes: 0x06,
  widthBits: 16,
  spec: 'PCIe Base 5.0 §7.8.8.3',
  fields: {
    enable: { lsb: 0, access: 'RW' },
    executeEnable: { lsb: 1, access: 'RW' },
    privilegedEnable: { lsb: 2, access: 'RW' },
  },
});
export const PASID: CapabilityDefinition = {
  id: 0x001b,
  name: 'PASID',
  extended: true,
  version: 1,
  offsetBytes: 0x1c8,
  lengthBytes: 8,
  registers: [PASID_CAPABILITY, PASID_CONTROL],
};

export const LINK_CONTROL_3 = defineRegister({
  name: 'Link Control 3',
  offsetBytes: 0x04,
  widthBits: 32,
  spec: 'PCIe Base 5.0 §7.7.3.2',
  fields: {
    performEqualization: { lsb: 0, access: 'RW', readsZero: true },
    equalizationInterrupt: { lsb: 1, access: 'RW' },
  },
});
export const LANE_ERROR_STATUS = defineRegister({
  name: 'Lane Error Status',
  offsetBytes: 0x08,
  widthBits: 32,
  spec: 'PCIe Base 5.0 §7.7.3.3',
  fields: { lanes: { lsb: 0, widthBits: 32, access: 'RW1CS' } },
});
/** Followed by two bytes of lane equalization control for each lane. */
export const SECONDARY_EXPRESS: CapabilityDefinition = {
  id: 0x0019,
  name: 'Secondary PCI Express',
  extended: true,
  version: 1,
  offsetBytes: 0x1d8,
  lengthBytes: 12,
  registers: [LINK_CONTROL_3, LANE_ERROR_STATUS],
};

const SRIOV_SPEC = 'PCIe Base 5.0 §9.3.3';
export const SRIOV_CONTROL = defineRegister({
  name: 'SR-IOV Control',
  offsetBytes: 0x08,
  widthBits: 16,
  spec: `${SRIOV_SPEC}.3`,
  fields: {
    vfEnable: { lsb: 0, access: 'RW' },
    vfMemorySpaceEnable: { lsb: 3, access: 'RW' },
    ariCapableHierarchy: { lsb: 4, access: 'RW' },
  },
});
export const SRIOV_INITIAL_VFS = defineRegister({
  name: 'InitialVFs',
  offsetBytes: 0x0c,
  widthBits: 16,
  spec: `${SRIOV_SPEC}.5`,
  fields: { count: { lsb: 0, widthBits: 16, access: 'HwInit' } },
});
export const SRIOV_TOTAL_VFS = defineRegister({
  name: 'TotalVFs',
  offsetBytes: 0x0e,
  widthBits: 16,
  spec: `${SRIOV_SPEC}.6`,
  fields: { count: { lsb: 0, widthBits: 16, access: 'HwInit' } },
});
export const SRIOV_NUM_VFS = defineRegister({
  name: 'NumVFs',
  offsetBytes: 0x10,
  widthBits: 16,
  spec: `${SRIOV_SPEC}.7`,
  fields: { count: { lsb: 0, widthBits: 16, access: 'RW' } },
});
export const SRIOV_FIRST_VF_OFFSET = defineRegister({
  name: 'First VF Offset',
  offsetBytes: 0x14,
  widthBits: 16,
  spec: `${SRIOV_SPEC}.9`,
  fields: { offset: { lsb: 0, widthBits: 16, access: 'RO' } },
});
export const SRIOV_VF_STRIDE = defineRegister({
  name: 'VF Stride',
  offsetBytes: 0x16,
  widthBits: 16,
  spec: `${SRIOV_SPEC}.10`,
  fields: { stride: { lsb: 0, widthBits: 16, access: 'RO' } },
});
export const SRIOV_VF_DEVICE_ID = defineRegister({
  name: 'VF Device ID',
  offsetBytes: 0x1a,
  widthBits: 16,
  spec: `${SRIOV_SPEC}.11`,
  fields: { deviceId: { lsb: 0, widthBits: 16, access: 'HwInit' } },
});
export const SRIOV_PAGE_SIZES = defineRegister({
  name: 'Supported Page Sizes',
  offsetBytes: 0x1c,
  widthBits: 32,
  spec: `${SRIOV_SPEC}.12`,
  fields: { sizes: { lsb: 0, widthBits: 32, access: 'RO', reset: 0x553 } },
});
export const SRIOV_SYSTEM_PAGE_SIZE = defineRegister({
  name: 'System Page Size',
  offsetBytes: 0x20,
  widthBits: 32,
  spec: `${SRIOV_SPEC}.13`,
  fields: { size: { lsb: 0, widthBits: 32, access: 'RW', reset: 1 } },
});
/** First of six VF BAR dwords; laid out and sized like the BARs of a header. */
export const SRIOV_VF_BAR_OFFSET = 0x24;
/** Offset 220h is free in the project's layout: the enumeration reference places no SR-IOV capability. */
export const SRIOV: CapabilityDefinition = {
  id: 0x0010,
  name: 'SR-IOV',
  extended: true,
  version: 1,
  offsetBytes: 0x220,
  lengthBytes: 64,
  registers: [
    SRIOV_CONTROL,
    SRIOV_INITIAL_VFS,
    SRIOV_TOTAL_VFS,
    SRIOV_NUM_VFS,
    SRIOV_FIRST_VF_OFFSET,
    SRIOV_VF_STRIDE,
    SRIOV_VF_DEVICE_ID,
    SRIOV_PAGE_SIZES,
    SRIOV_SYSTEM_PAGE_SIZE,
  ],
};
export const ARI_CAPABILITY = defineRegister({
  name: 'ARI Capability',
  offsetBytes: 0x04,
  widthBits: 16,
  spec: 'PCIe Base 5.0 §7.8.7.2',
  fields: { nextFunction: { lsb: 8, widthBits: 8, access: 'RO' } },
});
/** Offset 270h is free in the project's layout; only devices with virtual functions have it. */
export const ARI: CapabilityDefinition = {
  id: 0x000e,
  name: 'Alternative Routing-ID',
  extended: true,
  version: 1,
  offsetBytes: 0x270,
  lengthBytes: 8,
  registers: [ARI_CAPABILITY],
};
