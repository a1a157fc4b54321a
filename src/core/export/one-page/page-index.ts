/** What a page of its own says of itself: the first of the parts behind the template. Plain values, checked when they are read. */
import * as v from 'valibot';
import type { Mapping } from '../../data/mapping';
import { type ModelManifest, parseManifest } from '../../models/manifest';
import { damagedPage } from './kept-model';

/** The texts of a base model that go along with it. */
export interface PageNotice {
  title: string;
  text: string;
}

export interface PageFacts {
  /** Of the run. */
  title: string;
  dataset: string;
  /** What the report says of it, a line each. */
  figures: string[];
  /** What its values are stored in. */
  dtype: 'float16' | 'int8';
  /** Licences and notices of what it was made of. */
  notices: PageNotice[];
  /** How the file that it was trained on was read; null where that is gone. */
  mapping: Mapping | null;
}

export interface PageIndex extends PageFacts {
  schema: 'hone.one-page';
  version: 1;
  /** Id of the encoder that a linear head is of. */
  first: string;
  /** With tensors as they lie in the page, and one shard each. */
  encoders: ModelManifest[];
  /** Parameters of the first that were trained, by name; a head on means does not say which pass it is of. */
  trained: string[];
  /** The kept model without its rows of numbers, and without what is in `trained`. */
  model: unknown;
  /** Bytes of the parts that follow: weights and tokenizer of each encoder, then the numbers of the model. */
  streams: number[];
}

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const schema = v.object({
  schema: v.literal('hone.one-page'),
  version: v.literal(1),
  title: v.string(),
  dataset: v.string(),
  figures: v.array(v.string()),
  dtype: v.picklist(['float16', 'int8']),
  notices: v.array(v.object({ title: v.string(), text: v.string() })),
  mapping: v.nullable(
    v.looseObject({
      container: v.string(),
      format: v.string(),
      textFields: v.array(v.string()),
      targetField: v.string(),
      unused: v.array(v.string()),
    }),
  ),
  first: v.string(),
  encoders: v.pipe(v.array(v.unknown()), v.minLength(1)),
  trained: v.array(v.string()),
  model: v.unknown(),
  streams: v.array(count),
});

/** Parses it; throws `model-damaged`, and as `parseManifest`. */
export function parsePageIndex(text: string): PageIndex {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw damagedPage('its contents are not JSON', cause);
  }
  const parsed = v.safeParse(schema, json);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw damagedPage(`${v.getDotPath(issue) ?? 'its contents'}: ${issue.message}`);
  }
  const { encoders, mapping, ...rest } = parsed.output;
  if (rest.streams.length !== 2 * encoders.length + 1) throw damagedPage('parts of it are missing');
  return {
    ...rest,
    // Only ever written from a mapping of a data set, and read no further than a reader of files takes it.
    mapping: mapping as Mapping | null,
    encoders: encoders.map((encoder) => parseManifest(JSON.stringify(encoder))),
  };
}
