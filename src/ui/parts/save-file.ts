/**
 * Hands a text (or a blob, where one string could not hold it) to the person as a file, through a link with
 * `download`: the one way that every browser and policy allows.
 */
export function saveFile(name: string, content: string | Blob, type: string): void {
  const address = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // The browser has its own hold on the blob once the click was taken up; released a little later for Safari's sake.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** A file name that every system takes: letters, digits, dot, dash and underscore, at most 80 characters. */
export function fileNameOf(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replace(/[^\p{L}\p{N}._-]+/gu, '-')
    .replace(/^[-.]+|[-.]+$/g, '')
    .slice(0, 80);
  return plain || 'hone';
}
