import { useState } from 'react';
import type { HopTee } from '../../store/hopTee.ts';
import { useModel } from '../model.ts';
import { useEvery } from '../widgets/Live.tsx';

const LOOK_HZ = 10;

/**
 * The first record of a log that is later than the instant shown; Infinity while none is, as in any run that was never
 * taken back.
 */
export function usePresent(hops: HopTee | undefined): number {
  const { player } = useModel().simulation;
  const [later, setLater] = useState(Infinity);
  useEvery(LOOK_HZ, () => {
    const log = hops?.log;
    const end = hops === undefined || log === undefined ? Infinity : hops.present(player.now_ps);
    setLater(log === undefined || end >= log.end ? Infinity : end);
  });
  return later;
}
