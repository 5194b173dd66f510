/*
 * Layout of the statistics that hardware keeps while it runs: doubles in flat arrays, so that the engine
 * can put them into shared memory and the page can read them without asking.
 */

/** Fields of one direction of one link; array index = (link · 2 + direction) · LINK_COUNTER_COUNT + field. */
export const LINK_COUNTER = {
  tlps: 0,
  /** Header, digest, framing and payload of all TLPs, in bytes. */
  tlpBytes: 1,
  /** Payload bytes by flow: payload + FLOW.p2p and so on. */
  payload: 2,
  // 3, 4, 5: the other flows
  dllps: 6,
  dllpBytes: 7,
  /** Time the direction was sending TLPs, DLLPs and ordered sets (SKP, and training while in Recovery), in picoseconds. */
  tlpBusy_ps: 8,
  dllpBusy_ps: 9,
  skpBusy_ps: 10,
  /** Time a TLP was waiting, the wire was free (not even a DLLP on it), and credits were missing. */
  creditStall_ps: 11,
  /** Framing tokens, sequence numbers and LCRC of all TLPs, in bytes; part of tlpBytes. */
  framingBytes: 12,
  /** Time spent sending TLPs again, their first sending not included, and nullified TLPs; not part of tlpBusy_ps. */
  replayBusy_ps: 13,
  replayedTlps: 14,
  /** Naks that answered TLPs of this direction. */
  naks: 15,
} as const;
export const LINK_COUNTER_COUNT = 16;

/** Directions of a link. */
export const DOWNSTREAM = 0;
export const UPSTREAM = 1;

/** Fields of host memory, by flow: index = field · FLOW_COUNT + flow. What hits in the last-level cache is in neither. */
export const MEMORY_COUNTER = { writtenBytes: 0, readBytes: 1 } as const;
export const MEMORY_COUNTER_COUNT = 2;

/**
 * Fields of one flow; array index = flowRow(flow, segments) + field. Flow 0 is the transfer. Behind the fields of each
 * flow follow the payload bytes it has sent over each direction of each link, at FLOW_COUNTER_COUNT + link · 2 + direction
 * (flow 0: always 0 there; its payload is what LINK_COUNTER counts less that of the other flows).
 */
export const FLOW_COUNTER = {
  /** Payload that reached its destination. */
  arrivedBytes: 0,
  /** Operations that are over, where the flow has them. */
  operations: 1,
  /** Times of the first and the last payload that arrived; 0 = none yet. */
  firstByte_ps: 2,
  lastByte_ps: 3,
  /** JOB_STATE */
  state: 4,
  begun_ps: 5,
  finished_ps: 6,
} as const;
export const FLOW_COUNTER_COUNT = 8;

/** First cell of a flow. @param segments link directions: links · 2. */
export function flowRow(flow: number, segments: number): number {
  return flow * (FLOW_COUNTER_COUNT + segments);
}

/** Fields of one function; array index = function index · FUNCTION_COUNTER_COUNT + field. */
export const FUNCTION_COUNTER = {
  /** Payload bytes that requests stored in this function's memory, and that completions took from it. */
  storedBytes: 0,
  readBytes: 1,
  /** TLPs this function sent as requester. */
  requests: 2,
  /** Bytes that crossed the wire of a NIC, or the media of a drive. */
  externalInBytes: 3,
  externalOutBytes: 4,
  /** Requests answered or dropped as unsupported here. */
  unsupported: 5,
} as const;
export const FUNCTION_COUNTER_COUNT = 6;

/** Fields of the whole machine. */
export const MACHINE_COUNTER = {
  /** Simulated now, in picoseconds: everything up to here has happened. */
  now_ps: 0,
  /** Payload bytes of the job that reached their destination. */
  arrivedBytes: 1,
  /** Time of the first such byte; 0 = none yet. */
  firstByte_ps: 2,
  cpuBusy_ps: 3,
  cpuCopiedBytes: 4,
  events: 5,
  hops: 6,
  interrupts: 7,
  /** Job state: 0 ready, 1 running, 2 finished, 3 failed, 4 refused. */
  jobState: 8,
  /** Which leg of a bounce is active: bit 0 into host memory, bit 1 out of it. */
  activeLegs: 9,
  finished_ps: 10,
  /** Error records so far: correctable, and the others. */
  correctableErrors: 11,
  uncorrectableErrors: 12,
  injectedFaults: 13,
  /** Start of the job: its first request can leave. */
  begun_ps: 14,
  /** What the CPU's background load has moved to and from memory. */
  backgroundBytes: 15,
} as const;
export const MACHINE_COUNTER_COUNT = 16;
export const JOB_STATE = { ready: 0, running: 1, finished: 2, failed: 3, refused: 4 } as const;

/*
 * One record for every time a TLP crosses a link: 8 doubles.
 * `segment` = link · 2 + direction; segments from links · 2 on are inside the host:
 * links · 2 = write to host memory, links · 2 + 1 = read from it.
 */
export const HOP = {
  /** First bit leaves the sender. */
  start_ps: 0,
  /** Last bit reaches the receiver. */
  end_ps: 1,
  segment: 2,
  /** kind + class·2^8 + flow·2^16 + completion status·2^24 */
  what: 3,
  /** Memory requests and completions: bus address. Configuration requests: bus:device.function · 4096 + register. */
  address: 4,
  /** Payload or requested length in bytes. */
  lengthBytes: 5,
  /** requester ID·2^16 + tag */
  transaction: 6,
  /** Number of the TLP since the start of the run; the same on every hop of its way. */
  serial: 7,
} as const;
export const HOP_WORDS = 8;
