import { useEffect, useRef, useState } from 'react';
import type { MachineDescription } from '../../engine/protocol.ts';
import { machineChange, type MachineChange } from '../../store/machineChange.ts';
import type { TopologyDocument } from '../../topology/document.ts';
import { useDocument, useLane, useSession } from '../model.ts';

interface Seen {
  readonly machine: MachineDescription;
  readonly document: TopologyDocument;
  readonly steps: number;
}

export interface LastChange extends MachineChange {
  /** `IOMMU: Translate`, `Undone: …` */
  readonly label: string;
}

/** What the last edit changed: the machine as it stands compared with the one before; undefined before any edit. */
export function useMachineChange(): LastChange | undefined {
  const document = useSession((state) => state.document);
  const { machine } = useLane('direct');
  const past = useDocument((state) => state.past);
  const future = useDocument((state) => state.future);
  const seen = useRef<Seen>(undefined);
  const [change, setChange] = useState<LastChange>();
  useEffect(() => {
    if (machine === undefined || document === undefined) return;
    const before = seen.current;
    seen.current = { machine, document, steps: past.length };
    if (before === undefined || before.document === document) return;
    if (!isSameMachine(before.document, document)) {
      setChange(undefined);
      return;
    }
    const undone = past.length < before.steps ? future.at(-1)?.label : undefined;
    const label = undone === undefined ? (past.at(-1)?.label ?? '') : `Undone: ${undone}`;
    setChange({ label, ...machineChange(before.machine, machine) });
  }, [machine, document, past, future]);
  return change;
}

/** Another machine altogether is not a change of this one. */
function isSameMachine(a: TopologyDocument, b: TopologyDocument): boolean {
  return a.name === b.name && a.functions.length === b.functions.length;
}
