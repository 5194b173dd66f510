import { raceResult, type RaceResult } from '../../store/raceSummary.ts';
import { useDocument, useLane, usePreferences } from '../model.ts';

/** The result of the race as far as it is known. */
export function useRaceResult(): RaceResult {
  const transfer = useDocument((state) => state.document.transfer);
  const bounceWay = usePreferences((state) => state.preferences.bounceWay);
  const direct = useLane('direct');
  const bounced = useLane('bounced');
  return raceResult({ direct, bounced, transfer, bounceWay });
}
