/*
 * The machine of a worked case as a document, with the pair that it asks about.
 */
import { MIB } from '../base/units.ts';
import type { NodeId } from '../core/pcie/machineSpec.ts';
import { transfer } from '../topology/build.ts';
import { DOCUMENT_VERSION, type TopologyDocument } from '../topology/document.ts';
import { readP2pdmaCase } from './cases/p2pdmaCase.ts';
import { machineToRun } from './cases/p2pdmaMachine.ts';
import { caseTitle, semanticsLines } from './semanticsPoints.ts';

export interface SemanticsMachine {
  readonly document: TopologyDocument;
  readonly pair: { readonly client: NodeId; readonly provider: NodeId };
}

/** @param id of a point: `semantics:W07`; undefined if there is no such case. */
export function semanticsMachine(id: string): SemanticsMachine | undefined {
  const line = semanticsLines().get(id);
  const row = line === undefined ? undefined : readP2pdmaCase(JSON.parse(line));
  if (line === undefined || row === undefined || !row.ok) return undefined;
  const spec = machineToRun(row.value);
  const idOf = (name: string | undefined): NodeId | undefined => spec.functions.find((fn) => fn.name === name)?.id;
  const client = idOf(row.value.clients[0]);
  const provider = idOf(row.value.provider);
  if (client === undefined || provider === undefined) return undefined;
  const document: TopologyDocument = {
    ...spec,
    version: DOCUMENT_VERSION,
    name: `Case ${row.value.id}`,
    description: caseTitle(line),
    transfer: transfer(client, provider, { bytes: MIB, force: true }),
    assumptions: [],
  };
  return { document, pair: { client, provider } };
}
