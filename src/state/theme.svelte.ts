/** Light, dark, or as the system: `data-theme` on the root element, kept in this browser. */
export type ThemeChoice = 'system' | 'light' | 'dark';

const KEY = 'hone-theme';
const CHOICES: readonly ThemeChoice[] = ['system', 'light', 'dark'];

export class Theme {
  #choice: ThemeChoice = $state('system');

  constructor() {
    const kept = readKept();
    this.#choice = CHOICES.find((choice) => choice === kept) ?? 'system';
    this.#apply();
  }

  get choice(): ThemeChoice {
    return this.#choice;
  }

  set(choice: ThemeChoice): void {
    this.#choice = choice;
    this.#apply();
    try {
      localStorage.setItem(KEY, choice);
    } catch {
      // Storage is switched off: the choice holds for this visit.
    }
  }

  /** System → light → dark → system. */
  cycle(): void {
    this.set(CHOICES[(CHOICES.indexOf(this.#choice) + 1) % CHOICES.length] ?? 'system');
  }

  #apply(): void {
    const root = document.documentElement;
    if (this.#choice === 'system') root.removeAttribute('data-theme');
    else root.setAttribute('data-theme', this.#choice);
    // The frame that the system draws: index.html names one colour for each scheme.
    for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')) {
      const scheme = (meta.dataset['scheme'] ??= meta.media.includes('dark') ? 'dark' : 'light');
      const system = `(prefers-color-scheme: ${scheme})`;
      meta.media = this.#choice === 'system' ? system : this.#choice === scheme ? 'all' : 'not all';
    }
  }
}

function readKept(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
