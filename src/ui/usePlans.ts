import { useEffect, useState } from 'react';
import type { EngineClient } from '../engine/clientInterface.ts';
import type { MachineDescription } from '../engine/protocol.ts';
import { failureOf } from '../store/session.ts';
import type { TopologyDocument, TransferSpec, TransferWay } from '../topology/document.ts';
import { useModel } from './model.ts';

/** What an engine answered when asked to build a machine without running it. */
export type Plan =
  | { readonly kind: 'machine'; readonly machine: MachineDescription }
  | { readonly kind: 'failed'; readonly message: string };

export type Plans = Readonly<Partial<Record<TransferWay, Plan>>>;

interface Asked {
  readonly document: TopologyDocument;
  readonly transfer: TransferSpec;
  readonly plans: Plans;
}

const NO_PLANS: Plans = {};
const PATIENCE_MS = 120;

async function ask(
  client: EngineClient,
  question: Omit<Asked, 'plans'>,
  way: TransferWay,
  seed: number,
): Promise<Plan> {
  try {
    return { kind: 'machine', machine: await client.load(question.document, question.transfer, way, seed) };
  } catch (thrown) {
    return { kind: 'failed', message: failureOf(thrown).message };
  }
}

/**
 * Builds the machine for each way in an engine of its own and returns what the planner says: legs, verdict, or
 * why it refuses. Nothing on the page's clock is touched. A way without an entry is still being asked for.
 * @param ways must be the same array from render to render.
 */
export function usePlans(
  document: TopologyDocument | undefined,
  transfer: TransferSpec | undefined,
  ways: readonly TransferWay[],
): Plans {
  const { makeClient, url } = useModel();
  const [asked, setAsked] = useState<Asked>();
  useEffect(() => {
    if (document === undefined || transfer === undefined) return undefined;
    let client: EngineClient | undefined;
    let stale = false;
    const run = async (): Promise<void> => {
      client = makeClient();
      let plans: Plans = {};
      for (const way of ways) {
        const plan = await ask(client, { document, transfer }, way, url.seed);
        if (stale) return;
        plans = { ...plans, [way]: plan };
        setAsked({ document, transfer, plans });
      }
      client.dispose();
    };
    const timer = setTimeout(() => void run(), PATIENCE_MS);
    return () => {
      stale = true;
      clearTimeout(timer);
      client?.dispose();
    };
  }, [document, transfer, ways, makeClient, url.seed]);
  return asked !== undefined && asked.document === document && asked.transfer === transfer ? asked.plans : NO_PLANS;
}
