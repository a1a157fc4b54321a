/**
 * The training rows that a text is nearest to. Rows are cut, split and numbered as the run did it, so that the vectors that
 * it kept are found again; what is not kept is read. The vectors of the run asked last stay at hand for the next text.
 *
 * Not covered: the vectors of an encoder that training changed. All rows would have to be read with it; those of the
 * model as it came are compared, and the answer says so.
 */
import { denseMatrix, type DenseMatrix } from '../core/baselines/matrix';
import { AppError } from '../core/errors';
import type { EncodedRows } from '../core/recipes/encoded-rows';
import { plainRecipe, type Recipe } from '../core/recipes/recipe';
import { centreOf, recipeVectors } from '../core/recipes/vectors';
import { MAX_COMPARED, type Nearest, nearestTo, type NearRow, READ_UNASKED } from '../core/run/nearest';
import { encodersOfHead, isOfRecipes, type TrainedModel } from '../core/run/trained-model';
import { formatCount } from '../core/words/numbers';
import { getRun, getWeights } from '../storage/runs';
import { createFeatureStore } from '../storage/features';
import type { JobPorts } from './job-ports';
import { openDevice } from './open-device';
import { modelEntry } from './own-model-source';
import type { TrainingCommand } from './protocol';
import { prepareRun, readRunRows } from './run-data';
import { TextReader } from './text-reader';

type Command = Extract<TrainingCommand, { type: 'nearest' }>;

/** Rows that are told. */
const TOLD = 5;

/** What is compared: the different texts of the training rows. */
interface Warm {
  key: string;
  readers: TextReader[];
  recipe: Recipe;
  centre: Float32Array | null;
  maxLength: number;
  vectors: DenseMatrix;
  /** [texts] the rows of each. */
  rowsOf: Int32Array[];
  data: { texts: string[]; lines: Int32Array; labels: string[]; labelIndices: Int32Array };
  asAnswered: boolean;
}

export class NearestJob {
  readonly #ports: JobPorts;
  #warm: Warm | null = null;

  constructor(ports: JobPorts) {
    this.#ports = ports;
  }

  /** Throws `not-found` when run, model or data set is gone, `plan-too-large`, and `cancelled` when the signal fires. */
  async nearest(command: Command, signal: AbortSignal): Promise<Nearest> {
    const warm = await this.#ready(command, signal);
    if ('kind' in warm) return warm;
    const { recipe, centre, vectors, rowsOf, data, maxLength } = warm;
    const { text } = command;
    const encoded: EncodedRows[] = [];
    for (const reader of warm.readers)
      encoded.push(await reader.read(reader.encode([text], longest(reader, maxLength)), { signal }));
    const asked = recipeVectors(recipe, encoded, Int32Array.of(0), centre).values;
    return {
      kind: 'rows',
      near: nearestTo(vectors, asked, TOLD).map(({ row, similarity }) => tell(rowsOf[row], data, similarity, text)),
      encoders: warm.readers.map(({ id }) => id),
      asAnswered: warm.asAnswered,
      rows: data.texts.length,
    };
  }

  async #ready(command: Command, signal: AbortSignal): Promise<Warm | Nearest> {
    const { requestId, runId, backend, readAll } = command;
    const { database, now, post } = this.#ports;
    const key = `${backend} ${runId}`;
    if (this.#warm?.key === key) return this.#warm;
    this.#cool();
    const [run, weights] = await Promise.all([getRun(database, runId), getWeights(database, runId)]);
    if (!run?.settings || !weights)
      throw new AppError('not-found', 'This run kept no model, so nothing can be compared.');
    const { settings, request } = run;
    const rows = await readRunRows(database, request);
    const { recipe, centre: own } = vectorsOf(weights.tuned, run.modelId);
    const device = await openDevice(this.#ports, backend);
    const readers: TextReader[] = [];
    try {
      for (const id of recipe.encoders)
        readers.push(await TextReader.open(this.#ports, (await modelEntry(database, id)).id, device, signal));
      const [first] = readers;
      if (!first) throw new AppError('internal', 'A model without an encoder was asked.');
      const { data, test } = prepareRun(rows, request, settings, first.model.tokenizer);
      const { maxLength } = settings;
      const store = createFeatureStore(database, now);
      // The texts of the test part too: what a run keeps is found by all that it read together.
      const all = [...data.texts, ...(test?.data.texts ?? [])];
      const ofFirst = [...data.tokenIds, ...(test?.data.tokenIds ?? [])];
      const tokenIds = readers.map((reader, i) => (i === 0 ? ofFirst : reader.encode(all, longest(reader, maxLength))));
      const rowsOf = alike(tokenIds[0] ?? [], data.texts.length);
      if (rowsOf.length > MAX_COMPARED) {
        throw new AppError(
          'plan-too-large',
          `${formatCount(rowsOf.length)} different texts are too many to compare; it goes up to ${formatCount(MAX_COMPARED)}.`,
        );
      }
      const missing = await Promise.all(readers.map((reader, i) => reader.missing(tokenIds[i] ?? [], store)));
      const left = Math.max(...missing);
      if (left > READ_UNASKED && !readAll) {
        for (const reader of readers) reader.dispose();
        return { kind: 'unread', texts: rowsOf.length, missing: left };
      }
      const encoded: EncodedRows[] = [];
      for (const [i, reader] of readers.entries()) {
        const read = await reader.read(tokenIds[i] ?? [], {
          signal,
          store,
          onTexts: (done, total) =>
            post({ type: 'nearest-progress', requestId, done: i * total + done, total: readers.length * total }),
        });
        encoded.push(read);
      }
      const trained = Int32Array.from(data.texts.keys());
      const centre = own ?? centreOf(recipe, encoded, trained);
      const firsts = Int32Array.from(rowsOf, (rows) => rows[0] ?? 0);
      const { values, columns } = recipeVectors(recipe, encoded, firsts, centre);
      return (this.#warm = {
        ...{ key, readers, recipe, centre, maxLength, rowsOf, data },
        vectors: denseMatrix(values, columns),
        asAnswered: weights.tuned.encoder.length === 0,
      });
    } catch (error) {
      for (const reader of readers) reader.dispose();
      throw error;
    }
  }

  #cool(): void {
    for (const reader of this.#warm?.readers ?? []) reader.dispose();
    this.#warm = null;
  }
}

/**
 * The vectors that a model goes by. `centre`: what they are relative to; null where that is found from the rows. Where
 * several recipes answer together, what all their encoders made of a text stands side by side.
 */
function vectorsOf({ encoder, head }: TrainedModel, modelId: string): { recipe: Recipe; centre: Float32Array | null } {
  const plain = { ...plainRecipe([modelId]), centred: true };
  if (encoder.length > 0 || !isOfRecipes(head)) return { recipe: plain, centre: null };
  const [only, ...others] = head.parts;
  if (only?.recipe.centred && others.length === 0) return { recipe: only.recipe, centre: only.centre };
  const layers = head.parts.some(({ recipe }) => recipe.layers === 3) ? 3 : 1;
  return { recipe: { ...plain, encoders: encodersOfHead(head), layers }, centre: null };
}

/** As a run cuts texts for an encoder beside its first. */
function longest({ model }: TextReader, maxLength: number): number {
  return Math.min(maxLength, model.manifest.card.maxTokens);
}

/** The first `count` rows by what is read of them: rows with the same tokens are one text. */
function alike(tokenIds: readonly Int32Array[], count: number): Int32Array[] {
  const found = new Map<string, number[]>();
  for (const [row, ids] of tokenIds.slice(0, count).entries()) {
    const key = ids.join();
    const rows = found.get(key);
    if (rows) rows.push(row);
    else found.set(key, [row]);
  }
  return Array.from(found.values(), (rows) => Int32Array.from(rows));
}

function tell(rows: Int32Array = new Int32Array(), data: Warm['data'], similarity: number, asked: string): NearRow {
  const { texts, lines, labels, labelIndices } = data;
  const counts = new Map<number, number>();
  for (const row of rows) counts.set(labelIndices[row] ?? 0, (counts.get(labelIndices[row] ?? 0) ?? 0) + 1);
  const [[label] = [0]] = [...counts].sort((a, b) => b[1] - a[1]);
  const very = rows.find((row) => texts[row]?.trim() === asked.trim());
  const shown = very ?? rows[0] ?? 0;
  return {
    line: lines[shown] ?? 0,
    text: texts[shown] ?? '',
    label: labels[label] ?? '',
    similarity: Math.max(-1, Math.min(1, similarity)),
    same: very !== undefined,
    copies: rows.length,
    labels: counts.size,
  };
}
