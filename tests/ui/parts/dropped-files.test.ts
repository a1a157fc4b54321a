import { expect, test } from 'vitest';
import { chosenModel, droppedModel } from '../../../src/ui/parts/dropped-files';

/** A folder as a browser gives one that was dropped: its entries come in portions, and then none. */
function folder(name: string, inside: object[]): object {
  return {
    ...{ name, isDirectory: true, isFile: false },
    createReader() {
      const left = [...inside];
      return { readEntries: (resolve: (some: object[]) => void) => resolve(left.splice(0, 2)) };
    },
  };
}

function file(name: string, fault?: Error): object {
  return {
    ...{ name, isDirectory: false, isFile: true },
    file: (resolve: (file: File) => void, reject: (error: Error) => void) =>
      fault ? reject(fault) : resolve(new File([name], name)),
  };
}

const dropped = (...entries: object[]): DataTransfer =>
  ({ items: entries.map((entry) => ({ webkitGetAsEntry: () => entry })) }) as unknown as DataTransfer;

test('a dropped folder is walked to its end, hidden things left out', async () => {
  const tiny = folder('tiny', [
    file('config.json'),
    file('tokenizer.json'),
    file('model.safetensors'),
    folder('1_Pooling', [file('config.json')]),
    folder('.git', [file('HEAD')]),
  ]);
  const model = await droppedModel(dropped(tiny));
  expect(model?.title).toBe('tiny');
  expect(model?.files.map(({ path }) => path)).toEqual([
    'config.json',
    'tokenizer.json',
    'model.safetensors',
    '1_Pooling/config.json',
  ]);
});

test('a GGUF is called by its name; loose files are one model; text is none', async () => {
  expect((await droppedModel(dropped(file('Qwen3-0.6B-Q8_0.gguf'))))?.title).toBe('Qwen3-0.6B-Q8_0');
  const loose = await droppedModel(dropped(file('config.json'), file('model.safetensors')));
  expect(loose).toMatchObject({ title: 'my-model', files: [{ path: 'config.json' }, { path: 'model.safetensors' }] });
  expect(await droppedModel(dropped())).toBeNull();
});

test('a file that cannot be read, and a folder that is no model’s, are said by name', async () => {
  await expect(droppedModel(dropped(folder('tiny', [file('config.json', new Error('gone'))])))).rejects.toMatchObject({
    code: 'file-unreadable',
    message: expect.stringContaining('config.json could not be read'),
  });
  const home = folder(
    'home',
    Array.from({ length: 2100 }, (_, i) => file(`${i}.txt`)),
  );
  await expect(droppedModel(dropped(home))).rejects.toMatchObject({
    code: 'model-unsupported',
    message: expect.stringContaining('more than 2000 files'),
  });
});

test('a chosen folder has paths without its own name', () => {
  const one = Object.assign(new File(['{}'], 'config.json'), {});
  Object.defineProperty(one, 'webkitRelativePath', { value: 'tiny/1_Pooling/config.json' });
  expect(chosenModel([one])).toMatchObject({ title: 'tiny', files: [{ path: '1_Pooling/config.json' }] });
  const alone = new File(['x'], 'a.GGUF');
  Object.defineProperty(alone, 'webkitRelativePath', { value: '' });
  expect(chosenModel([alone])).toMatchObject({ title: 'a', files: [{ path: 'a.GGUF' }] });
});
