/** The beginning of a page of its own: draws it at once, and reads the classifier that stands behind this script in the file. */
import { mount } from 'svelte';
import { Theme } from '../state/theme.svelte';
import '../ui/base.css';
import { openPage } from './classifier';
import { domParts } from './dom-parts';
import OnePage from './OnePage.svelte';

const target = document.getElementById('app');
if (!target) throw new Error('The page has no element #app.');
mount(OnePage, {
  target,
  props: { theme: new Theme(), open: (onProgress) => openPage(domParts(document), onProgress) },
});
