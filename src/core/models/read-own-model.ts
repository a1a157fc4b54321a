/** Opens what a person brings along as a base model: tells a folder from a GGUF. */
import type { ByteSource } from '../formats/byte-source';
import { damagedFile } from '../formats/stored-tensor';
import { readOwnFolder } from './own-folder';
import { readOwnGguf } from './own-gguf';
import type { OwnModel } from './own-model';
import { readOwnNotices } from './own-notices';

/**
 * Reads the headers of a model's files: one GGUF, or the files of a folder by their names in it. Throws `model-damaged`,
 * `model-unsupported` and `file-unreadable`, with the file and the reason.
 */
export async function readOwnModel(title: string, files: readonly ByteSource[]): Promise<OwnModel> {
  const ggufs = files.filter(({ file }) => file.toLowerCase().endsWith('.gguf'));
  const [gguf] = ggufs;
  const notices = await readOwnNotices(files);
  if (gguf === undefined) return { ...(await readOwnFolder(title, files)), notices };
  if (ggufs.length > 1) {
    const names = ggufs.map(({ file }) => file).join(', ');
    throw damagedFile(
      title,
      `it has several GGUF files (${names}), and a model is one of them: choose that file alone`,
    );
  }
  return { ...(await readOwnGguf(title, gguf)), notices };
}
