/**
 * What Chart.js does not draw itself: the ground of what is still to come, epochs, a reference line, the best
 * checkpoint and the crosshair with its box. A plugin that reads one mutable view, so that a chart is made once.
 */
import type { Chart, Plugin } from 'chart.js';
import { valueAt, type EpochStart } from './curve';
import type { XY } from './decimate';
import type { LineSeries } from './line-options';
import type { Palette } from './palette.svelte';

export interface Marks {
  /** Last step made; what lies right of it is still to come. Null draws no ground. */
  lastStep: number | null;
  epochs: readonly EpochStart[];
  reference: { value: number; label: string } | null;
  best: { point: XY; lines: readonly string[] } | null;
}

export interface OverlayView {
  marks: Marks;
  series: readonly LineSeries[];
  palette: Palette;
  /** Step under the crosshair. */
  step: number | null;
  /** False on small charts, which show the line alone. */
  box: boolean;
  format: (value: number) => string;
}

type Line = Chart<'line'>;

/** The plugin; `view` is asked at every drawing. */
export function overlay(view: () => OverlayView): Plugin<'line'> {
  return {
    id: 'hone-overlay',
    beforeDatasetsDraw: (chart) => {
      drawGround(chart, view());
    },
    afterDatasetsDraw: (chart) => {
      drawMarks(chart, view());
      drawCrosshair(chart, view());
    },
  };
}

function drawGround(chart: Line, { marks, palette, box }: OverlayView): void {
  const { ctx, chartArea, scales } = chart;
  const x = scales['x'];
  if (x === undefined) return;
  ctx.save();
  if (marks.lastStep !== null) {
    const from = Math.min(chartArea.right, x.getPixelForValue(marks.lastStep));
    ctx.globalAlpha = 0.55;
    ctx.fillStyle = palette.sunk;
    ctx.fillRect(from, chartArea.top, chartArea.right - from, chartArea.height);
    ctx.globalAlpha = 1;
  }
  if (box) drawEpochs(chart, marks, palette, (step) => x.getPixelForValue(step));
  ctx.restore();
}

/** Epoch numbers along the top, at most eight, thinned evenly. */
function drawEpochs({ ctx, chartArea }: Line, { epochs }: Marks, palette: Palette, at: (step: number) => number): void {
  const every = Math.ceil(epochs.length / Math.max(1, Math.min(8, Math.floor(chartArea.width / 64))));
  ctx.font = `12px ${palette.font}`;
  ctx.fillStyle = palette.ink2;
  ctx.strokeStyle = palette.line;
  ctx.lineWidth = 1;
  epochs.forEach(({ epoch, step }, index) => {
    if (index % every !== 0) return;
    const left = Math.round(at(step)) + 0.5;
    if (index > 0) line(ctx, left, chartArea.top, left, chartArea.bottom);
    ctx.fillText(index === 0 ? `Epoch ${epoch}` : String(epoch), left + 6, chartArea.top + 13);
  });
}

function drawMarks({ ctx, chartArea, scales }: Line, { marks, palette }: OverlayView): void {
  const { x, y } = scales;
  if (x === undefined || y === undefined) return;
  ctx.save();
  ctx.font = `12px ${palette.font}`;
  const { reference, best } = marks;
  if (reference !== null && reference.value >= y.min && reference.value <= y.max) {
    const height = Math.round(y.getPixelForValue(reference.value)) + 0.5;
    ctx.strokeStyle = palette.control;
    ctx.setLineDash([2, 3]);
    line(ctx, chartArea.left, height, chartArea.right, height);
    ctx.setLineDash([]);
    ctx.textAlign = 'right';
    const below = height + 15 < chartArea.bottom;
    label(ctx, reference.label, chartArea.right - 4, below ? height + 15 : height - 6, palette.ink3, palette.surface);
  }
  if (best !== null) {
    const left = x.getPixelForValue(best.point.x);
    const top = y.getPixelForValue(best.point.y);
    ctx.beginPath();
    ctx.moveTo(left, top - 6);
    ctx.lineTo(left + 6, top);
    ctx.lineTo(left, top + 6);
    ctx.lineTo(left - 6, top);
    ctx.closePath();
    ctx.fillStyle = palette.surface;
    ctx.fill();
    ctx.strokeStyle = palette.series;
    ctx.lineWidth = 2;
    ctx.stroke();
    drawBestWords(ctx, chartArea, best.lines, left, top, palette);
  }
  ctx.restore();
}

/** The words of the best checkpoint stand above it, or below where there is no room, and inside the plot. */
function drawBestWords(
  ctx: CanvasRenderingContext2D,
  area: Line['chartArea'],
  lines: readonly string[],
  left: number,
  top: number,
  palette: Palette,
): void {
  const width = Math.max(0, ...lines.map((text) => ctx.measureText(text).width)) + 4;
  const centre = Math.min(area.right - width / 2, Math.max(area.left + width / 2, left));
  const height = lines.length * 16;
  const first = top - 12 - height > area.top ? top - height + 4 : top + 22;
  ctx.textAlign = 'center';
  lines.forEach((text, index) => {
    ctx.font = `${index === 0 ? 600 : 400} 12px ${palette.font}`;
    label(ctx, text, centre, first + index * 16, index === 0 ? palette.ink : palette.ink3, palette.surface);
  });
}

function drawCrosshair(chart: Line, { step, series, palette, box, format }: OverlayView): void {
  const { ctx, chartArea, scales } = chart;
  const { x, y } = scales;
  if (step === null || x === undefined || y === undefined) return;
  const left = Math.round(x.getPixelForValue(step)) + 0.5;
  if (left < chartArea.left || left > chartArea.right + 1) return;
  ctx.save();
  ctx.strokeStyle = palette.ink3;
  ctx.lineWidth = 1;
  line(ctx, left, chartArea.top, left, chartArea.bottom);
  const rows: { name: string; value: string }[] = [];
  const heights: number[] = [];
  for (const one of series) {
    const point = valueAt(one.points, step);
    if (one.kind === 'raw' || point === null) continue;
    ctx.beginPath();
    ctx.arc(left, y.getPixelForValue(point.y), 4, 0, Math.PI * 2);
    ctx.fillStyle = one.kind === 'dashed' ? palette.surface : palette.series;
    ctx.fill();
    ctx.strokeStyle = palette.series;
    ctx.lineWidth = 1.5;
    ctx.stroke();
    heights.push(y.getPixelForValue(point.y));
    rows.push({ name: one.label, value: format(point.y) });
  }
  // The box goes where the lines are not.
  const middle = (chartArea.top + chartArea.bottom) / 2;
  const above = Math.min(...heights) > middle;
  if (box && rows.length > 0) drawBox(ctx, chartArea, left, above, `Step ${step}`, rows, palette);
  ctx.restore();
}

function drawBox(
  ctx: CanvasRenderingContext2D,
  area: Line['chartArea'],
  crosshair: number,
  above: boolean,
  title: string,
  rows: readonly { name: string; value: string }[],
  palette: Palette,
): void {
  ctx.font = `12px ${palette.font}`;
  const inner = Math.max(
    64,
    ...rows.map(({ name, value }) => ctx.measureText(name).width + ctx.measureText(value).width + 20),
  );
  const width = inner + 20;
  const height = 28 + rows.length * 16;
  const left = crosshair + 10 + width <= area.right ? crosshair + 10 : crosshair - 10 - width;
  const top = above ? area.top + 28 : area.bottom - height - 12;
  ctx.beginPath();
  ctx.roundRect(left, top, width, height, 6);
  ctx.fillStyle = palette.surface;
  ctx.fill();
  ctx.strokeStyle = palette.lineStrong;
  ctx.lineWidth = 1;
  ctx.stroke();
  ctx.fillStyle = palette.ink;
  ctx.font = `600 12px ${palette.font}`;
  ctx.textAlign = 'left';
  ctx.fillText(title, left + 10, top + 18);
  ctx.font = `12px ${palette.font}`;
  ctx.fillStyle = palette.ink2;
  rows.forEach(({ name, value }, index) => {
    const baseline = top + 35 + index * 16;
    ctx.textAlign = 'left';
    ctx.fillText(name, left + 10, baseline);
    ctx.textAlign = 'right';
    ctx.fillText(value, left + width - 10, baseline);
  });
}

function line(ctx: CanvasRenderingContext2D, x1: number, y1: number, x2: number, y2: number): void {
  ctx.beginPath();
  ctx.moveTo(x1, y1);
  ctx.lineTo(x2, y2);
  ctx.stroke();
}

/** Text with a rim in the colour of the ground, so that a line behind it does not cut through. */
function label(
  ctx: CanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
  colour: string,
  ground: string,
): void {
  ctx.lineWidth = 3;
  ctx.lineJoin = 'round';
  ctx.strokeStyle = ground;
  ctx.strokeText(text, x, y);
  ctx.fillStyle = colour;
  ctx.fillText(text, x, y);
}
