/*
 * The shape of a saved document. Semantic rules are in validate.ts. Unknown keys are refused: a typo in a
 * hand-written document must not silently mean "default". The type test at the end keeps schema and
 * contract (document.ts, core/pcie/machineSpec.ts) the same.
 */
import * as v from 'valibot';
import { isPowerOfTwo } from '../base/bits.ts';
import { DOCUMENT_VERSION, type TopologyDocument } from './document.ts';

/** Most functions one document may have. */
export const MAX_FUNCTIONS = 4096;
export const MAX_HOST_BRIDGES = 256;
export const MAX_NAME_LENGTH = 80;
const MAX_TEXT_LENGTH = 2000;
/** Flow 0 is the transfer; TLPs carry six bits of flow number. */
export const MAX_FLOWS = 63;
const MAX_FAULTS = 256;
const MAX_ASSUMPTIONS = 20_000;
/** Largest size and address: below this a double is exact. */
const ADDRESS_LIMIT = 2 ** 52;

const integer = (low: number, high: number) =>
  v.pipe(
    v.number('must be a number'),
    v.check(
      (value) => Number.isInteger(value) && value >= low && value <= high,
      `must be an integer in ${low}…${high}`,
    ),
  );
const real = (low: number, high: number) =>
  v.pipe(
    v.number('must be a number'),
    v.check((value) => value >= low && value <= high, `must be a number in ${low}…${high}`),
  );
const powerOfTwo = (low: number, high: number) =>
  v.pipe(
    v.number('must be a number'),
    v.check(
      (value) => isPowerOfTwo(value) && value >= low && value <= high,
      `must be a power of two in ${low}…${high}`,
    ),
  );
const text = (maxLength: number) =>
  v.pipe(
    v.string('must be a text'),
    v.check((value) => value.length <= maxLength, `must have at most ${maxLength} characters`),
    // oxlint-disable-next-line no-control-regex
    v.check((value) => !/[\u0000-\u001f\u007f]/.test(value), 'must not contain control characters'),
  );
const list = <T extends v.GenericSchema>(item: T, maxLength: number) =>
  v.pipe(
    v.array(item, 'must be a list'),
    v.check((value) => value.length <= maxLength, `must have at most ${maxLength} entries`),
  );

const nodeId = v.pipe(
  v.string('must be an identifier'),
  v.check(
    (value) => value.length <= 64 && /^[a-z0-9][a-z0-9._-]*$/.test(value),
    'must start with a letter or digit and consist of at most 64 characters of a-z 0-9 . _ -',
  ),
);

const address = integer(0, ADDRESS_LIMIT - 1);
const sizeBytes = integer(1, ADDRESS_LIMIT);
const busNumber = integer(0, 255);
const latency = integer(0, 1e12);
const bytesPerSecond = real(1e3, 1e15);
const payloadSize = powerOfTwo(128, 4096);
const tags = integer(1, 1024);
const credits = integer(1, 65_535);
const linkGen = v.picklist([1, 2, 3, 4, 5, 6], 'must be a generation, 1…6');
const linkWidth = v.picklist([1, 2, 4, 8, 16], 'must be 1, 2, 4, 8 or 16 lanes');
const space = v.picklist(['memory', 'io']);
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

const transfer = v.strictObject({
  from: nodeId,
  to: nodeId,
  bytes: integer(1, 2 ** 36),
  bounce: v.strictObject({
    chunkBytes: integer(4096, 16 * 2 ** 20),
    buffers: v.picklist([1, 2], 'must be 1 or 2'),
    completion: v.picklist(['interrupt', 'polled']),
  }),
  force: v.exactOptional(v.boolean()),
});

const bounceOptions = transfer.entries.bounce;
const flowWork = v.variant(
  'kind',
  [
    v.strictObject({
      kind: v.literal('transfer'),
      from: nodeId,
      to: nodeId,
      bytes: integer(1, 2 ** 36),
      way: v.picklist(['p2p', 'bounce', 'copy']),
      bounce: bounceOptions,
      force: v.exactOptional(v.boolean()),
    }),
    v.strictObject({
      kind: v.literal('accesses'),
      engine: nodeId,
      target: nodeId,
      operation: v.picklist(['read', 'write']),
      operationBytes: integer(1, 4096),
      windowBytes: integer(64, 2 ** 40),
      pattern: v.picklist(['sequential', 'random']),
      operations: integer(1, 1e9),
      outstanding: integer(1, 32_768),
      memoryNode: v.exactOptional(integer(0, 7)),
    }),
    v.strictObject({
      kind: v.literal('cpu'),
      operation: v.picklist(['load', 'store']),
      target: nodeId,
      mapping: v.picklist(['UC', 'WC', 'WT', 'WB']),
      accessBytes: v.picklist([1, 2, 4, 8, 16, 32, 64], 'must be 1, 2, 4, 8, 16, 32 or 64'),
      bytes: integer(1, 2 ** 36),
      hostBridge: v.exactOptional(nodeId),
    }),
  ],
  'is not a kind of flow',
);
const flow = v.strictObject({
  id: nodeId,
  name: text(MAX_NAME_LENGTH),
  start_ps: integer(0, 1e15),
  background: v.exactOptional(v.boolean()),
  work: flowWork,
});

const linkDirection = v.picklist(['up', 'down'], 'must be up or down');
const count = integer(1, 1e6);
const fault = v.variant(
  'kind',
  [
    v.strictObject({ kind: v.literal('bitErrors'), link: nodeId, direction: linkDirection, rate: real(0, 1e-3) }),
    v.strictObject({ kind: v.literal('corruptTlp'), link: nodeId, direction: linkDirection, count }),
    v.strictObject({ kind: v.literal('loseAcks'), link: nodeId, direction: linkDirection, count }),
    v.strictObject({ kind: v.literal('linkDown'), link: nodeId }),
    v.strictObject({ kind: v.literal('linkUp'), link: nodeId }),
    v.strictObject({
      kind: v.literal('retrain'),
      link: nodeId,
      gen: v.exactOptional(linkGen),
      width: v.exactOptional(linkWidth),
    }),
    v.strictObject({ kind: v.literal('surpriseRemoval'), link: nodeId }),
    v.strictObject({ kind: v.literal('hotAdd'), link: nodeId }),
    v.strictObject({ kind: v.literal('hotReset'), link: nodeId }),
    v.strictObject({ kind: v.literal('functionLevelReset'), node: nodeId }),
    v.strictObject({ kind: v.literal('poison'), node: nodeId, what: v.picklist(['writes', 'completions']), count }),
    v.strictObject({ kind: v.literal('corruptDigest'), node: nodeId, count }),
    v.strictObject({ kind: v.literal('malformed'), node: nodeId, count }),
    v.strictObject({ kind: v.literal('spoofRequester'), node: nodeId, count }),
    v.strictObject({ kind: v.literal('strayAddress'), node: nodeId, count }),
    v.strictObject({ kind: v.literal('completerAbort'), node: nodeId, count }),
    v.strictObject({ kind: v.literal('noAnswer'), node: nodeId, count }),
    v.strictObject({ kind: v.literal('unexpectedCompletion'), node: nodeId, count }),
    v.strictObject({ kind: v.literal('configRetry'), node: nodeId, duration_ps: integer(1, 1e13) }),
    v.strictObject({ kind: v.literal('memoryDisable'), node: nodeId }),
    v.strictObject({ kind: v.literal('unmapIommu'), node: nodeId }),
  ],
  'is not a kind of fault',
);
const plannedFault = v.strictObject({ at_ps: integer(0, 1e15), fault });

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
