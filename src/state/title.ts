/** The tab's title: how far a run is, readable while the tab is in the background. */
const NAME = 'Hone';

/** Shows a progress of 0–1 in front of the name, or the name alone. */
export function showTitle(progress: number | null): void {
  document.title = progress === null ? NAME : `${Math.floor(progress * 100)} % · ${NAME}`;
}
