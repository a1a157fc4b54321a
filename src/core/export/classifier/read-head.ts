/** The head and the labels of a classifier, from the files that were written of it. */
import type { ByteSource } from '../../formats/byte-source';
import { damagedFile } from '../../formats/stored-tensor';
import { isRecord, readJson, readText } from '../../models/own-json';
import type { Head } from '../../run/trained-model';

/** From head.json and modules.json. Throws `model-damaged`. */
export async function readHead(find: (file: string) => ByteSource): Promise<{ head: Head; labels: string[] }> {
  const source = find('head.json');
  const { labels, weight, bias } = await readJson(source);
  if (!Array.isArray(labels) || !isNumbers(bias) || !Array.isArray(weight) || !weight.every(isNumbers)) {
    throw damagedFile(source.file, 'it has no labels, weight and bias');
  }
  if (labels.length !== bias.length || weight.length !== bias.length) {
    throw damagedFile(source.file, `it has ${labels.length} labels and ${weight.length} lines of weights`);
  }
  const modules: unknown = JSON.parse(await readText(find('modules.json')));
  const normalised =
    Array.isArray(modules) &&
    modules.some((module) => isRecord(module) && String(module['type']).endsWith('.Normalize'));
  const head = { weight: Float32Array.from(weight.flat()), bias: Float32Array.from(bias), normalised };
  return { head, labels: labels.map(String) };
}

/** From a config.json, in the order of their numbers. Throws `model-damaged`. */
export async function readClassifierLabels(source: ByteSource): Promise<string[]> {
  const { id2label: labels } = await readJson(source);
  if (!isRecord(labels)) throw damagedFile(source.file, 'it has no id2label');
  return Object.keys(labels).map((_, id) => {
    const label = labels[String(id)];
    if (typeof label !== 'string') throw damagedFile(source.file, `it has no label ${id}`);
    return label;
  });
}

function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((number) => typeof number === 'number');
}
