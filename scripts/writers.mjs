/** The short names that the command line has for models that write answers, for methods, and for the rungs of a search. */

const IDS = { smollm2: 'SmolLM2-135M-Instruct' };

/** What a request calls the model; throws for a name that is none. */
export function writerOf(name) {
  if (Object.values(IDS).includes(name)) return name;
  const id = IDS[name];
  if (id === undefined) throw new Error(`--model ${name}: expected ${Object.keys(IDS).join(', ')}.`);
  return id;
}

/** The id of a method that has one name for both tasks. */
export function methodOf(name, task) {
  return name === 'adapter' && task === 'generation' ? 'generation-adapter' : name;
}

const RUNGS = { names: 'label_names', tfidf: 'tfidf_logistic_regression' };

/** The id of a rung of a search: a method's own, but for those that are none. */
export function rungOf(name) {
  return RUNGS[name.trim()] ?? name.trim();
}
