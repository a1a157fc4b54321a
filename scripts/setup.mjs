/**
 * What a fresh clone needs before anything else runs: the packages of package-lock.json, and (for tests and
 * scripted jobs) a Chromium. Uses nothing but Node itself, since nothing is installed yet.
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** What is prepared before the work is told beside it: a script's own output may be read by another program. */
const beside = { stdio: ['inherit', process.stderr, process.stderr] };

/** Runs a command in the project's root with its output on ours; throws when it fails. */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
    ...options,
  });
  if (result.error) throw result.error;
  if (result.status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${result.status ?? result.signal}`);
}

/** Installs the locked packages when they are missing or older than the lock file. */
export function ensurePackages() {
  const stamp = join(root, 'node_modules', '.package-lock.json');
  const lock = join(root, 'package-lock.json');
  if (existsSync(stamp) && statSync(stamp).mtimeMs >= statSync(lock).mtimeMs) return;
  console.error('Installing packages …');
  // No install script of any package is needed; leaving them off is safer and quicker.
  run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], beside);
}

const chromiumPlaces = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
];

/** The path of a Chromium, or null. `CHROME_PATH` comes first. */
export function findChromium() {
  const named = process.env.CHROME_PATH;
  if (named) return existsSync(named) ? named : null;
  return chromiumPlaces.find((place) => existsSync(place)) ?? null;
}

/** Finds a Chromium or installs Debian's; otherwise says in one sentence what to do. */
export function ensureChromium() {
  const found = findChromium();
  if (found) return found;
  const canInstall = process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
  if (canInstall && !process.env.CHROME_PATH) {
    console.error('Installing Chromium …');
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    run('apt-get', ['update', '-qq'], { env });
    run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium', 'libvulkan1'], { env });
    const installed = findChromium();
    if (installed) return installed;
  }
  throw new Error(
    'No Chromium was found. Install Chrome or Chromium 113 or newer, or set CHROME_PATH to the full path of its program, then run this again.',
  );
}

/**
 * Makes what apt needs beneath `folder` and gives the options for it. With other sources and the machine's indexes, an update
 * would clean away the indexes of the sources that it does not see.
 */
export function aptFolders(folder) {
  // Its downloads run as another user.
  chmodSync(folder, 0o755);
  mkdirSync(join(folder, 'sources'));
  mkdirSync(join(folder, 'lists', 'partial'), { recursive: true });
  return ['-o', `Dir::Etc::SourceParts=${join(folder, 'sources')}`, '-o', `Dir::State::Lists=${join(folder, 'lists')}`];
}

const lavapipe = ['/usr/share/vulkan/icd.d/lvp_icd.json', '/usr/share/vulkan/icd.d/lvp_icd.x86_64.json'];

/**
 * Installs Mesa's lavapipe from Debian's backports where that can be done: WebGPU in Node runs about ten times faster on it than
 * on Chromium's SwiftShader, which is used otherwise. Its sources and their indexes lie in a folder of their own: the
 * machine's stay as they are.
 */
export function ensureLavapipe() {
  const debian = '/etc/apt/sources.list.d/debian.sources';
  const canInstall = process.platform === 'linux' && process.getuid?.() === 0 && existsSync(debian);
  if (lavapipe.some((place) => existsSync(place)) || !canInstall) return;
  const main = readFileSync(debian, 'utf8');
  const suite = /^Suites: (\w+)/m.exec(main)?.[1];
  const folder = mkdtempSync(join(tmpdir(), 'hone-apt-'));
  try {
    console.error('Installing a software Vulkan driver …');
    const options = aptFolders(folder);
    cpSync(debian, join(folder, 'sources', 'debian.sources'));
    writeFileSync(
      join(folder, 'sources', 'backports.sources'),
      (main.split(/\n\s*\n/)[0] ?? '').replace(/^Suites: .*$/m, `Suites: ${suite}-backports`) + '\n',
    );
    const apt = (...words) =>
      run('apt-get', ['-qq', ...options, ...words], {
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      });
    apt('update');
    apt('install', '-y', '--no-install-recommends', '-t', `${suite}-backports`, 'mesa-vulkan-drivers', 'libvulkan1');
  } catch (error) {
    console.error(`Not installed (${error.message}): WebGPU in Node runs on SwiftShader, slowly.`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The time of the newest file beneath some paths of the project. */
function newest(paths) {
  let time = 0;
  for (const path of paths.filter((each) => existsSync(each))) {
    const found = statSync(path);
    if (!found.isDirectory()) time = Math.max(time, found.mtimeMs);
    else time = Math.max(time, newest(readdirSync(path).map((name) => join(path, name))));
  }
  return time;
}

/** Builds the page when there is no build or its sources are newer. */
export function ensureBuild() {
  const sources = ['src', 'public', 'index.html', 'vite.config.ts', 'package-lock.json'].map((name) =>
    join(root, name),
  );
  const built = join(root, 'dist', 'index.html');
  if (existsSync(built) && statSync(built).mtimeMs > newest(sources)) return;
  run('npx', ['vite', 'build', '--logLevel', 'warn'], beside);
}
