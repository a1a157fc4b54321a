// The kept choice of colours, before the first paint; src/state/theme.svelte.ts owns it from then on.
try {
  const choice = localStorage.getItem('hone-theme');
  if (choice === 'dark' || choice === 'light') document.documentElement.setAttribute('data-theme', choice);
} catch {
  // Storage is switched off: as the system.
}
