/* Before the first paint: the theme this person chose, so that the page does not flash in the other one. */
(() => {
  try {
    const saved = JSON.parse(localStorage.getItem('peerlane.preferences') ?? 'null');
    if (saved?.theme === 'light' || saved?.theme === 'dark') document.documentElement.dataset.theme = saved.theme;
  } catch {
    // No storage, or not ours: the system's theme it is.
  }
})();
