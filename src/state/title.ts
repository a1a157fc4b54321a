/** The tab's title: how far a run is, readable while the tab is in the background. */
const NAME = 'Hone';

/** What was shown here last; null when there is no progress. */
let shown: string | null = null;
/** What the screen had called the tab. */
let ofScreen = NAME;

/** Shows a progress of 0–1 in front of the name; null gives the tab the title back that its screen set. */
export function showTitle(progress: number | null): void {
  // Anything else than what was shown here was set by a screen meanwhile.
  if (document.title !== shown) ofScreen = document.title;
  const over = progress === null && shown === null;
  shown = progress === null ? null : `${Math.floor(progress * 100)} % · ${NAME}`;
  if (!over) document.title = shown ?? ofScreen;
}
