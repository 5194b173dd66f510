import type { NumberPoint } from '../../validation/points.ts';

const WIDTH = 150;
const HEIGHT = 18;
const MIDDLE = HEIGHT / 2;
const EDGE = 6;
/** Room beyond the accepted range, as a share of it. */
const MARGIN = 0.35;

/** The accepted range as a box, the published one as a bar with ends, the model as a dot. The table says the figures. */
export function ErrorBars({ point }: { readonly point: NumberPoint }) {
  const { model, reference, accepted, verdict, unit } = point;
  if (unit === 'capability') return undefined;
  const room = (accepted.high - accepted.low || 1) * MARGIN;
  const low = Math.min(accepted.low, reference.low) - room;
  const high = Math.max(accepted.high, reference.high) + room;
  const x = (value: number): number =>
    EDGE + ((Math.min(high, Math.max(low, value)) - low) / (high - low)) * (WIDTH - 2 * EDGE);
  const ends = [x(reference.low), x(reference.high)] as const;
  return (
    <svg className="val-errors" width={WIDTH} height={HEIGHT} aria-hidden="true">
      <line className="val-errors-axis" x1="0" x2={WIDTH} y1={MIDDLE} y2={MIDDLE} />
      <rect
        className="val-errors-accepted"
        x={x(accepted.low)}
        y="2.5"
        width={Math.max(2, x(accepted.high) - x(accepted.low))}
        height={HEIGHT - 5}
      />
      <line className="val-errors-published" x1={ends[0]} x2={ends[1]} y1={MIDDLE} y2={MIDDLE} />
      {ends.map((at, index) => (
        <line key={index} className="val-errors-end" x1={at} x2={at} y1="4" y2={HEIGHT - 4} />
      ))}
      {model === undefined ? undefined : (
        <circle className={`val-errors-model val-${verdict}`} cx={x(model)} cy={MIDDLE} r="4" />
      )}
    </svg>
  );
}
