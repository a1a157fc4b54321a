/** The way in for a model of the person's own: its folder or files, dropped on a part of the page or chosen. */
import { fromErrorData, toErrorData } from '../../core/errors';
import type { ChosenModel, OwnModels } from '../../state/own-models.svelte';
import { chosenModel, droppedModel } from './dropped-files';

export class ModelDrop {
  readonly #ownModels: Pick<OwnModels, 'open' | 'refuse'>;
  readonly #onChosen: () => void;
  /** Enter and leave fire for every element that is crossed. */
  #depth = $state(0);

  /** `onChosen`: files were chosen by a button, which may go. */
  constructor(ownModels: Pick<OwnModels, 'open' | 'refuse'>, onChosen: () => void = () => undefined) {
    this.#ownModels = ownModels;
    this.#onChosen = onChosen;
  }

  /** Something is held over it. */
  get isOver(): boolean {
    return this.#depth > 0;
  }

  /** Attributes of the element that it is dropped on. */
  readonly zone = {
    ondragenter: (event: DragEvent): void => {
      event.preventDefault();
      this.#depth++;
    },
    ondragleave: (event: DragEvent): void => {
      // The page's own drop area does not hear of it.
      event.stopPropagation();
      this.#depth = Math.max(0, this.#depth - 1);
    },
    ondragover: (event: DragEvent): void => event.preventDefault(),
    ondrop: (event: DragEvent): void => {
      event.preventDefault();
      this.#depth = 0;
      const { dataTransfer } = event;
      if (dataTransfer !== null) void this.#open(droppedModel(dataTransfer));
    },
  };

  /** A change of the field by which it is chosen. */
  readonly take = ({ currentTarget: field }: Event & { currentTarget: HTMLInputElement }): void => {
    const files = [...(field.files ?? [])];
    // Emptied, so that choosing the same again is a change.
    field.value = '';
    if (files.length === 0) return;
    this.#onChosen();
    void this.#open(Promise.resolve(chosenModel(files)));
  };

  async #open(found: Promise<ChosenModel | null>): Promise<void> {
    try {
      const chosen = await found;
      if (chosen !== null) await this.#ownModels.open(chosen);
    } catch (error) {
      this.#ownModels.refuse('', fromErrorData(toErrorData(error)));
    }
  }
}
