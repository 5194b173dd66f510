import type { HostProcess, HostRequest, HostResponse } from '../../pcie/requests.ts';
import type { CoreRun } from './coreRun.ts';

/** One running process. `slot` is its number: timers and reads carry it. */
export interface Process {
  /** 0…255 */
  readonly slot: number;
  /** Which one it is of all that were begun in this run. */
  readonly serial: number;
  /** Made anew when the machine goes back. */
  generator: HostProcess<void>;
  /** What it waits for; undefined while it runs. */
  request: HostRequest | undefined;
  /** The answer its timer will resume it with. */
  answer: HostResponse;
  /** Its load or store is on its way. */
  isSent: boolean;
  run: CoreRun | undefined;
  /** Since when its core has been busy with the request; −1 = it sleeps. */
  busySince_ps: number;
}

/** True if a process waits for something that no core does. */
export function isSleeping({ request }: Process): boolean {
  switch (request?.kind) {
    case 'await':
    case 'waitInterrupt':
      return true;
    case 'delay':
      return !request.busy;
    default:
      return false;
  }
}
