/** `npm start`: from a fresh clone to the built page on this computer, and its address. */
import { ensurePackages, root, run } from './setup.mjs';

ensurePackages();
run('npx', ['vite', 'build']);
const { serve } = await import('./serve.mjs');
const { url } = await serve({ port: Number(process.env.PORT ?? 4173) });
console.log(`\nHone is at ${url}\nStop it with Ctrl+C. The folder ${root}/dist works the same on any static host.`);
