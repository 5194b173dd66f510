import { CircleHelp } from 'lucide-react';
import type { ReactNode } from 'react';
import '../styles/legend.css';
import { LOAD_STEPS, type LoadStep } from '../../render/moving/loadSteps.ts';
import { BAND_ABOVE } from '../../render/moving/viewModes.ts';
import { FlowSwatch } from '../widgets/FlowSwatch.tsx';
import { Popover } from '../widgets/Popover.tsx';

function Swatch({ children, name }: { readonly children: ReactNode; readonly name: string }) {
  return (
    <svg className={`flow-swatch legend-${name}`} width="28" height="12" viewBox="0 0 28 12" aria-hidden="true">
      {children}
    </svg>
  );
}

/** The line beside a link that is so full. */
function LoadSwatch({ step }: { readonly step: LoadStep }) {
  return (
    <svg className={`load-swatch ${step.strong ? 'load-strong' : ''}`} width="30" height="10" aria-hidden="true">
      <line x1="0" x2="30" y1="5" y2="5" strokeWidth={step.width_px} strokeDasharray={step.dash_px.join(' ')} />
    </svg>
  );
}

/** How full links are. */
export function LoadLegend() {
  return (
    <ul className="legend load-legend" aria-label="Load of a link">
      <li>Load</li>
      {LOAD_STEPS.map((step) => (
        <li key={step.label}>
          <LoadSwatch step={step} />
          {step.label}
        </li>
      ))}
    </ul>
  );
}

const SHAPES: readonly { readonly words: string; readonly shape: ReactNode }[] = [
  { words: 'Peer write', shape: <FlowSwatch flow="p2p" /> },
  { words: 'Write or read of a bounce', shape: <FlowSwatch flow="bounce" /> },
  { words: 'Completion with data', shape: <FlowSwatch flow="completion" /> },
  {
    words: 'Completion that failed: UR or CA',
    shape: (
      <Swatch name="failed">
        <rect x="1" y="1" width="26" height="10" rx="5" />
        <path d="M11 3l6 6M17 3l-6 6" />
      </Swatch>
    ),
  },
  {
    words: 'Read request',
    shape: (
      <Swatch name="request">
        <rect x="8" y="1.5" width="12" height="9" rx="4.5" />
      </Swatch>
    ),
  },
  {
    words: 'Configuration request',
    shape: (
      <Swatch name="config">
        <path d="M6 6l4-5h8l4 5-4 5h-8z" />
      </Swatch>
    ),
  },
  {
    words: 'Descriptor, doorbell, interrupt',
    shape: (
      <Swatch name="control">
        <rect x="6" y="2" width="16" height="8" rx="4" />
      </Swatch>
    ),
  },
  { words: 'DLLP: Ack, UpdateFC', shape: <FlowSwatch flow="dllp" /> },
];

/** Everything the scene draws, in words. */
export function LegendButton() {
  return (
    <Popover
      label="What the shapes mean"
      buttonClass="icon-button small"
      button={<CircleHelp size={15} aria-hidden="true" />}
      place="above"
      align="end"
    >
      <div className="legend-sheet">
        <h3>Packets</h3>
        <ul aria-label="Shapes of packets">
          {SHAPES.map(({ words, shape }) => (
            <li key={words}>
              {shape}
              {words}
            </li>
          ))}
        </ul>
        <p>
          {`As long as its bytes take on its lanes; the chevron points where it goes, its name appears when zoomed in. Above ${BAND_ABOVE} packets a second past one point they merge into a band as wide as the rate.`}
        </p>
        <h3>Load of a link, along its outer lane</h3>
        <ul aria-label="Patterns of load">
          {LOAD_STEPS.map((step) => (
            <li key={step.label}>
              <LoadSwatch step={step} />
              {step.label}
            </li>
          ))}
        </ul>
        <p>
          The heaviest line, and the word “limit”, are at the direction that holds everything up. A dashed way waits for
          its turn. One hairline is one lane; traffic keeps right; link figures are GB/s on the wire.
        </p>
      </div>
    </Popover>
  );
}
