/*
 * A configuration space in the words of `lspci -vv`, for the registers this project has tables for. Lines are spelled
 * as pciutils 3.x spells them; what has no table is left out, never invented.
 */
import { fromDwords, hex } from '../../base/bits.ts';
import { invariant } from '../../base/invariant.ts';
import type { ConfigReader } from './capability.ts';
import {
  barAddress,
  bridgeBuses,
  bridgeWindows,
  headerLayoutOf,
  portTypeOf,
  readField,
  readRegister,
} from './decode.ts';
import * as express from './expressCapability.ts';
import * as extended from './extendedCapabilities.ts';
import * as header from './header.ts';
import * as legacy from './legacyCapabilities.ts';
import { registerMap, type RegisterSection } from './registerMap.ts';
import { fieldMask, type Register } from './register.ts';

/** What the bytes alone do not say. */
export interface VerboseNames {
  /** `03:00.0` */
  readonly address: string;
  /** `Ethernet controller: nic0` */
  readonly description: string;
  /** Sizes of BARs in bytes, by index. */
  readonly barSizes: ReadonlyMap<number, number>;
}

type FlagRow = readonly [label: string, field: string];

/** `Mem+ BusMaster-`: fields of one bit with a sign; a label without a field is always off. */
function flags(config: ConfigReader, register: Register, base: number, rows: readonly FlagRow[]): string {
  const value = readRegister(config, register, base);
  return rows
    .map(([label, name]) => {
      const field = register.fields[name];
      invariant(field !== undefined || name === '', () => `${register.name} has no field ${name}`);
      return `${label}${field !== undefined && (value & fieldMask(field)) !== 0 ? '+' : '-'}`;
    })
    .join(' ');
}

const SIZE_UNITS = ['', 'K', 'M', 'G', 'T'] as const;

function sizeWords(bytes: number): string {
  const power = Math.min(SIZE_UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${bytes / 2 ** (10 * power)}${SIZE_UNITS[power] ?? ''}`;
}

const CONTROL: readonly FlagRow[] = [
  ['I/O', 'ioSpaceEnable'],
  ['Mem', 'memorySpaceEnable'],
  ['BusMaster', 'busMasterEnable'],
  ['SpecCycle', ''],
  ['MemWINV', ''],
  ['VGASnoop', ''],
  ['ParErr', 'parityErrorResponse'],
  ['Stepping', ''],
  ['SERR', 'serrEnable'],
  ['FastB2B', ''],
  ['DisINTx', 'interruptDisable'],
];
const STATUS_BEFORE: readonly FlagRow[] = [
  ['Cap', 'capabilitiesList'],
  ['66MHz', ''],
  ['UDF', ''],
  ['FastB2B', ''],
  ['ParErr', 'masterDataParityError'],
];
const STATUS_AFTER: readonly FlagRow[] = [
  ['>TAbort', 'signaledTargetAbort'],
  ['<TAbort', 'receivedTargetAbort'],
  ['<MAbort', 'receivedMasterAbort'],
  ['>SERR', 'signaledSystemError'],
  ['<PERR', 'detectedParityError'],
  ['INTx', 'interruptStatus'],
];

function regions(config: ConfigReader, names: VerboseNames): readonly string[] {
  const count = header.BAR_COUNT[headerLayoutOf(config) === 1 ? 1 : 0];
  const enabled = readField(config, header.COMMAND, 0, 'memorySpaceEnable') === 1;
  const lines: string[] = [];
  for (let bar = 0; bar < count; bar += 1) {
    const low = config.read(header.BAR_BASE + 4 * bar, 4);
    const wide = (low & 7) === 4;
    const size = names.barSizes.get(bar);
    const address = barAddress(config, bar);
    if (low !== 0 || size !== undefined) {
      const sized = size === undefined ? '' : ` [size=${sizeWords(size)}]`;
      lines.push(
        (low & 1) === 1
          ? `Region ${bar}: I/O ports at ${hex(address, 4)}${sized}`
          : `Region ${bar}: Memory at ${address === 0 ? '<unassigned>' : hex(address, 8)} (${wide ? '64' : '32'}-bit, ${(low & 8) === 0 ? 'non-' : ''}prefetchable)${enabled ? '' : ' [disabled]'}${sized}`,
      );
    }
    if (wide) bar += 1;
  }
  return lines;
}

function windowLines(config: ConfigReader): readonly string[] {
  const buses = bridgeBuses(config);
  const windows = bridgeWindows(config);
  const line = (
    name: string,
    window: { readonly base: number; readonly limit: number } | undefined,
    digits: number,
  ): string =>
    window === undefined || window.limit < window.base
      ? `${name}: [disabled]`
      : `${name}: ${hex(window.base, digits)}-${hex(window.limit, digits)} [size=${sizeWords(window.limit - window.base + 1)}] [${digits * 4}-bit]`;
  return [
    `Bus: primary=${hex(buses.primary, 2)}, secondary=${hex(buses.secondary, 2)}, subordinate=${hex(buses.subordinate, 2)}, sec-latency=0`,
    line('I/O behind bridge', windows.io, 8),
    line('Memory behind bridge', windows.memory, 8),
    line('Prefetchable memory behind bridge', windows.prefetchable, 16),
  ];
}

const PORT_WORDS: Readonly<Record<string, string>> = {
  endpoint: 'Endpoint',
  legacyEndpoint: 'Legacy Endpoint',
  rootPort: 'Root Port',
  upstreamPort: 'Upstream Port',
  downstreamPort: 'Downstream Port',
  pcieToPciBridge: 'PCI-Express to PCI/PCI-X Bridge',
  pciToPcieBridge: 'PCI/PCI-X to PCI-Express Bridge',
  rcEndpoint: 'Root Complex Integrated Endpoint',
  rcEventCollector: 'Root Complex Event Collector',
};
const SPEED_WORDS = ['unknown', '2.5GT/s', '5GT/s', '8GT/s', '16GT/s', '32GT/s', '64GT/s'] as const;
const speed = (code: number): string => SPEED_WORDS[code] ?? 'unknown';

function expressLines(config: ConfigReader, base: number): readonly string[] {
  const field = <Name extends string>(register: Register<Name>, name: Name): number =>
    readField(config, register, base, name);
  const type = portTypeOf(config, base) ?? 'unknown';
  const slot =
    field(express.EXPRESS_FLAGS, 'slotImplemented') === 1
      ? ' (Slot+)'
      : type === 'rootPort' || type === 'downstreamPort'
        ? ' (Slot-)'
        : '';
  const sizes = express.payloadSizeFromCode;
  const inside = type === 'rcEndpoint' || type === 'rcEventCollector';
  const control: readonly FlagRow[] = [
    ['CorrErr', 'correctableErrorReporting'],
    ['NonFatalErr', 'nonFatalErrorReporting'],
    ['FatalErr', 'fatalErrorReporting'],
    ['UnsupReq', 'unsupportedRequestReporting'],
  ];
  const more: readonly FlagRow[] = [
    ['RlxdOrd', 'enableRelaxedOrdering'],
    ['ExtTag', 'extendedTagEnable'],
    ['PhantFunc', 'phantomFunctionsEnable'],
    ['AuxPwr', 'auxPowerEnable'],
    ['NoSnoop', 'enableNoSnoop'],
  ];
  const status: readonly FlagRow[] = [
    ['CorrErr', 'correctableErrorDetected'],
    ['NonFatalErr', 'nonFatalErrorDetected'],
    ['FatalErr', 'fatalErrorDetected'],
    ['UnsupReq', 'unsupportedRequestDetected'],
    ['AuxPwr', 'auxPowerDetected'],
    ['TransPend', 'transactionsPending'],
  ];
  const ability: readonly FlagRow[] = [
    ['ExtTag', 'extendedTagSupported'],
    ['RBE', 'roleBasedErrorReporting'],
    ['FLReset', 'functionLevelReset'],
  ];
  return [
    `Express (v${field(express.EXPRESS_FLAGS, 'version')}) ${PORT_WORDS[type] ?? 'Unknown type'}${slot}`,
    `\tDevCap:\tMaxPayload ${sizes(field(express.DEVICE_CAPABILITIES, 'maxPayloadSizeSupported'))} bytes, PhantFunc ${field(express.DEVICE_CAPABILITIES, 'phantomFunctions')}`,
    `\t\t${flags(config, express.DEVICE_CAPABILITIES, base, ability)}`,
    `\tDevCtl:\t${flags(config, express.DEVICE_CONTROL, base, control)}`,
    `\t\t${flags(config, express.DEVICE_CONTROL, base, more)}`,
    `\t\tMaxPayload ${sizes(field(express.DEVICE_CONTROL, 'maxPayloadSize'))} bytes, MaxReadReq ${sizes(field(express.DEVICE_CONTROL, 'maxReadRequestSize'))} bytes`,
    `\tDevSta:\t${flags(config, express.DEVICE_STATUS, base, status)}`,
    ...(inside ? [] : linkLines(config, base)),
  ];
}

function linkLines(config: ConfigReader, base: number): readonly string[] {
  const field = <Name extends string>(register: Register<Name>, name: Name): number =>
    readField(config, register, base, name);
  const status: readonly FlagRow[] = [
    ['TrErr', ''],
    ['Train', 'training'],
    ['SlotClk', 'slotClock'],
    ['DLActive', 'dataLinkActive'],
    ['BWMgmt', 'bandwidthManagement'],
    ['ABWMgmt', 'autonomousBandwidth'],
  ];
  const maxSpeed = field(express.LINK_CAPABILITIES, 'maxSpeed');
  const maxWidth = field(express.LINK_CAPABILITIES, 'maxWidth');
  const [nowSpeed, nowWidth] = [field(express.LINK_STATUS, 'speed'), field(express.LINK_STATUS, 'width')];
  // A root port's other end may be the slower one: pciutils does not call that downgraded.
  const isBelow = portTypeOf(config, base) !== 'rootPort';
  const words = (now: number, most: number): string => (isBelow && now < most ? ' (downgraded)' : '');
  return [
    `\tLnkCap:\tPort #${field(express.LINK_CAPABILITIES, 'portNumber')}, Speed ${speed(maxSpeed)}, Width x${maxWidth}`,
    `\tLnkSta:\tSpeed ${speed(nowSpeed)}${words(nowSpeed, maxSpeed)}, Width x${nowWidth}${words(nowWidth, maxWidth)}`,
    `\t\t${flags(config, express.LINK_STATUS, base, status)}`,
  ];
}

const ACS_FLAGS: readonly FlagRow[] = [
  ['SrcValid', 'sourceValidation'],
  ['TransBlk', 'translationBlocking'],
  ['ReqRedir', 'p2pRequestRedirect'],
  ['CmpltRedir', 'p2pCompletionRedirect'],
  ['UpstreamFwd', 'upstreamForwarding'],
  ['EgressCtrl', 'p2pEgressControl'],
  ['DirectTrans', 'directTranslatedP2p'],
];
const UNCORRECTABLE: readonly FlagRow[] = [
  ['DLP', 'dataLinkProtocol'],
  ['SDES', 'surpriseDown'],
  ['TLP', 'poisonedTlp'],
  ['FCP', 'flowControlProtocol'],
  ['CmpltTO', 'completionTimeout'],
  ['CmpltAbrt', 'completerAbort'],
  ['UnxCmplt', 'unexpectedCompletion'],
  ['RxOF', 'receiverOverflow'],
  ['MalfTLP', 'malformedTlp'],
  ['ECRC', 'ecrc'],
  ['UnsupReq', 'unsupportedRequest'],
  ['ACSViol', 'acsViolation'],
];
const CORRECTABLE: readonly FlagRow[] = [
  ['RxErr', 'receiver'],
  ['BadTLP', 'badTlp'],
  ['BadDLLP', 'badDllp'],
  ['Rollover', 'replayRollover'],
  ['Timeout', 'replayTimeout'],
  ['AdvNonFatalErr', 'advisoryNonFatal'],
];

function errorLines(config: ConfigReader, base: number): readonly string[] {
  const both = (label: string, register: Register, rows: readonly FlagRow[]): string =>
    `\t${label}:\t${flags(config, register, base, rows)}`;
  return [
    'Advanced Error Reporting',
    both('UESta', extended.AER_UNCORRECTABLE_STATUS, UNCORRECTABLE),
    both('UEMsk', extended.AER_UNCORRECTABLE_MASK, UNCORRECTABLE),
    both('UESvrt', extended.AER_UNCORRECTABLE_SEVERITY, UNCORRECTABLE),
    both('CESta', extended.AER_CORRECTABLE_STATUS, CORRECTABLE),
    both('CEMsk', extended.AER_CORRECTABLE_MASK, CORRECTABLE),
    `\tAERCap:\tFirst Error Pointer: ${hex(readField(config, extended.AER_CONTROL, base, 'firstErrorPointer'), 2)}, ${flags(
      config,
      extended.AER_CONTROL,
      base,
      [
        ['ECRCGenCap', 'ecrcGenerationCapable'],
        ['ECRCGenEn', 'ecrcGenerationEnable'],
        ['ECRCChkCap', 'ecrcCheckCapable'],
        ['ECRCChkEn', 'ecrcCheckEnable'],
      ],
    )}`,
    `\tHeaderLog: ${[0, 4, 8, 12].map((dword) => hex(config.read(base + extended.AER_HEADER_LOG.offsetBytes + dword, 4), 8)).join(' ')}`,
  ];
}

type SectionLines = (config: ConfigReader, base: number) => readonly string[];

function messageLines(config: ConfigReader, base: number): readonly string[] {
  const count = (name: 'multipleMessageEnable' | 'multipleMessageCapable'): number =>
    2 ** readField(config, legacy.MSI_CONTROL, base, name);
  const wide = readField(config, legacy.MSI_CONTROL, base, 'address64') === 1;
  const low = readRegister(config, legacy.MSI_ADDRESS, base);
  const address = wide ? fromDwords(readRegister(config, legacy.MSI_ADDRESS_UPPER, base), low) : low;
  const data = readRegister(config, wide ? legacy.MSI_DATA : legacy.MSI_DATA_32, base);
  return [
    `MSI: ${flags(config, legacy.MSI_CONTROL, base, [['Enable', 'enable']])} Count=${count('multipleMessageEnable')}/${count('multipleMessageCapable')} ${flags(
      config,
      legacy.MSI_CONTROL,
      base,
      [
        ['Maskable', 'perVectorMasking'],
        ['64bit', 'address64'],
      ],
    )}`,
    `\tAddress: ${hex(address, wide ? 16 : 8)}  Data: ${hex(data, 4)}`,
  ];
}

function tableLines(config: ConfigReader, base: number): readonly string[] {
  const field = <Name extends string>(register: Register<Name>, name: Name): number =>
    readField(config, register, base, name);
  const at = (register: typeof legacy.MSIX_TABLE): string =>
    `BAR=${field(register, 'bar')} offset=${hex(field(register, 'offsetQwords') * 8, 8)}`;
  return [
    `MSI-X: ${flags(config, legacy.MSIX_CONTROL, base, [['Enable', 'enable']])} Count=${field(legacy.MSIX_CONTROL, 'tableSizeMinusOne') + 1} ${flags(config, legacy.MSIX_CONTROL, base, [['Masked', 'functionMask']])}`,
    `\tVector table: ${at(legacy.MSIX_TABLE)}`,
    `\tPBA: ${at(legacy.MSIX_PENDING)}`,
  ];
}

function serialLine(config: ConfigReader, base: number): string {
  const bytes = [
    ...hex(readRegister(config, extended.SERIAL_HIGH, base), 8).matchAll(/../g),
    ...hex(readRegister(config, extended.SERIAL_LOW, base), 8).matchAll(/../g),
  ];
  return `Device Serial Number ${bytes.map(([pair]) => pair).join('-')}`;
}

const LINES: Readonly<Record<string, SectionLines>> = {
  [legacy.POWER_MANAGEMENT.name]: (config, base) => [
    `Power Management version ${readField(config, legacy.POWER_MANAGEMENT_CAPABILITIES, base, 'version')}`,
    `\tStatus: D${readField(config, legacy.POWER_MANAGEMENT_CONTROL, base, 'powerState')} ${flags(
      config,
      legacy.POWER_MANAGEMENT_CONTROL,
      base,
      [
        ['NoSoftRst', 'noSoftReset'],
        ['PME-Enable', 'pmeEnable'],
      ],
    )} DSel=0 DScale=0 ${flags(config, legacy.POWER_MANAGEMENT_CONTROL, base, [['PME', 'pmeStatus']])}`,
  ],
  [legacy.MSI.name]: messageLines,
  [legacy.MSIX.name]: tableLines,
  [express.EXPRESS.name]: expressLines,
  [extended.AER.name]: errorLines,
  [extended.ACS.name]: (config, base) => [
    'Access Control Services',
    `\tACSCap:\t${flags(config, extended.ACS_CAPABILITY, base, ACS_FLAGS)}`,
    `\tACSCtl:\t${flags(config, extended.ACS_CONTROL, base, ACS_FLAGS)}`,
  ],
  [extended.SERIAL_NUMBER.name]: (config, base) => [serialLine(config, base)],
};

function sectionText(config: ConfigReader, section: RegisterSection): readonly string[] {
  const place = section.extended ? `[${hex(section.offset, 3)} v${section.version}]` : `[${hex(section.offset, 2)}]`;
  const [first = '', ...rest] = LINES[section.name]?.(config, section.offset) ?? [section.name];
  return [`\tCapabilities: ${place} ${first}`, ...rest.map((line) => `\t${line}`)];
}

/** One function in the words of `lspci -vv`, without a blank line at the end. */
export function lspciVerbose(config: ConfigReader, names: VerboseNames): string {
  const revision = readField(config, header.REVISION_AND_CLASS, 0, 'revision');
  const [, ...sections] = registerMap(config);
  return [
    `${names.address} ${names.description}${revision === 0 ? '' : ` (rev ${hex(revision, 2)})`}`,
    `\tControl: ${flags(config, header.COMMAND, 0, CONTROL)}`,
    `\tStatus: ${flags(config, header.STATUS, 0, STATUS_BEFORE)} DEVSEL=fast ${flags(config, header.STATUS, 0, STATUS_AFTER)}`,
    ...[...regions(config, names), ...(headerLayoutOf(config) === 1 ? windowLines(config) : [])].map(
      (line) => `\t${line}`,
    ),
    ...sections.flatMap((section) => sectionText(config, section)),
  ].join('\n');
}
