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
  }
}

function readKept(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
