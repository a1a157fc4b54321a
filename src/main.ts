/** The composition root: builds the state once and mounts the page. The only file that knows everyone. */
import { mount } from 'svelte';
import { createHone } from './state/hone.svelte';
import App from './ui/App.svelte';
import { keepWordsMoving } from './ui/translator';
import { readRunningScreen } from './ui/shell/running-screen.svelte';
import './ui/base.css';

const target = document.getElementById('app');
if (!target) throw new Error('index.html has no element #app.');
keepWordsMoving(target);
const hone = createHone(document.baseURI);
// A task of its own: reading the modules and drawing the page in one would hold a slow machine for a tenth of a second.
setTimeout(() => {
  mount(App, { target, props: { hone } });
  void readRunningScreen();
});
