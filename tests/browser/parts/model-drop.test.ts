/** A model's way in by files that are dropped or chosen, over models that are made up. */
import { expect, test, vi } from 'vitest';
import { ModelDrop } from '../../../src/ui/parts/model-drop.svelte';

const entry = { name: 'tiny.gguf', isFile: true, isDirectory: false, file: (take: (file: File) => void) => take(FILE) };
const FILE = new File(['GGUF'], 'tiny.gguf');

function setUp() {
  const ownModels = { open: vi.fn((_: unknown) => Promise.resolve()), refuse: vi.fn() };
  const onChosen = vi.fn();
  return { ownModels, onChosen, drop: new ModelDrop(ownModels, onChosen) };
}

const dropped = (items: object[]): DragEvent => {
  const event = new DragEvent('drop', { cancelable: true });
  Object.defineProperty(event, 'dataTransfer', { value: { items } });
  return event;
};

test('what is dropped is opened; nothing is held over it any more', async () => {
  const { ownModels, onChosen, drop } = setUp();
  const { ondragenter, ondragleave, ondragover, ondrop } = drop.zone;
  // Into it, on an element within it, off that one.
  for (const enter of [1, 2]) {
    const event = new DragEvent('dragenter', { cancelable: true });
    ondragenter(event);
    expect([event.defaultPrevented, enter]).toEqual([true, enter]);
  }
  const leave = new DragEvent('dragleave');
  const stop = vi.spyOn(leave, 'stopPropagation');
  ondragleave(leave);
  expect([drop.isOver, stop.mock.calls.length]).toEqual([true, 1]);
  const over = new DragEvent('dragover', { cancelable: true });
  ondragover(over);
  const event = dropped([{ webkitGetAsEntry: () => entry }]);
  ondrop(event);
  expect([over.defaultPrevented, event.defaultPrevented, drop.isOver]).toEqual([true, true, false]);
  await vi.waitFor(() =>
    expect(ownModels.open).toHaveBeenCalledExactlyOnceWith({
      title: 'tiny',
      files: [{ path: 'tiny.gguf', blob: FILE }],
    }),
  );
  // Dropped, it is not chosen by a button; and words are no model.
  expect(onChosen).not.toHaveBeenCalled();
  ondrop(dropped([]));
  await Promise.resolve();
  expect([ownModels.open.mock.calls.length, ownModels.refuse.mock.calls]).toEqual([1, []]);
  ondragleave(new DragEvent('dragleave'));
  expect(drop.isOver).toBe(false);
});

test('what is chosen is opened, and can be chosen again; what cannot be read is refused', async () => {
  const { ownModels, onChosen, drop } = setUp();
  const field = document.createElement('input');
  field.type = 'file';
  const choose = (...files: File[]): void => {
    const transfer = new DataTransfer();
    for (const file of files) transfer.items.add(file);
    field.files = transfer.files;
    drop.take({ ...new Event('change'), currentTarget: field });
  };
  choose();
  expect(onChosen).not.toHaveBeenCalled();
  choose(FILE);
  expect([field.files?.length, onChosen.mock.calls.length]).toEqual([0, 1]);
  await vi.waitFor(() => expect(ownModels.open).toHaveBeenCalledTimes(1));
  expect(ownModels.open.mock.calls[0]?.[0]).toMatchObject({ title: 'tiny', files: [{ path: 'tiny.gguf' }] });
  const broken = { ...entry, file: (_: unknown, refuse: (cause: Error) => void) => refuse(new Error('gone')) };
  drop.zone.ondrop(dropped([{ webkitGetAsEntry: () => broken }]));
  await vi.waitFor(() =>
    expect(ownModels.refuse).toHaveBeenCalledWith('', expect.objectContaining({ code: 'file-unreadable' })),
  );
});
