/*
 * Errors of the data link layer, told to the functions at both ends of the link.
 */
import { countText } from '../../../base/format.ts';
import { UNCORRECTABLE, CORRECTABLE } from './errorRegisters.ts';
import type { FabricErrors } from './errors.ts';
import type { LinkErrorSink } from './linkErrors.ts';
import type { Transmitter } from './transmitter.ts';

/** Function indices at the ends of one direction; undefined where nothing is plugged in. */
export interface DirectionEnds {
  readonly sender: number | undefined;
  readonly receiver: number | undefined;
}

/** @spec semantics reference 9.2, correctable bits 0, 6, 7, 8 and 12 */
export class LinkErrorReports implements LinkErrorSink {
  private readonly _errors: FabricErrors;
  /** By transmitter index. */
  private readonly _ends: readonly DirectionEnds[];

  constructor(errors: FabricErrors, ends: readonly DirectionEnds[]) {
    this._errors = errors;
    this._ends = ends;
  }

  badTlp(transmitter: Transmitter): void {
    const { receiver, sender } = this.#endsOf(transmitter);
    if (receiver === undefined) return;
    const what = `got a TLP from ${this.#name(sender)} whose LCRC does not fit, and sends a NAK`;
    this._errors.correctable(receiver, CORRECTABLE.badTlp, what, 'replayed');
  }

  badDllp(transmitter: Transmitter): void {
    const { receiver, sender } = this.#endsOf(transmitter);
    if (receiver === undefined) return;
    const what = `got a DLLP from ${this.#name(sender)} whose CRC does not fit`;
    this._errors.correctable(receiver, CORRECTABLE.badDllp, what, 'ignored; a later DLLP says the same');
  }

  replayTimeout(transmitter: Transmitter): void {
    const { receiver, sender } = this.#endsOf(transmitter);
    if (sender === undefined) return;
    const what = `heard no Ack from ${this.#name(receiver)} before its replay timer ran out`;
    this._errors.correctable(sender, CORRECTABLE.replayTimeout, what, 'replayed');
  }

  replayRollover(transmitter: Transmitter): void {
    const { receiver, sender } = this.#endsOf(transmitter);
    if (sender === undefined) return;
    const what = `sent the same TLPs four times to ${this.#name(receiver)} without an Ack`;
    this._errors.correctable(sender, CORRECTABLE.replayRollover, what, 'link retrained, then replayed');
  }

  receiverError(transmitter: Transmitter): void {
    const { receiver, sender } = this.#endsOf(transmitter);
    if (receiver === undefined) return;
    const what = `received symbols from ${this.#name(sender)} that are none`;
    this._errors.correctable(
      receiver,
      CORRECTABLE.receiver,
      what,
      'the TLP or DLLP around them is replayed or ignored',
    );
  }

  lost(transmitter: Transmitter, tlps: number): void {
    if (tlps === 0) return;
    const { receiver, sender } = this.#endsOf(transmitter);
    const between = `from ${this.#name(sender)} to ${this.#name(receiver)}`;
    const end = sender ?? receiver;
    this._errors.note(
      end === undefined ? undefined : this._errors.nodeOf(end),
      'Lost with the link',
      `${countText(tlps, 'TLP')} ${between} went down with the link.`,
      'lost',
    );
  }

  /** The link below a port is gone without notice. */
  surpriseDown(port: number): void {
    const what = 'lost its link without notice';
    this._errors.linkUncorrectable(port, UNCORRECTABLE.surpriseDown, what, 'what was on the link is lost');
  }

  #endsOf(transmitter: Transmitter): DirectionEnds {
    return this._ends[transmitter.index] ?? { sender: undefined, receiver: undefined };
  }

  #name(functionIndex: number | undefined): string {
    return functionIndex === undefined ? 'an empty slot' : this._errors.nameOf(functionIndex);
  }
}
