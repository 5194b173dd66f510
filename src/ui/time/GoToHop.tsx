import { CornerUpLeft, CornerUpRight } from 'lucide-react';
import { useModel } from '../model.ts';

interface GoToHopProps {
  readonly start_ps: number;
  readonly end_ps: number;
}

/** Takes the clock to where this crossing has not begun yet, or to where its last bit has arrived. */
export function GoToHop({ start_ps, end_ps }: GoToHopProps) {
  const { simulation } = useModel();
  return (
    <>
      <button
        type="button"
        className="button small"
        title="Go to the last instant at which this has not begun"
        onClick={() => void simulation.seek(Math.max(0, start_ps - 1))}
      >
        <CornerUpLeft size={14} aria-hidden="true" /> Go to just before it
      </button>
      <button
        type="button"
        className="button small"
        title="Go to the instant at which its last bit arrives"
        onClick={() => void simulation.seek(end_ps)}
      >
        <CornerUpRight size={14} aria-hidden="true" /> Go to just after it
      </button>
    </>
  );
}
