/*
 * What the checks share: the way a finding is made, and edits that fixes are made of.
 */
import type { Severity } from '../../base/diagnostic.ts';
import type { FunctionSpec, LinkEndSpec, NodeId } from '../../core/pcie/machineSpec.ts';
import type { TopologyDocument } from '../document.ts';
import type { Check, CheckCode, CheckFix, EditResult } from './api.ts';
import { finished } from './finish.ts';
import type { Site } from './places.ts';

/** A rule looks at the whole machine and reports what it finds. */
export type Rule = (site: Site, report: (check: Check) => void) => void;

interface Finding {
  readonly code: CheckCode;
  readonly severity: Severity;
  readonly node: NodeId | undefined;
  readonly message: string;
  readonly fix: string;
  readonly fixes?: readonly CheckFix[];
  /** Tells several findings of one code about one object apart. */
  readonly part?: string;
  /** The node is a host bridge. */
  readonly isHostBridge?: boolean;
}

export function finding({
  code,
  severity,
  node,
  message,
  fix,
  fixes = [],
  part = '',
  isHostBridge = false,
}: Finding): Check {
  const path = node === undefined ? 'host' : `${isHostBridge ? 'hostBridges' : 'functions'}/${node}`;
  return { code, severity, node, message, fix, fixes, path, key: `${code} ${node ?? ''}${part}` };
}

/** A fix that is one change of the document. */
export function fixBy(
  label: string,
  selection: readonly NodeId[],
  change: (document: TopologyDocument) => TopologyDocument,
): CheckFix {
  const apply = (document: TopologyDocument): EditResult => finished(document, change(document), { label, selection });
  return { label, apply };
}

export function changeFunctions(
  document: TopologyDocument,
  change: (fn: FunctionSpec) => FunctionSpec,
): TopologyDocument {
  return { ...document, functions: document.functions.map(change) };
}

export function changeFunction(
  document: TopologyDocument,
  node: NodeId,
  change: (fn: FunctionSpec) => FunctionSpec,
): TopologyDocument {
  return changeFunctions(document, (fn) => (fn.id === node ? change(fn) : fn));
}

/** A link end without some of its optional fields. */
export function withoutLinkFields(
  fn: FunctionSpec,
  fields: readonly ('limitGen' | 'limitWidth' | 'disabled')[],
): FunctionSpec {
  if (fn.link === undefined) return fn;
  const entries = Object.entries(fn.link).filter(([key]) => !fields.some((field) => field === key));
  // Sound: only optional fields are taken out.
  return { ...fn, link: Object.fromEntries(entries) as unknown as LinkEndSpec };
}
