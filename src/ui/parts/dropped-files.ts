/**
 * What was dropped or chosen, as a model's files with their paths in the folder. Browsers give a dropped folder as entries
 * that have to be walked, and a chosen one as files that know their paths.
 */
import { AppError } from '../../core/errors';
import type { ChosenModel } from '../../state/own-models.svelte';

/** A folder with more files is no model's: a disk, or a home. */
const MOST_FILES = 2000;
/** What folders of models have beside them and nobody reads here. */
const SKIPPED = /^(\.|__MACOSX$|node_modules$)/;

/** The files of an input with `webkitdirectory`, or single files. */
export function chosenModel(files: readonly File[]): ChosenModel {
  const [first] = files;
  const folder = first?.webkitRelativePath.split('/')[0] ?? '';
  if (folder === '') return single(files.map((file) => ({ path: file.name, blob: file })));
  return {
    title: folder,
    files: files.map((file) => ({ path: file.webkitRelativePath.slice(folder.length + 1), blob: file })),
  };
}

/** What was dropped; null where it is no file. Throws `file-unreadable` where a folder does not open, and for one too many. */
export async function droppedModel(transfer: DataTransfer): Promise<ChosenModel | null> {
  // Asked for at once: after the first wait the list is empty.
  const entries = [...transfer.items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  const [first] = entries;
  if (first === undefined) return null;
  const files: ChosenModel['files'] = [];
  const [only, ...more] = entries;
  if (more.length === 0 && only !== undefined && isFolder(only)) {
    await walk(only, '', files);
    return { title: only.name, files };
  }
  for (const entry of entries) {
    if (isFolder(entry)) await walk(entry, `${entry.name}/`, files);
    else if (isFile(entry)) files.push({ path: entry.name, blob: await fileOf(entry) });
  }
  return single(files);
}

function single(files: ChosenModel['files']): ChosenModel {
  const gguf = files.find(({ path }) => path.toLowerCase().endsWith('.gguf'));
  return { title: gguf?.path.replace(/\.gguf$/i, '') ?? 'my-model', files };
}

async function walk(folder: FileSystemDirectoryEntry, path: string, files: ChosenModel['files']): Promise<void> {
  const reader = folder.createReader();
  for (;;) {
    // A hundred at a time, until none come.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => {
      reader.readEntries(resolve, (cause) => reject(unreadable(folder.name, cause)));
    });
    if (some.length === 0) return;
    for (const entry of some) {
      if (SKIPPED.test(entry.name)) continue;
      if (isFolder(entry)) await walk(entry, `${path}${entry.name}/`, files);
      else if (isFile(entry)) files.push({ path: path + entry.name, blob: await fileOf(entry) });
      if (files.length > MOST_FILES) {
        throw new AppError(
          'model-unsupported',
          `«${folder.name}» is in a folder of more than ${MOST_FILES} files. Choose the folder of the model itself, with config.json in it.`,
        );
      }
    }
  }
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => {
    entry.file(resolve, (cause) => reject(unreadable(entry.name, cause)));
  });
}

function unreadable(name: string, cause: unknown): AppError {
  return new AppError(
    'file-unreadable',
    `${name} could not be read: it was changed, moved or deleted, or the browser may not open it. Choose it again.`,
    { cause, details: { file: name } },
  );
}

function isFolder(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}
