/** What is said about working without a network, in words. Pure. */
import { DEFAULT_MODEL_ID, findModel } from '../core/models/registry';
import { formatBytes } from '../core/words/numbers';
import type { OfflineState } from '../state/offline.svelte';

export interface OfflineWords {
  title: string;
  text: string;
  /** The name of the button that keeps the model; null where there is nothing to press. */
  act: string | null;
  tone: 'ready' | 'waits' | 'missing';
}

/** `missing`: titles of the models that are not kept besides the one a first run needs. */
export function offlineWords(state: OfflineState, missing: readonly string[] = []): OfflineWords {
  switch (state.kind) {
    case 'beginning':
      return {
        title: 'Getting ready for the plane.',
        text: 'Keeping the page in this browser.',
        act: null,
        tone: 'waits',
      };
    case 'keeping-model': {
      const { bytesKept, bytesTotal } = state.progress;
      const share =
        bytesTotal === 0 ? 'the model' : `the model, ${formatBytes(bytesKept)} of ${formatBytes(bytesTotal)}`;
      const text = `The page opens without a network. Keeping ${share}.`;
      return { title: 'Getting ready for the plane.', text, act: null, tone: 'waits' };
    }
    case 'ready':
      return {
        title: 'Ready for the plane.',
        text:
          `Page and ${findModel(DEFAULT_MODEL_ID).title} are kept in this browser (${formatBytes(state.bytes)}). Hone opens, ` +
          `trains and answers without a network.${missing.length > 0 ? ` What reads with ${missing.join(', ')} needs one until it is fetched.` : ''}`,
        act: null,
        tone: 'ready',
      };
    case 'without-model':
      return state.why === null
        ? {
            title: 'Opens without a network.',
            text: 'This browser is told to spare data, so the model comes with the first run.',
            act: 'Keep the model now',
            tone: 'waits',
          }
        : {
            title: 'Opens without a network, but has no model there.',
            text: `The model is not kept: ${state.why}`,
            act: 'Keep the model',
            tone: 'missing',
          };
    case 'unavailable':
      return {
        title: 'Needs a network to open.',
        text: `The page could not be kept in this browser. ${state.why} Everything else works.`,
        act: null,
        tone: 'missing',
      };
    default:
      return state satisfies never;
  }
}
