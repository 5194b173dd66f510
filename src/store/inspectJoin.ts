/* What became of a request: its completions, joined by requester, tag and order. */
import type { PacketLog } from './inspectLog.ts';

/** Status of what has no completion status, beside COMPLETION_STATUS. */
export const NO_STATUS = { posted: -1, pending: -2, cpu: -3, inside: -4 } as const;

export interface TransactionFacts {
  /** First crossing of the request. */
  readonly request: number;
  /** First crossings of its completions, oldest first. */
  readonly completions: readonly number[];
  /** Payload they carry. */
  readonly answeredBytes: number;
  /** From the first bit of the request to the last bit of the last completion at its last crossing on record; undefined = no answer yet. */
  readonly latency_ps: number | undefined;
  readonly status: number;
}

/** Completion status of a record: its own, or that of the answers to it (the first that is not SC); else NO_STATUS. */
export function statusOf(log: PacketLog, record: number): number {
  if (log.isCpuAccess(record)) return NO_STATUS.cpu;
  if (log.isCompletion(record)) return log.status(record);
  if (log.isPosted(record)) return NO_STATUS.posted;
  let status: number = NO_STATUS.pending;
  log.eachAnswer(record, (answer) => {
    status = log.status(answer);
    return status === 0;
  });
  if (status !== NO_STATUS.pending) return status;
  // What the root complex asks of its own memory is answered there: no completion crosses a link.
  const first = log.firstHop(log.serial[log.cell(record)] ?? 0);
  return first >= 0 && log.isInsideHost(first) ? NO_STATUS.inside : status;
}

/** @param request any crossing of a request. */
export function transactionOf(log: PacketLog, request: number): TransactionFacts {
  const completions: number[] = [];
  const first = log.firstHop(log.serial[log.cell(request)] ?? 0);
  let answeredBytes = 0;
  let last_ps: number | undefined;
  if (!log.isPosted(request)) {
    log.eachAnswer(first < 0 ? request : first, (answer) => {
      const cell = log.cell(answer);
      last_ps = Math.max(last_ps ?? 0, log.end_ps[cell] ?? 0);
      if (log.hopBefore(answer) < 0) {
        completions.push(answer);
        answeredBytes += log.lengthBytes[cell] ?? 0;
      }
      return true;
    });
  }
  const begun_ps = log.start_ps[log.cell(first < 0 ? request : first)] ?? 0;
  return {
    request: first < 0 ? request : first,
    completions,
    answeredBytes,
    latency_ps: last_ps === undefined ? undefined : last_ps - begun_ps,
    status: statusOf(log, request),
  };
}

/** The request a record belongs to: itself, or what the completion answers; −1 if that is no longer kept. */
export function requestRecord(log: PacketLog, record: number): number {
  return log.isCompletion(record) ? log.requestOf(record) : log.firstHop(log.serial[log.cell(record)] ?? 0);
}
