/* Changes to the flows of a document. */
import type { FlowSpec, TopologyDocument } from '../topology/document.ts';
import { MAX_FLOWS } from '../topology/schemaValues.ts';

function withFlows(document: TopologyDocument, flows: readonly FlowSpec[]): TopologyDocument {
  const { flows: _replaced, ...rest } = document;
  return flows.length === 0 ? rest : { ...rest, flows };
}

/** The document's flows; none is a valid number of them. */
export function flowsOf(document: TopologyDocument): readonly FlowSpec[] {
  return document.flows ?? [];
}

export function canAddFlow(document: TopologyDocument): boolean {
  return flowsOf(document).length < MAX_FLOWS;
}

/** An identifier no flow of the document has: `flow3`. */
export function freshFlowId(document: TopologyDocument): string {
  const taken = new Set(flowsOf(document).map(({ id }) => id));
  for (let number = 1; ; number += 1) if (!taken.has(`flow${number}`)) return `flow${number}`;
}

/** The document with more flows at the end; a full list stays as it is. */
export function addFlows(document: TopologyDocument, flows: readonly FlowSpec[]): TopologyDocument {
  return withFlows(document, [...flowsOf(document), ...flows].slice(0, MAX_FLOWS));
}

export function replaceFlow(document: TopologyDocument, flow: FlowSpec): TopologyDocument {
  return withFlows(
    document,
    flowsOf(document).map((known) => (known.id === flow.id ? flow : known)),
  );
}

export function removeFlow(document: TopologyDocument, id: string): TopologyDocument {
  return withFlows(
    document,
    flowsOf(document).filter((flow) => flow.id !== id),
  );
}

/** The document with a copy of a flow behind it. */
export function duplicateFlow(document: TopologyDocument, id: string): TopologyDocument {
  if (!canAddFlow(document)) return document;
  const fresh = freshFlowId(document);
  const copies = flowsOf(document).flatMap((flow) =>
    flow.id === id ? [flow, { ...flow, id: fresh, name: `${flow.name}, again`.slice(0, 80) }] : [flow],
  );
  return withFlows(document, copies);
}
