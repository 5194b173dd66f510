/*
 * The transfer planner: who moves the bytes, in which legs, or why nobody can.
 *
 *   p2p      A's engine pushes · B's engine pulls · through a buffer of A or B · a third engine moves
 *   bounce   A → host memory → B, each leg by the device's own engine or by a third one
 *   copy     A → host memory, then the CPU stores into B, or copies for B's engine to read
 */
import type { Result } from '../../../base/result.ts';
import { err, ok } from '../../../base/result.ts';
import type { JobPlan, Party, Refusal, TransferOrder } from './jobPlan.ts';
import { planBounce, planCopy } from './planStaged.ts';
import { planPeer } from './planPeer.ts';
import { type PlanningBoard, partyView } from './planningBoard.ts';

const LINE_BYTES = 64;

/**
 * Plans a transfer.
 * @returns legs and staging, or a refusal with code, reason and fix.
 */
export function planTransfer(board: PlanningBoard, order: TransferOrder): Result<JobPlan, Refusal> {
  const refusal = refuseSizes(order) ?? refuseEnds(board, order);
  if (refusal !== undefined) return err(refusal);
  const planned =
    order.method === 'p2p'
      ? planPeer(board, order)
      : order.method === 'bounce'
        ? planBounce(board, order)
        : planCopy(board, order);
  if (!planned.ok) return planned;
  const needed = hostBytes(planned.value);
  if (needed > board.freeHostBytes) {
    return err({
      code: 'TRANSFER_NO_HOST_MEMORY',
      message: `The transfer needs ${needed} bytes of host memory in one piece; ${board.freeHostBytes} are free.`,
      fix: 'Choose smaller chunks, or give the host more memory.',
    });
  }
  return ok(planned.value);
}

/** The largest piece of host memory a plan will ask for. */
function hostBytes(plan: JobPlan): number {
  const whole = plan.legs.some(({ source, target }) => source.kind === 'hostMemory' || target.kind === 'hostMemory');
  const staging = plan.stages.some((stage) => stage.kind === 'host') ? plan.chunkBytes : 0;
  return Math.max(whole ? plan.order.bytes : 0, staging);
}

/** Sizes no plan can be made for. Chunks of whole lines keep every address aligned as the devices need it. */
function refuseSizes({ bytes, chunkBytes }: TransferOrder): Refusal | undefined {
  if (!Number.isInteger(bytes) || bytes < 1) {
    return { code: 'TRANSFER_EMPTY', message: `A transfer has at least one byte, not ${bytes}.` };
  }
  if (Number.isInteger(chunkBytes) && chunkBytes >= LINE_BYTES && chunkBytes % LINE_BYTES === 0) return undefined;
  return {
    code: 'TRANSFER_CHUNK_SIZE',
    message: `A staging buffer of ${chunkBytes} bytes does not consist of whole lines of ${LINE_BYTES} bytes.`,
    fix: `Choose a multiple of ${LINE_BYTES}.`,
  };
}

/** Reasons that lie in the two ends alone. */
function refuseEnds(board: PlanningBoard, order: TransferOrder): Refusal | undefined {
  if (order.from === order.to) {
    return {
      code: 'TRANSFER_SAME_DEVICE',
      message: `${partyView(board, order.from).name} is both source and destination.`,
      fix: 'Choose two different devices.',
    };
  }
  if (order.method !== 'p2p' && (order.from === 'host' || order.to === 'host')) {
    return {
      code: 'TRANSFER_HOST_END',
      message: 'One end of the transfer is host memory already, so there is nothing to bounce.',
      fix: 'Choose the direct way.',
    };
  }
  return refuseEnd(board, order, order.from) ?? refuseEnd(board, order, order.to);
}

function refuseEnd(board: PlanningBoard, order: TransferOrder, party: Party): Refusal | undefined {
  if (party === 'host') return undefined;
  const { name, capability } = partyView(board, party);
  if (capability === undefined || capability.capacityBytes === 0) {
    const what = capability?.driver === 'dma' ? 'moves bytes between others' : 'has no driver that moves bytes';
    return {
      code: 'TRANSFER_NO_STORE',
      message: `${name} ${what}; it has none of its own.`,
      fix: 'Choose a device with memory, media or a wire.',
    };
  }
  if (capability.engine === undefined && capability.window === undefined) {
    return {
      code: 'TRANSFER_NO_ADDRESS',
      message: `${name} cannot be reached: ${capability.missing ?? 'it has no memory BAR'}.`,
      fix: 'Look at the diagnostics of the enumeration: a window or a BAR did not fit.',
    };
  }
  if (order.bytes > capability.capacityBytes) {
    return {
      code: 'TRANSFER_TOO_LARGE',
      message: `${order.bytes} bytes do not fit into ${name}, which has ${capability.capacityBytes}.`,
      fix: `Transfer at most ${capability.capacityBytes} bytes.`,
    };
  }
  return undefined;
}
