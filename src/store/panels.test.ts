import { describe, expect, it } from 'vitest';
import { pageStore } from './localStore.ts';
import { createPanels, LEAST_PANEL, MOST_PANEL, readPanels } from './panels.ts';

describe('panels', () => {
  it('are as they were, each view for itself', () => {
    const local = pageStore();
    const panels = createPanels(local).getState();
    panels.resize('watch', 'side', 400.4);
    panels.resize('why', 'dock', 1);
    panels.resize('flows', 'dock', 1e6);
    panels.fold('watch', 'side', true);
    expect(createPanels(local).getState().sizes).toEqual({
      watch: { side: { size: 400, folded: true } },
      why: { dock: { size: LEAST_PANEL.dock, folded: false } },
      flows: { dock: { size: MOST_PANEL.dock, folded: false } },
    });
  });

  it('open with the size they had before they were folded, and forget it when reset', () => {
    const panels = createPanels(pageStore());
    panels.getState().resize('watch', 'dock', 300);
    panels.getState().fold('watch', 'dock', true);
    panels.getState().fold('watch', 'dock', false);
    expect(panels.getState().sizes.watch?.dock).toEqual({ size: 300, folded: false });
    panels.getState().reset('watch', 'dock');
    expect(panels.getState().sizes.watch?.dock).toEqual({});
  });

  it('are those of the style where what was kept makes no sense', () => {
    for (const text of ['x', 'null', '{"version":1}', '{"version":1,"views":{"watch":{"side":{"size":-5}}}}']) {
      expect(readPanels(text)).toEqual({});
    }
    expect(readPanels('{"version":1,"views":{"lasers":{"side":{"size":300}}}}')).toEqual({});
  });
});
