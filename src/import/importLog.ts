/*
 * What an import wants to tell: assumptions and warnings. The same assumption about several functions is
 * one entry with several nodes.
 */
import type { Diagnostic } from '../base/diagnostic.ts';
import type { NodeId } from '../core/pcie/machineSpec.ts';
import type { Assumption } from '../topology/document.ts';

export class ImportLog {
  readonly warnings: Diagnostic[] = [];
  readonly #assumptions = new Map<
    string,
    { readonly code: string; readonly nodes: NodeId[]; readonly message: string; readonly reason: string }
  >();

  /** Notes one assumption. Equal code, message and reason join into one entry. */
  assume(code: string, nodes: readonly NodeId[], message: string, reason: string): void {
    const key = `${code}\n${message}\n${reason}`;
    const known = this.#assumptions.get(key);
    if (known === undefined) this.#assumptions.set(key, { code, nodes: [...nodes], message, reason });
    else known.nodes.push(...nodes.filter((node) => !known.nodes.includes(node)));
  }

  warn(code: string, path: string, message: string, fix: string): void {
    this.warnings.push({ code, severity: 'warning', path, message, fix });
  }

  /** In the order in which they were first made. */
  get assumptions(): readonly Assumption[] {
    return [...this.#assumptions.values()];
  }
}
