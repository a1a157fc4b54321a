/** The composition root: builds the state once and mounts the page. The only file that knows everyone. */
import { mount } from 'svelte';
import { createHone } from './state/hone.svelte';
import App from './ui/App.svelte';
import { readRunningScreen } from './ui/shell/running-screen.svelte';
import './ui/base.css';

const target = document.getElementById('app');
if (!target) throw new Error('index.html has no element #app.');
mount(App, { target, props: { hone: createHone(document.baseURI) } });
void readRunningScreen();
