/** samples.json: the cards of the built-in data sets. */
import * as v from 'valibot';
import { AppError } from '../errors';

const schema = v.array(
  v.object({
    id: v.string(),
    title: v.string(),
    description: v.string(),
    /** File beside samples.json. */
    file: v.pipe(v.string(), v.regex(/^[\w-][\w.-]*$/)),
    task: v.picklist(['classification', 'generation']),
    rows: v.number(),
    /** Number of different labels; 0 for generation. */
    labels: v.number(),
    /** What is set otherwise than on `auto`, as typed, by the setting's key. */
    settings: v.optional(v.record(v.string(), v.string()), {}),
    /** One row of the set, for the card. */
    exampleInput: v.string(),
    exampleOutput: v.string(),
  }),
);

export type SampleCard = v.InferOutput<typeof schema>[number];

/** Reads the cards; throws `not-found` when the file is not what the app expects. */
export function parseSamples(json: unknown): SampleCard[] {
  const parsed = v.safeParse(schema, json);
  if (parsed.success) return parsed.output;
  const issue = parsed.issues[0];
  throw new AppError(
    'not-found',
    `samples.json cannot be used: ${v.getDotPath(issue) ?? 'the whole'}: ${issue.message}`,
  );
}
