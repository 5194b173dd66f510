/*
 * The shape of a saved document. Semantic rules are in validate.ts. Unknown keys are refused: a typo in a
 * hand-written document must not silently mean "default". The type test at the end keeps schema and
 * contract (document.ts, core/pcie/machineSpec.ts) the same.
 */
import * as v from 'valibot';
import { DOCUMENT_VERSION, type TopologyDocument } from './document.ts';
import {
  MAX_FUNCTIONS,
  MAX_HOST_BRIDGES,
  MAX_NAME_LENGTH,
  MAX_TEXT_LENGTH,
  MAX_FLOWS,
  MAX_FAULTS,
  MAX_ASSUMPTIONS,
  ADDRESS_LIMIT,
  integer,
  real,
  powerOfTwo,
  text,
  list,
  nodeId,
  address,
  sizeBytes,
  busNumber,
  latency,
  bytesPerSecond,
  payloadSize,
  tags,
  credits,
  linkGen,
  linkWidth,
  space,
} from './schemaValues.ts';
import { flow, plannedFault, transfer } from './schemaWork.ts';

const range = v.strictObject({ base: address, limit: address });

const functionKind = v.picklist(
  [
    'hostBridge',
    'rootPort',
    'upstreamPort',
    'downstreamPort',
    'endpoint',
    'legacyEndpoint',
    'rcEndpoint',
    'rcEventCollector',
    'pcieToPciBridge',
    'pciToPcieBridge',
    'pciBridge',
    'pciDevice',
  ],
  'is not a kind of function',
);

const identity = v.strictObject({
  vendorId: integer(0, 0xffff),
  deviceId: integer(0, 0xffff),
  revision: integer(0, 0xff),
  classCode: integer(0, 0xffffff),
  subsystemVendorId: integer(0, 0xffff),
  subsystemId: integer(0, 0xffff),
});

const bar = v.strictObject({
  index: integer(0, 5),
  space,
  widthBits: v.picklist([32, 64], 'must be 32 or 64'),
  prefetchable: v.boolean(),
  sizeBytes: powerOfTwo(4, ADDRESS_LIMIT / 2),
  resizableBytes: v.exactOptional(list(powerOfTwo(2 ** 20, ADDRESS_LIMIT / 2), 32)),
});

const linkEnd = v.strictObject({
  maxGen: linkGen,
  maxWidth: linkWidth,
  limitGen: v.exactOptional(linkGen),
  limitWidth: v.exactOptional(linkWidth),
  observed: v.exactOptional(v.strictObject({ gen: linkGen, width: integer(0, 32), active: v.boolean() })),
  lengthMetres: v.exactOptional(real(0, 100)),
  disabled: v.exactOptional(v.boolean()),
  retimers: v.exactOptional(integer(0, 2)),
  bitErrorRate: v.exactOptional(real(0, 1e-3)),
  replayBufferBytes: v.exactOptional(integer(512, 1_048_576)),
});

const acs = v.strictObject({
  capability: integer(0, 0x7f),
  control: integer(0, 0x7f),
  egressVector: v.exactOptional(integer(0, 2 ** 32 - 1)),
});

const optionalCapabilities = v.strictObject({
  msix: v.exactOptional(
    v.strictObject({
      vectors: integer(1, 2048),
      bar: integer(0, 5),
      tableOffset: integer(0, 2 ** 32 - 1),
      pbaOffset: integer(0, 2 ** 32 - 1),
    }),
  ),
  ats: v.exactOptional(v.boolean()),
  atsEnabled: v.exactOptional(v.boolean()),
  pageRequest: v.exactOptional(v.boolean()),
  pasid: v.exactOptional(v.boolean()),
  historicalMinimum: v.exactOptional(v.boolean()),
});

/** `Record<number, number>` in the contract: only the six indices exist. */
const barAddresses = v.strictObject({
  0: v.exactOptional(address),
  1: v.exactOptional(address),
  2: v.exactOptional(address),
  3: v.exactOptional(address),
  4: v.exactOptional(address),
  5: v.exactOptional(address),
});

const firmwareState = v.strictObject({
  command: v.exactOptional(integer(0, 0xffff)),
  buses: v.exactOptional(v.strictObject({ primary: busNumber, secondary: busNumber, subordinate: busNumber })),
  ioWindow: v.exactOptional(range),
  memoryWindow: v.exactOptional(range),
  prefetchableWindow: v.exactOptional(range),
  bars: v.exactOptional(barAddresses),
});

const deviceModel = v.variant(
  'type',
  [
    v.strictObject({ type: v.literal('iopmem'), readLatency_ps: v.exactOptional(latency) }),
    v.strictObject({ type: v.literal('nic'), wireBitsPerSecond: real(1e6, 1e13), tags: v.exactOptional(tags) }),
    v.strictObject({
      type: v.literal('dma'),
      tags: v.exactOptional(tags),
      rateBytesPerSecond: v.exactOptional(bytesPerSecond),
    }),
    v.strictObject({
      type: v.literal('nvme'),
      capacityBytes: sizeBytes,
      readBytesPerSecond: bytesPerSecond,
      writeBytesPerSecond: bytesPerSecond,
      cmbBar: v.exactOptional(integer(0, 5)),
      tags: v.exactOptional(tags),
    }),
    v.strictObject({
      type: v.literal('gpu'),
      apertureBar: integer(0, 5),
      readLatency_ps: v.exactOptional(latency),
      tags: v.exactOptional(tags),
    }),
    v.strictObject({ type: v.literal('generic'), readLatency_ps: v.exactOptional(latency) }),
  ],
  'is not a device model',
);

/** One function, also on its own: clips of the editor. */
export const functionSpec = v.strictObject({
  id: nodeId,
  name: text(MAX_NAME_LENGTH),
  parent: nodeId,
  device: integer(0, 31),
  fn: integer(0, 7),
  kind: functionKind,
  identity,
  bars: list(bar, 6),
  romBytes: v.exactOptional(powerOfTwo(2048, 2 ** 31)),
  link: v.exactOptional(linkEnd),
  mpsSupportedBytes: v.exactOptional(payloadSize),
  mpsBytes: v.exactOptional(payloadSize),
  mrrsBytes: v.exactOptional(payloadSize),
  acs: v.exactOptional(acs),
  slot: v.exactOptional(v.strictObject({ number: integer(0, 8191), hotPlug: v.boolean() })),
  serialNumber: v.exactOptional(v.pipe(v.string(), v.regex(/^[0-9a-fA-F]{16}$/, 'must be 16 hexadecimal digits'))),
  interruptPin: v.exactOptional(v.picklist([0, 1, 2, 3, 4])),
  capabilities: v.exactOptional(optionalCapabilities),
  credits: v.exactOptional(
    v.strictObject({
      postedHeader: v.exactOptional(credits),
      postedData: v.exactOptional(credits),
      nonPostedHeader: v.exactOptional(credits),
      nonPostedData: v.exactOptional(credits),
      completionHeader: v.exactOptional(credits),
      completionData: v.exactOptional(credits),
    }),
  ),
  switch: v.exactOptional(
    v.strictObject({
      latency_ps: v.exactOptional(latency),
      forwarding: v.exactOptional(v.picklist(['cutThrough', 'storeAndForward'])),
      arbitration: v.exactOptional(v.picklist(['roundRobin', 'weighted'])),
    }),
  ),
  arbitrationWeight: v.exactOptional(integer(1, 16)),
  ordering: v.exactOptional(
    v.strictObject({ relaxed: v.exactOptional(v.boolean()), idBased: v.exactOptional(v.boolean()) }),
  ),
  ecrc: v.exactOptional(v.boolean()),
  completionTimeout: v.exactOptional(
    v.strictObject({ value: v.exactOptional(integer(0, 15)), disabled: v.exactOptional(v.boolean()) }),
  ),
  model: v.exactOptional(deviceModel),
  firmware: v.exactOptional(firmwareState),
  configImage: v.exactOptional(
    v.pipe(
      v.string(),
      v.check(
        (value) => value.length >= 128 && value.length <= 8192 && value.length % 2 === 0 && /^[0-9a-f]*$/i.test(value),
        'must be 64…4096 bytes in hexadecimal, two digits a byte',
      ),
    ),
  ),
  virtualFunctionOf: v.exactOptional(nodeId),
  observed: v.exactOptional(
    v.strictObject({
      driver: v.exactOptional(text(MAX_NAME_LENGTH)),
      iommuGroup: v.exactOptional(text(MAX_NAME_LENGTH)),
      numaNode: v.exactOptional(integer(-1, 65_535)),
      description: v.exactOptional(text(MAX_TEXT_LENGTH)),
    }),
  ),
});

const peerPolicy = v.picklist(['forward', 'drop', 'unsupported', 'timeout', 'corrupt']);

const hostBridge = v.strictObject({
  id: nodeId,
  name: text(MAX_NAME_LENGTH),
  segment: integer(0, 0xffffffff),
  rootBus: busNumber,
  lastBus: busNumber,
  numaNode: integer(-1, 65_535),
  windows: v.exactOptional(
    v.strictObject({
      io: v.exactOptional(range),
      memory32: v.exactOptional(range),
      memory64: v.exactOptional(range),
    }),
  ),
  peerToPeer: v.exactOptional(
    v.strictObject({
      write: peerPolicy,
      read: peerPolicy,
      latency_ps: v.exactOptional(latency),
      capBytesPerSecond: v.exactOptional(bytesPerSecond),
      readCapBytesPerSecond: v.exactOptional(bytesPerSecond),
      repacketiseBytes: v.exactOptional(v.picklist([64, 128, 256], 'must be 64, 128 or 256')),
      crossSocketFactor: v.exactOptional(real(0.01, 1)),
    }),
  ),
});

const host = v.strictObject({
  cpu: v.strictObject({
    model: text(MAX_NAME_LENGTH),
    vendor: v.picklist(['intel', 'amd', 'hygon', 'other']),
    family: integer(0, 0xfff),
    cores: integer(1, 4096),
    copyBytesPerSecond: v.exactOptional(bytesPerSecond),
  }),
  memory: v.strictObject({
    sizeBytes: integer(2 ** 20, ADDRESS_LIMIT),
    channels: integer(1, 64),
    channelBytesPerSecond: bytesPerSecond,
    kind: text(MAX_NAME_LENGTH),
    ioCache: v.exactOptional(v.picklist(['hit', 'miss', 'model'])),
    lastLevelCache: v.exactOptional(
      v.strictObject({ sizeBytes: integer(2 ** 16, 2 ** 33), ways: integer(1, 64), ioWays: integer(1, 64) }),
    ),
    sockets: v.exactOptional(integer(1, 8)),
    remoteLatency_ps: v.exactOptional(latency),
    interconnectBytesPerSecond: v.exactOptional(bytesPerSecond),
    backgroundBytesPerSecond: v.exactOptional(real(0, 1e13)),
  }),
  iommu: v.picklist(['off', 'passThrough', 'translate']),
  iommuParameters: v.exactOptional(
    v.strictObject({
      iotlbEntries: v.exactOptional(integer(1, 65_536)),
      missLatency_ps: v.exactOptional(latency),
      walks: v.exactOptional(integer(1, 64)),
      pageBytes: v.exactOptional(v.picklist([4096, 2_097_152, 1_073_741_824], 'must be 4 KiB, 2 MiB or 1 GiB')),
    }),
  ),
  kernelParameters: v.exactOptional(list(text(MAX_TEXT_LENGTH), 64)),
});

const assumption = v.strictObject({
  code: v.pipe(v.string(), v.regex(/^[A-Z0-9_]{1,64}$/, 'must be an UPPER_SNAKE word')),
  nodes: list(nodeId, MAX_FUNCTIONS),
  message: text(MAX_TEXT_LENGTH),
  reason: text(MAX_TEXT_LENGTH),
});

/** A whole document of the current version. */
export const documentSchema = v.strictObject({
  version: v.literal(DOCUMENT_VERSION),
  name: text(MAX_NAME_LENGTH),
  description: text(MAX_TEXT_LENGTH),
  host,
  hostBridges: list(hostBridge, MAX_HOST_BRIDGES),
  functions: list(functionSpec, MAX_FUNCTIONS),
  start: v.picklist(['cold', 'firmware']),
  windowRule: v.picklist(['packed', 'strict']),
  transfer,
  flows: v.exactOptional(list(flow, MAX_FLOWS)),
  faults: v.exactOptional(list(plannedFault, MAX_FAULTS)),
  measurement: v.exactOptional(text(MAX_NAME_LENGTH)),
  assumptions: list(assumption, MAX_ASSUMPTIONS),
});

type DeepMutable<T> = T extends string | number | boolean | undefined
  ? T
  : T extends readonly (infer Item)[]
    ? DeepMutable<Item>[]
    : { -readonly [K in keyof T]: DeepMutable<T[K]> };
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
/** Every key anywhere in the type, as a path: `functions.link.maxGen`. */
type Paths<T> = T extends readonly (infer Item)[]
  ? Paths<Item>
  : T extends object
    ? { [K in keyof T & string]: K | `${K}.${Paths<T[K]> & string}` }[keyof T & string]
    : never;
type SchemaOutput = v.InferOutput<typeof documentSchema>;

/** Fails to compile when the schema and the contract drift apart, in values or in keys. */
export const schemaMatchesContract: readonly [
  Same<DeepMutable<TopologyDocument>, SchemaOutput>,
  Same<Paths<TopologyDocument>, Paths<SchemaOutput>>,
] = [true, true];
