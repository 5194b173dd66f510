/*
 * Rules about flows. What merely cannot run is a warning: the flow is refused with a reason, and the others run.
 */
import type { FlowWork, TopologyDocument } from './document.ts';
import type { DocumentIndex } from './documentIndex.ts';
import type { Report } from './validate.ts';

/** The transfer itself, where reports list it beside the flows. */
const RESERVED_ID = 'transfer';

/** Ends of a flow, by the field that names them. */
function nodesOf(work: FlowWork): readonly (readonly [string, string])[] {
  switch (work.kind) {
    case 'transfer':
      return [
        ['from', work.from],
        ['to', work.to],
      ];
    case 'accesses':
      return [
        ['engine', work.engine],
        ['target', work.target],
      ];
    case 'cpu':
      return [['target', work.target]];
  }
}

/** Checks identifiers and ends of all flows. */
export function checkFlows(document: TopologyDocument, index: DocumentIndex, report: Report): void {
  const seen = new Set<string>([RESERVED_ID]);
  for (const { id, work } of document.flows ?? []) {
    if (seen.has(id)) {
      const message = id === RESERVED_ID ? `No flow can be called ${id}.` : `Two flows are called ${id}.`;
      report('error', 'FLOW_ID_USED_TWICE', `flows/${id}`, message, 'Give the flow another id.');
    }
    seen.add(id);
    for (const [field, node] of nodesOf(work)) {
      if (node === 'host' || index.functions.has(node)) continue;
      const path = `flows/${id}/work/${field}`;
      report(
        'warning',
        'FLOW_END_MISSING',
        path,
        `The flow ${id} names ${node}, which does not exist.`,
        'Name a device of this document.',
      );
    }
  }
}
