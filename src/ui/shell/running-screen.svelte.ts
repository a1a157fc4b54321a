/**
 * The screen of a run, which brings Chart.js with it: read right after the first paint, so that opening the page does
 * not wait for it and the screen is there long before a run can start.
 */
import type { Component } from 'svelte';

let component: Component<{ runId: string }> | null = $state.raw(null);

/** `component` is null until it has arrived. */
export const runningScreen = {
  get component() {
    return component;
  },
};

/** Called once, when the page stands. */
export async function readRunningScreen(): Promise<void> {
  ({ default: component } = await import('../screens/running/RunningScreen.svelte'));
}
