import { useEffect, useState } from 'react';
import { LANE_IDS } from '../../store/session.ts';
import { useSession } from '../model.ts';

const PATIENCE_MS = 300;

/** A thin bar while machines are being built, if that takes long enough to be noticed. */
export function LoadBar() {
  const loading = useSession((state) => LANE_IDS.some((id) => state.lanes[id].status === 'loading'));
  const [shown, setShown] = useState(false);
  useEffect(() => {
    if (!loading) {
      setShown(false);
      return undefined;
    }
    const timer = setTimeout(() => setShown(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [loading]);
  if (!shown) return undefined;
  return <div className="load-bar" role="progressbar" aria-label="Building the machines" />;
}
