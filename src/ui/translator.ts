/**
 * Words that keep moving under a translator. Google Translate and its like take a text node out and put a `font` element
 * with the translation in its place; Svelte goes on writing into the node that is gone, and the page seems to stand still.
 *
 * So the node is put back, empty, beside the translation that stands for it:
 * - when new words are written into it, the translation goes, and the translator finds the new words;
 * - when it is taken away, the translation goes with it;
 * - when the translator takes its translation back, the node has its words again.
 * Nothing is done to a page that nobody translates.
 */

interface Translated {
  text: Text;
  words: string;
}

/** Watches all that is beneath `root`; returns the way to stop. */
export function keepWordsMoving(root: HTMLElement): () => void {
  const translations = new WeakMap<HTMLElement, Translated>();
  const translationOf = new WeakMap<Text, HTMLElement>();

  const remember = (translation: HTMLElement, found: Translated): void => {
    translations.set(translation, found);
    translationOf.set(found.text, translation);
  };
  const forget = (text: Text, translation: HTMLElement): void => {
    translationOf.delete(text);
    translations.delete(translation);
  };
  /** The translation that came where a node of this record was. */
  const comes = ({ addedNodes, previousSibling, nextSibling }: MutationRecord): HTMLElement | null => {
    const near = [...addedNodes, previousSibling, nextSibling].filter(isTranslation);
    return near.find((element) => element.isConnected && !translations.has(element)) ?? null;
  };

  /** A text that left: for a translation, or with what it stood in. */
  const left = (text: Text, record: MutationRecord): void => {
    if (text.isConnected) return;
    const known = translationOf.get(text);
    if (known) {
      known.remove();
      forget(text, known);
      return;
    }
    const translation = text.data.trim() === '' ? null : comes(record);
    if (!translation) return;
    remember(translation, { text, words: text.data });
    text.data = '';
    translation.after(text);
  };

  /** A translation that left: for another one, taken back by the translator, or with what it stood in. */
  const takenBack = (translation: HTMLElement, record: MutationRecord): void => {
    const found = translations.get(translation);
    if (!found || translation.isConnected) return;
    forget(found.text, translation);
    const other = found.text.isConnected ? comes(record) : null;
    if (other) remember(other, found);
    else if (found.text.data === '') found.text.data = found.words;
  };

  const written = (text: Text): void => {
    const translation = translationOf.get(text);
    if (!translation || text.data === '') return;
    translation.remove();
    forget(text, translation);
  };

  const observer = new MutationObserver((records) => {
    for (const record of records) {
      if (record.target instanceof Text) written(record.target);
      for (const node of record.removedNodes) {
        if (node instanceof Text) left(node, record);
        else if (node instanceof HTMLElement) takenBack(node, record);
      }
    }
  });
  observer.observe(root, { childList: true, characterData: true, subtree: true });
  return () => observer.disconnect();
}

function isTranslation(node: Node | null | undefined): node is HTMLElement {
  return node instanceof HTMLElement && node.tagName === 'FONT';
}
