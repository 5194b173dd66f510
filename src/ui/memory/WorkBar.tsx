import { useStore } from 'zustand';
import { bytesTextLike, sizeText } from '../../base/format.ts';
import { useModel } from '../model.ts';

/** Work on memory that takes longer than a second: how far it is, and the way to stop it. */
export function WorkBar() {
  const { memoryDesk } = useModel();
  const work = useStore(memoryDesk.store, (state) => state.work);
  if (work === undefined) return undefined;
  return (
    <div className="memory-work">
      <span>{work.name}</span>
      <progress value={work.done} max={work.total} aria-label={work.name} />
      <span className="muted">{`${bytesTextLike(work.done, work.total)} of ${sizeText(work.total)}`}</span>
      <button type="button" className="button small" onClick={() => memoryDesk.cancel()}>
        Cancel
      </button>
    </div>
  );
}
