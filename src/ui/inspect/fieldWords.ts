/* Fields of configuration registers in words: their names as people say them, and what each is for. */
import { ACS_BIT_WORDS } from '../../store/acsFacts.ts';

/** Names that splitting at capitals would spoil. */
const NAMES: Readonly<Record<string, string>> = {
  maxPayloadSize: 'MPS',
  maxReadRequestSize: 'MRRS',
  maxPayloadSizeSupported: 'MPS supported',
  serrEnable: 'SERR enable',
  ecrc: 'ECRC',
  ecrcGenerationCapable: 'ECRC generation capable',
  ecrcGenerationEnable: 'ECRC generation enable',
  ecrcCheckCapable: 'ECRC check capable',
  ecrcCheckEnable: 'ECRC check enable',
  poisonedTlp: 'Poisoned TLP',
  malformedTlp: 'Malformed TLP',
  badTlp: 'Bad TLP',
  badDllp: 'Bad DLLP',
  acsViolation: 'ACS violation',
  ioSpace: 'I/O space',
  ioSpaceEnable: 'I/O space enable',
  pmeEnable: 'PME enable',
  pmeStatus: 'PME status',
  vfEnable: 'VF enable',
  idoRequestEnable: 'IDO request enable',
  idoCompletionEnable: 'IDO completion enable',
  ...Object.fromEntries(ACS_BIT_WORDS.map((bit) => [bit.name, bit.long])),
};

/** Short names for cells of a bit or two. */
const SHORT: Readonly<Record<string, string>> = {
  correctableErrorReporting: 'CE',
  nonFatalErrorReporting: 'NFE',
  fatalErrorReporting: 'FE',
  unsupportedRequestReporting: 'UR',
  enableRelaxedOrdering: 'RO',
  maxPayloadSize: 'MPS',
  extendedTagEnable: 'ExT',
  phantomFunctionsEnable: 'Ph',
  auxPowerEnable: 'Aux',
  enableNoSnoop: 'NS',
  maxReadRequestSize: 'MRRS',
  initiateFunctionLevelReset: 'FLR',
  ioSpaceEnable: 'I/O',
  memorySpaceEnable: 'Mem',
  busMasterEnable: 'BM',
  parityErrorResponse: 'PER',
  serrEnable: 'SERR',
  interruptDisable: 'IntD',
  ...Object.fromEntries(ACS_BIT_WORDS.map((bit) => [bit.name, bit.short])),
};

const ABOUT: Readonly<Record<string, string>> = {
  vendorId: 'Who made it, a number the PCI-SIG gives out.',
  deviceId: 'Which of its maker’s devices it is.',
  ioSpaceEnable: 'The function answers I/O requests to its I/O BARs; on a bridge, its I/O window is open.',
  memorySpaceEnable:
    'The function answers memory requests to its BARs; on a bridge, its memory windows are open. Cleared, they are unsupported requests.',
  busMasterEnable:
    'The function may send memory requests of its own: DMA and MSI. On a bridge, requests from below may go up.',
  parityErrorResponse: 'Poisoned TLPs set Master Data Parity Error.',
  serrEnable: 'Non-fatal and fatal errors are reported.',
  interruptDisable: 'No INTx messages are sent.',
  interruptStatus: 'An INTx interrupt is pending.',
  capabilitiesList: 'The pointer at 34h leads to a list of capabilities.',
  masterDataParityError:
    'A poisoned completion was received, or a poisoned request sent, with Parity Error Response set.',
  signaledTargetAbort: 'It answered a request with Completer Abort.',
  receivedTargetAbort: 'It received a completion with Completer Abort.',
  receivedMasterAbort: 'It received a completion with Unsupported Request.',
  signaledSystemError: 'It sent an error message with SERR enabled.',
  receivedSystemError: 'An error message came in from below.',
  detectedParityError: 'A poisoned TLP was received.',
  revision: 'Revision of the device.',
  classCode: 'What it is: class, subclass and programming interface.',
  cacheLineDwords: 'Without meaning on PCI Express; software may write it.',
  layout: '0: a function with six BARs. 1: a bridge with windows.',
  multiFunction: 'The device has more functions than this one.',
  memoryType: '00: 32-bit. 10: 64-bit, the next BAR is its upper half.',
  ioSpace: 'The BAR asks for I/O space instead of memory.',
  prefetchable: 'Reads have no side effects: the range may lie in a prefetchable window, above 4 GiB.',
  address: 'Where the range lies. Only bits above its size can be written.',
  pointer: 'Offset of the first capability.',
  pin: '0: no INTx. 1…4: INTA…INTD.',
  line: 'Software’s own note; hardware does not look.',
  bus: 'Bus number; configuration requests and completions are routed by it.',
  portType: 'Which kind of function this is on PCI Express.',
  slotImplemented: 'The link below leads to a slot.',
  maxPayloadSizeSupported: 'The largest payload it can send or receive.',
  extendedTagSupported: '8-bit tags: 256 requests can be under way.',
  functionLevelReset: 'It can be reset without its device.',
  roleBasedErrorReporting: 'Some non-fatal errors count as advisory: somebody else will handle them.',
  correctableErrorReporting: 'Correctable errors send ERR_COR.',
  nonFatalErrorReporting: 'Non-fatal errors send ERR_NONFATAL.',
  fatalErrorReporting: 'Fatal errors send ERR_FATAL.',
  unsupportedRequestReporting: 'Unsupported requests are reported.',
  enableRelaxedOrdering: 'It may set Relaxed Ordering on its requests.',
  maxPayloadSize: 'The largest payload it sends. Writes are cut at it; both ends of a way must agree.',
  extendedTagEnable: '256 tags instead of 32.',
  phantomFunctionsEnable: 'Unused function numbers widen the tag.',
  auxPowerEnable: 'It may draw auxiliary power.',
  enableNoSnoop: 'It may set No Snoop on its requests.',
  maxReadRequestSize: 'The longest read it sends. Longer reads are split.',
  initiateFunctionLevelReset: 'Writing 1 resets the function; reads give 0.',
  correctableErrorDetected: 'Write 1 to clear.',
  nonFatalErrorDetected: 'Write 1 to clear.',
  fatalErrorDetected: 'Write 1 to clear.',
  unsupportedRequestDetected: 'Write 1 to clear.',
  transactionsPending: 'Requests of it are waiting for completions.',
  maxSpeed: 'Generation of the fastest rate it can train to.',
  maxWidth: 'Lanes it has.',
  speed: 'Generation of the rate the link runs at.',
  width: 'Lanes in use.',
  portNumber: 'Number of the port in its device.',
  dataLinkActive: 'The link is up.',
  training: 'The link is training.',
  commonClock: 'Both ends share a clock.',
  readCompletionBoundary: 'Completions are cut at 64 or 128 bytes.',
  completionTimeoutValue: 'How long a request waits for its completion.',
  completionTimeoutDisable: 'Requests wait forever.',
  ariForwardingEnable: 'Function numbers up to 255 on the device below.',
  tenBitTagEnable: '10-bit tags: up to 768 requests under way.',
  atomicRequesterEnable: 'It may send atomic operations.',
  atomicEgressBlocking: 'Atomic operations do not leave by this port.',
  targetSpeed: 'Highest rate the link is trained to.',
  egressControlVectorSize: 'Bits in the egress control vector.',
  ports: 'One bit for each port: requests to it are stopped or redirected.',
  powerState: 'D0 to D3hot. Other states than D0 answer configuration requests only.',
  noSoftReset: 'Going back to D0 keeps the registers.',
  enable: 'Switched on.',
  multipleMessageCapable: 'Vectors it asks for, as a power of two.',
  multipleMessageEnable: 'Vectors it was given, as a power of two.',
  address64: 'Its message may go above 4 GiB.',
  perVectorMasking: 'Vectors can be masked one by one.',
  tableSizeMinusOne: 'Entries of the vector table, less one.',
  functionMask: 'All vectors are masked.',
  bar: 'BAR that holds the table.',
  offsetQwords: 'Where in the BAR, in units of 8 bytes.',
  firstErrorPointer: 'Bit of the first uncorrectable error that is still set.',
  ecrcGenerationEnable: 'Requests and completions carry an ECRC.',
  ecrcCheckEnable: 'ECRC of what arrives is checked.',
  header: 'One dword of the header of the TLP that caused the first error.',
  supportedSizes: 'One bit for each size, from 1 MiB on.',
  sizeCode: 'Size of the BAR as a power of two, 0 = 1 MiB. Writing it moves the BAR to address 0.',
  secondaryBusReset: 'Everything below is in reset while it is set.',
  smallestTranslationUnit: 'Smallest translation it asks for, as a power of two of 4 KiB.',
  ...Object.fromEntries(ACS_BIT_WORDS.map((bit) => [bit.name, bit.effect])),
};

/** `memorySpaceEnable` → `Memory space enable`. */
export function fieldName(name: string): string {
  const words = name.replace(/([A-Z])/g, ' $1').toLowerCase();
  return NAMES[name] ?? words.charAt(0).toUpperCase() + words.slice(1);
}

export function fieldShort(name: string): string {
  return SHORT[name] ?? fieldName(name);
}

const ACCESS_WORDS: Readonly<Record<string, string>> = {
  HwInit: 'Set by hardware when it starts.',
  RO: 'Read only.',
  ROS: 'Read only, kept over a reset.',
  RW: 'Software reads and writes it.',
  RWS: 'Software writes it; kept over a reset.',
  RW1C: 'Writing 1 clears it.',
  RW1CS: 'Writing 1 clears it; kept over a reset.',
};

/** What a field is for, then who may change it. */
export function fieldAbout(name: string, access: string): string {
  return [ABOUT[name], ACCESS_WORDS[access]].filter((words) => words !== undefined).join(' ');
}
