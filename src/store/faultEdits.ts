/* Changes to the faults a document plans for every run. */
import type { PlannedFault } from '../core/pcie/faults.ts';
import type { TopologyDocument } from '../topology/document.ts';

/** Most faults a document may plan: the schema's bound. */
export const MOST_PLANNED_FAULTS = 256;

function withFaults(document: TopologyDocument, faults: readonly PlannedFault[]): TopologyDocument {
  const { faults: _replaced, ...rest } = document;
  return faults.length === 0 ? rest : { ...rest, faults };
}

function inOrder(faults: readonly PlannedFault[]): readonly PlannedFault[] {
  return faults.toSorted((a, b) => a.at_ps - b.at_ps);
}

/** The document with one more fault, in order of time. Full lists stay as they are. */
export function addPlannedFault(document: TopologyDocument, planned: PlannedFault): TopologyDocument {
  const before = document.faults ?? [];
  return before.length >= MOST_PLANNED_FAULTS ? document : withFaults(document, inOrder([...before, planned]));
}

/** The document with one fault replaced. */
export function editPlannedFault(document: TopologyDocument, index: number, planned: PlannedFault): TopologyDocument {
  return withFaults(
    document,
    inOrder((document.faults ?? []).map((fault, place) => (place === index ? planned : fault))),
  );
}

/** The document without one fault. */
export function removePlannedFault(document: TopologyDocument, index: number): TopologyDocument {
  return withFaults(
    document,
    (document.faults ?? []).filter((_fault, place) => place !== index),
  );
}
