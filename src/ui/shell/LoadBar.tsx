import { LANE_IDS } from '../../store/session.ts';
import { useSession } from '../model.ts';

/** A thin bar while machines are being built; its style shows it only once that takes long enough to be noticed. */
export function LoadBar() {
  const loading = useSession((state) => LANE_IDS.some((id) => state.lanes[id].status === 'loading'));
  return loading ? <progress className="load-bar" aria-label="Building the machines" /> : undefined;
}
