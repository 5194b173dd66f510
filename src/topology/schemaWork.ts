/*
 * The part of the schema that says what happens in a machine: the transfer, other flows, planned faults.
 */
import * as v from 'valibot';
import { MAX_NAME_LENGTH, integer, real, text, nodeId, linkGen, linkWidth } from './schemaValues.ts';

export const transfer = v.strictObject({
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
export const flow = v.strictObject({
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
export const plannedFault = v.strictObject({ at_ps: integer(0, 1e15), fault });
