/** The short names that the command line has for encoders. */

const IDS = { minilm: 'all-MiniLM-L6-v2', e5: 'multilingual-e5-small' };

/** What a request calls it; throws for a name that is none. */
export function encoderOf(name) {
  if (name === 'auto' || name === 'both' || Object.values(IDS).includes(name)) return name;
  const id = IDS[name];
  if (id === undefined) throw new Error(`--encoder ${name}: expected minilm, e5, both or auto.`);
  return id;
}
