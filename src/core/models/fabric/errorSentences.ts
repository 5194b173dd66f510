/*
 * What is said about errors: names of status bits, TLPs in words.
 */
import { hex } from '../../../base/bits.ts';
import { addressText } from '../../../base/format.ts';
import type { Bdf } from '../../../base/units.ts';
import { bdfText } from '../../pcie/bdf.ts';
import { headerDwords, type HeaderDwords } from '../../pcie/tlpHeader.ts';
import { TLP_CLASS, TLP_KIND, TLP_KIND_NAMES, type TlpKind } from '../../pcie/tlp.ts';
import { CONFIG_BYTES } from './configRequests.ts';
import { CORRECTABLE, UNCORRECTABLE } from './errorRegisters.ts';
import { DIGEST, TLP_ATTRIBUTE, type TlpPool } from './tlpPool.ts';

/** As the specification calls them. */
export const UNCORRECTABLE_NAMES: Readonly<Record<number, string>> = {
  [UNCORRECTABLE.dataLinkProtocol]: 'Data Link Protocol Error',
  [UNCORRECTABLE.surpriseDown]: 'Surprise Down',
  [UNCORRECTABLE.poisonedTlp]: 'Poisoned TLP',
  [UNCORRECTABLE.flowControlProtocol]: 'Flow Control Protocol Error',
  [UNCORRECTABLE.completionTimeout]: 'Completion Timeout',
  [UNCORRECTABLE.completerAbort]: 'Completer Abort',
  [UNCORRECTABLE.unexpectedCompletion]: 'Unexpected Completion',
  [UNCORRECTABLE.receiverOverflow]: 'Receiver Overflow',
  [UNCORRECTABLE.malformedTlp]: 'Malformed TLP',
  [UNCORRECTABLE.ecrc]: 'ECRC Error',
  [UNCORRECTABLE.unsupportedRequest]: 'Unsupported Request',
  [UNCORRECTABLE.acsViolation]: 'ACS Violation',
  [UNCORRECTABLE.internal]: 'Uncorrectable Internal Error',
  [UNCORRECTABLE.atomicEgressBlocked]: 'AtomicOp Egress Blocked',
};

export const CORRECTABLE_NAMES: Readonly<Record<number, string>> = {
  [CORRECTABLE.receiver]: 'Receiver Error',
  [CORRECTABLE.badTlp]: 'Bad TLP',
  [CORRECTABLE.badDllp]: 'Bad DLLP',
  [CORRECTABLE.replayRollover]: 'Replay Number Rollover',
  [CORRECTABLE.replayTimeout]: 'Replay Timer Timeout',
  [CORRECTABLE.advisoryNonFatal]: 'Advisory Non-Fatal',
  [CORRECTABLE.internal]: 'Corrected Internal Error',
  [CORRECTABLE.headerLogOverflow]: 'Header Log Overflow',
};

const KINDS = new Set<number>(Object.values(TLP_KIND));

function isKind(kind: number): kind is TlpKind {
  return KINDS.has(kind);
}

/** Header of a TLP under way, as its receiver logs it. @returns undefined for what has no header of its own. */
export function headerOf(pool: TlpPool, slot: number): HeaderDwords | undefined {
  const kind = pool.kind(slot);
  if (!isKind(kind)) return undefined;
  const has = (bits: number): boolean => (pool.attributes(slot) & bits) !== 0;
  const isConfig = kind >= TLP_KIND.CfgRd0 && kind <= TLP_KIND.CfgWr1;
  const address = pool.address(slot);
  return headerDwords({
    kind,
    requesterId: pool.requesterId(slot) as Bdf,
    tag: pool.tag(slot) & 0x3ff,
    address: isConfig ? address % CONFIG_BYTES : address,
    lengthBytes: pool.lengthBytes(slot),
    poisoned: pool.isPoisoned(slot),
    digest: pool.digest(slot) !== DIGEST.none,
    relaxedOrdering: pool.isRelaxed(slot),
    idBasedOrdering: pool.isIdOrdered(slot),
    noSnoop: has(TLP_ATTRIBUTE.noSnoop),
    addressType: pool.addressType(slot),
    ...(isConfig ? { targetId: Math.floor(address / CONFIG_BYTES) as Bdf } : {}),
    ...(pool.classOf(slot) === TLP_CLASS.completion
      ? {
          completerId: pool.completerId(slot) as Bdf,
          status: pool.status(slot),
          byteCount: pool.byteCount(slot),
        }
      : {}),
    ...(kind === TLP_KIND.Msg ? { code: address } : {}),
  });
}

/** `MWr of 256 bytes to 0x40_0000_0000 from 03:00.0` */
export function tlpText(pool: TlpPool, slot: number): string {
  const kind = pool.kind(slot);
  const name = TLP_KIND_NAMES[kind] ?? 'TLP';
  const requester = bdfText(pool.requesterId(slot) as Bdf);
  const length = pool.lengthBytes(slot);
  const address = pool.address(slot);
  if (pool.classOf(slot) === TLP_CLASS.completion) {
    const data = kind === TLP_KIND.CplD ? ` with ${length} bytes` : '';
    return `${name}${data} for tag ${pool.tag(slot)} of ${requester}`;
  }
  if (kind >= TLP_KIND.CfgRd0 && kind <= TLP_KIND.CfgWr1) {
    const target = bdfText(Math.floor(address / CONFIG_BYTES) as Bdf);
    return `${name} of register ${hex(address % CONFIG_BYTES, 3)}h of ${target}`;
  }
  const direction = pool.classOf(slot) === TLP_CLASS.posted ? 'to' : 'at';
  return `${name} of ${length} bytes ${direction} ${addressText(address)} from ${requester}`;
}
