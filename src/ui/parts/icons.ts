/** The icons of the page as path data on a 16 × 16 grid: `line` is stroked, `solid` is filled. Knows nothing of the domain. */
interface Drawing {
  line: string;
  solid?: string;
}

export const ICONS = {
  data: { line: 'M2.5 3.5h11M2.5 8h11M2.5 12.5h7' },
  train: { line: 'M2.5 2v11.5H14M4.5 4.5c1.2 4 3.2 6 8.5 6.3' },
  report: {
    line: 'M2 5h12M5 3.2v3.6M11 3.2v3.6M4 11h9',
    solid: 'M9.8 5a1.8 1.8 0 1 1-3.6 0 1.8 1.8 0 0 1 3.6 0M7.8 11a1.8 1.8 0 1 1-3.6 0 1.8 1.8 0 0 1 3.6 0',
  },
  try: { line: 'M2.5 3.5h11v7.5H7l-3 2.5V11H2.5zM5.5 7.2h5' },
  runs: { line: 'M2 5.5 5 4l3 1.8L14 3M2 12l3-2 3 1.2 6-3.2' },
  lock: {
    line: 'M4.5 7h7A1.5 1.5 0 0 1 13 8.5v4a1.5 1.5 0 0 1-1.5 1.5h-7A1.5 1.5 0 0 1 3 12.5v-4A1.5 1.5 0 0 1 4.5 7M5.2 7V4.8a2.8 2.8 0 0 1 5.6 0V7',
  },
  check: { line: 'm3 8.5 3.2 3.2L13 4.8' },
  warn: { line: 'M8 2.2 14.4 13.4H1.6zM8 6.5v3.2M8 11.6v.1' },
  block: { line: 'M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0M5 8h6' },
  fix: { line: 'M8 1.8 14.2 8 8 14.2 1.8 8zM5.8 8.1l1.6 1.6 2.9-3.2' },
  search: { line: 'M11.2 7a4.2 4.2 0 1 1-8.4 0 4.2 4.2 0 0 1 8.4 0M10.2 10.2l3.3 3.3' },
  down: { line: 'm4 6 4 4 4-4' },
  left: { line: 'm10 4-4 4 4 4' },
  right: { line: 'm6 4 4 4-4 4' },
  redo: { line: 'M13 8a5 5 0 1 1-1.6-3.7M13.2 2.4v2.9h-2.9' },
  edit: { line: 'M10.6 3 13 5.4 5.6 12.8l-3 .6.6-3z' },
  close: { line: 'm4 4 8 8M12 4l-8 8' },
  undo: { line: 'M6 3 2.8 6.2 6 9.4M3 6.2h6.3a3.7 3.7 0 0 1 0 7.3H6' },
  save: { line: 'M8 2v8M4.8 7 8 10.2 11.2 7M2.5 13.5h11' },
  file: { line: 'M3.5 1.8h6l3 3v9.4h-9zM5.8 8h4.4M5.8 10.8h4.4M5.8 5.2h2' },
  pause: { line: 'M5.5 3.5v9M10.5 3.5v9' },
  play: { line: 'M5 3.2v9.6L12.5 8z' },
  stop: { line: 'M5 4h6a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1z' },
  chip: {
    line: 'M5 4h6a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1zM6.5 1.8V4M9.5 1.8V4M6.5 12v2.2M9.5 12v2.2M1.8 6.5H4M1.8 9.5H4M12 6.5h2.2M12 9.5h2.2',
  },
  theme: {
    line: 'M13.6 8A5.6 5.6 0 1 1 2.4 8a5.6 5.6 0 0 1 11.2 0',
    solid: 'M8 2.4a5.6 5.6 0 0 1 0 11.2z',
  },
  light: {
    line: 'M11 8a3 3 0 1 1-6 0 3 3 0 0 1 6 0M8 1.5v1.3M8 13.2v1.3M1.5 8h1.3M13.2 8h1.3M3.4 3.4l.9.9M11.7 11.7l.9.9M12.6 3.4l-.9.9M4.3 11.7l-.9.9',
  },
  dark: { line: 'M13.4 9.8A5.8 5.8 0 0 1 6.2 2.6a5.8 5.8 0 1 0 7.2 7.2z' },
  more: {
    line: '',
    solid:
      'M4.6 8a1.1 1.1 0 1 1-2.2 0 1.1 1.1 0 0 1 2.2 0M9.1 8a1.1 1.1 0 1 1-2.2 0 1.1 1.1 0 0 1 2.2 0M13.6 8a1.1 1.1 0 1 1-2.2 0 1.1 1.1 0 0 1 2.2 0',
  },
  plus: { line: 'M8 3v10M3 8h10' },
  table: { line: 'M3 3h10a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1H3a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1zM2 6.5h12M6.5 6.5V13' },
  arrow: { line: 'M3 8h10M9.2 4.2 13 8l-3.8 3.8' },
  drop: { line: 'M8 2.5v8M4.8 7.3 8 10.5l3.2-3.2M3 13.5h10' },
  wait: { line: 'M12.7 8a4.7 4.7 0 1 1-9.4 0 4.7 4.7 0 0 1 9.4 0M8 5.4V8l1.8 1.2' },
  print: { line: 'M4.5 6V2h7v4M4.5 12H2.2V6h11.6v6h-2.3M4.5 9.8h7V14h-7z' },
  copy: { line: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3' },
} as const satisfies Record<string, Drawing>;

export type IconName = keyof typeof ICONS;
