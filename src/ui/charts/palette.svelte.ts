/**
 * The design tokens as Chart.js needs them: colours and a font as text, read from the style sheet and read again
 * when the theme changes, by the person (`data-theme`) or by the system.
 */
import { createSubscriber } from 'svelte/reactivity';

export interface Palette {
  font: string;
  surface: string;
  sunk: string;
  line: string;
  lineStrong: string;
  control: string;
  ink: string;
  ink2: string;
  ink3: string;
  series: string;
  /** The series colour at 32 %, for the raw line behind the smoothed one. */
  faint: string;
}

export class PaletteSource {
  readonly #subscribe = createSubscriber((update) => {
    const changed = (): void => {
      this.#palette = null;
      update();
    };
    const media = matchMedia('(prefers-color-scheme: dark)');
    const observer = new MutationObserver(changed);
    media.addEventListener('change', changed);
    observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
    return () => {
      media.removeEventListener('change', changed);
      observer.disconnect();
    };
  });
  #palette: Palette | null = null;

  get current(): Palette {
    this.#subscribe();
    this.#palette ??= readPalette();
    return this.#palette;
  }
}

function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string): string => style.getPropertyValue(name).trim();
  const series = token('--series-1');
  return {
    font: token('--font'),
    surface: token('--surface'),
    sunk: token('--sunk'),
    line: token('--line'),
    lineStrong: token('--line-strong'),
    control: token('--control'),
    ink: token('--ink'),
    ink2: token('--ink-2'),
    ink3: token('--ink-3'),
    series,
    faint: withAlpha(series, 0.32),
  };
}

/** «#2C5C88» with an opacity, as eight hex digits; anything else is returned as it is. */
export function withAlpha(colour: string, alpha: number): string {
  if (!/^#[0-9a-f]{6}$/i.test(colour)) return colour;
  return `${colour}${Math.round(alpha * 255)
    .toString(16)
    .padStart(2, '0')}`;
}
