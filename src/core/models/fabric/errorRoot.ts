/*
 * Where error messages end: a root port's (or event collector's) Root Error Status, Error Source Identification and
 * interrupt.
 */
import { fromDwords } from '../../../base/bits.ts';
import { findCapability } from '../../config/capability.ts';
import type { ConfigSpace } from '../../config/configSpace.ts';
import { AER, AER_ERROR_SOURCE, AER_ROOT_COMMAND, AER_ROOT_STATUS } from '../../config/extendedCapabilities.ts';
import {
  MSI,
  MSI_ADDRESS,
  MSI_ADDRESS_UPPER,
  MSI_CONTROL,
  MSI_DATA,
  MSI_DATA_32,
} from '../../config/legacyCapabilities.ts';
import { ROOT_AER_BYTES, wholeCapability } from './errorRegisters.ts';
import type { MessageName } from '../../pcie/tlpHeader.ts';

/** A message-signalled interrupt to send. */
export interface RootInterrupt {
  readonly address: number;
  readonly data: number;
}

const REPORTING = {
  ERR_COR: 'correctableReporting',
  ERR_NONFATAL: 'nonFatalReporting',
  ERR_FATAL: 'fatalReporting',
} as const;

/**
 * @spec PCIe Base 5.0 §6.2.4.1, §7.8.4.9 to §7.8.4.11 (semantics reference E-3)
 * @simplifies SERR# Enable of the bridges on the way is not asked: messages always reach the root port. Error interrupts
 * go out as MSI vector 0; a port without MSI enabled raises none. System errors (Root Control) do nothing.
 */
export class RootErrorRegisters {
  private readonly _config: ConfigSpace;
  private readonly _aer: number | undefined;
  private readonly _msi: number | undefined;

  constructor(config: ConfigSpace) {
    this._config = config;
    this._aer = wholeCapability(config, AER, ROOT_AER_BYTES);
    this._msi = findCapability(config, MSI);
  }

  /**
   * A message has arrived.
   * @param sourceId function that sent it. @returns the interrupt it raises, if software asked for one.
   */
  receive(message: MessageName, sourceId: number): RootInterrupt | undefined {
    const aer = this._aer;
    if (aer === undefined) return undefined;
    const isNews =
      message === 'ERR_COR' ? this.#correctable(aer, sourceId) : this.#uncorrectable(aer, message, sourceId);
    return isNews && this._config.field(AER_ROOT_COMMAND, aer, REPORTING[message]) === 1
      ? this.#interrupt()
      : undefined;
  }

  #correctable(aer: number, sourceId: number): boolean {
    const config = this._config;
    if (config.field(AER_ROOT_STATUS, aer, 'correctableReceived') === 1) {
      config.pokeFields(AER_ROOT_STATUS, aer, { multipleCorrectableReceived: 1 });
      return false;
    }
    config.pokeFields(AER_ROOT_STATUS, aer, { correctableReceived: 1 });
    config.pokeFields(AER_ERROR_SOURCE, aer, { correctable: sourceId });
    return true;
  }

  #uncorrectable(aer: number, message: MessageName, sourceId: number): boolean {
    const config = this._config;
    const isFatal = message === 'ERR_FATAL';
    const kind = isFatal ? 'fatalReceived' : 'nonFatalReceived';
    const isFirstOfKind = config.field(AER_ROOT_STATUS, aer, kind) === 0;
    if (config.field(AER_ROOT_STATUS, aer, 'fatalOrNonFatalReceived') === 1) {
      config.pokeFields(AER_ROOT_STATUS, aer, { multipleFatalOrNonFatalReceived: 1, [kind]: 1 });
      return isFirstOfKind;
    }
    config.pokeFields(AER_ROOT_STATUS, aer, {
      fatalOrNonFatalReceived: 1,
      [kind]: 1,
      firstUncorrectableFatal: isFatal ? 1 : 0,
    });
    config.pokeFields(AER_ERROR_SOURCE, aer, { uncorrectable: sourceId });
    return true;
  }

  #interrupt(): RootInterrupt | undefined {
    const config = this._config;
    const msi = this._msi;
    if (msi === undefined || config.field(MSI_CONTROL, msi, 'enable') === 0) return undefined;
    const isWide = config.field(MSI_CONTROL, msi, 'address64') === 1;
    const high = isWide ? config.readRegister(MSI_ADDRESS_UPPER, msi) : 0;
    return {
      address: fromDwords(high, config.readRegister(MSI_ADDRESS, msi)),
      data: config.readRegister(isWide ? MSI_DATA : MSI_DATA_32, msi),
    };
  }
}
