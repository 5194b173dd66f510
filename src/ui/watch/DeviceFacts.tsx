import { X } from 'lucide-react';
import { addressText, bytesText, integerText, rateText, shortBdf, sizeText } from '../../base/format.ts';
import { hex } from '../../base/bits.ts';
import { FUNCTION_COUNTER, FUNCTION_COUNTER_COUNT } from '../../core/pcie/counters.ts';
import type { FunctionKind, FunctionSpec } from '../../core/pcie/machineSpec.ts';
import type { FunctionDescription } from '../../engine/protocol.ts';
import { linkAboveNode } from '../../store/metrics.ts';
import type { LaneId } from '../../store/session.ts';
import { useDocument, useLane, useView } from '../model.ts';
import { LiveText } from '../widgets/Live.tsx';

const KIND_WORDS: Readonly<Record<FunctionKind, string>> = {
  hostBridge: 'Host bridge',
  rootPort: 'Root port',
  upstreamPort: 'Upstream port of a switch',
  downstreamPort: 'Downstream port of a switch',
  endpoint: 'Endpoint',
  legacyEndpoint: 'Legacy endpoint',
  rcEndpoint: 'Endpoint inside the root complex',
  rcEventCollector: 'Event collector of the root complex',
  pcieToPciBridge: 'PCI Express to PCI bridge',
  pciToPcieBridge: 'PCI to PCI Express bridge',
  pciBridge: 'PCI bridge',
  pciDevice: 'PCI device',
};

interface Fact {
  readonly label: string;
  readonly text: string;
}

/** What enumeration found and firmware set, as rows. */
function registerFacts(fn: FunctionSpec, found: FunctionDescription | undefined): readonly Fact[] {
  const { identity } = fn;
  const facts: Fact[] = [
    { label: 'Vendor and device', text: `${hex(identity.vendorId, 4)}:${hex(identity.deviceId, 4)}` },
  ];
  if (found === undefined) return facts;
  for (const bar of found.bars) {
    const address = bar.address === undefined ? 'not assigned' : addressText(bar.address);
    facts.push({ label: `BAR ${bar.index}, ${sizeText(bar.sizeBytes)}`, text: address });
  }
  if (found.buses !== undefined) {
    const { secondary, subordinate } = found.buses;
    facts.push({ label: 'Buses behind it', text: `${hex(secondary, 2)} to ${hex(subordinate, 2)}` });
  }
  facts.push({ label: 'MPS, MRRS', text: `${integerText(found.mpsBytes)}, ${integerText(found.mrrsBytes)} B` });
  if (found.acsControl !== undefined) facts.push({ label: 'ACS Control', text: `0x${hex(found.acsControl, 4)}` });
  if (fn.observed?.driver !== undefined) facts.push({ label: 'Driver', text: fn.observed.driver });
  if (fn.observed?.iommuGroup !== undefined) facts.push({ label: 'IOMMU group', text: fn.observed.iommuGroup });
  return facts;
}

/** Facts of the function that is selected in the scene; nothing if none is. */
export function DeviceFacts({ lane }: { readonly lane: LaneId }) {
  const document = useDocument((state) => state.document);
  const selection = useView((state) => state.selection);
  const set = useView((state) => state.set);
  const { machine, view } = useLane(lane);
  const fn = document.functions.find((candidate) => candidate.id === selection);
  if (fn === undefined) return undefined;
  const found = machine?.functions.find((candidate) => candidate.id === fn.id);
  const link = machine === undefined ? undefined : linkAboveNode(document, machine, fn.id);
  const memory = machine?.memories.find((candidate) => candidate.node === fn.id);
  const counter = (field: keyof typeof FUNCTION_COUNTER): number =>
    found === undefined
      ? 0
      : (view?.functionCounters[found.index * FUNCTION_COUNTER_COUNT + FUNCTION_COUNTER[field]] ?? 0);
  return (
    <section className="device-facts" aria-label={`Selected: ${fn.name}`}>
      <header className="section-head">
        <h3>{fn.name}</h3>
        <code>{found?.bdf === undefined ? '' : shortBdf(found.bdf)}</code>
        <button
          type="button"
          className="icon-button small"
          aria-label="Clear the selection"
          onClick={() => set({ selection: undefined })}
        >
          <X size={15} aria-hidden="true" />
        </button>
      </header>
      <p className="muted">{fn.observed?.description ?? KIND_WORDS[fn.kind]}</p>
      <table className="dense">
        <tbody>
          {link === undefined ? undefined : (
            <tr>
              <th scope="row">{`Link, Gen${link.gen} x${link.width}`}</th>
              <td>{rateText(link.bytesPerSecond)}</td>
            </tr>
          )}
          {registerFacts(fn, found).map((fact) => (
            <tr key={fact.label}>
              <th scope="row">{fact.label}</th>
              <td className="mono">{fact.text}</td>
            </tr>
          ))}
          <tr>
            <th scope="row">Stored, read</th>
            <td>
              <LiveText read={() => `${bytesText(counter('storedBytes'))}, ${bytesText(counter('readBytes'))}`} />
            </td>
          </tr>
        </tbody>
      </table>
      {memory === undefined ? undefined : (
        <button type="button" className="button small" onClick={() => set({ view: 'memory', memory: memory.index })}>
          Show its bytes
        </button>
      )}
    </section>
  );
}
