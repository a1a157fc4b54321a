/** Faults of some files as a mutation run wants them: named, with their places, without those that are none. */
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';
import { instrument } from './instrument.mjs';
import { faultsOf } from './operators.mjs';

/** `sample`: only so many, drawn at random, the same each time. */
export function plant(root, paths, sample = Infinity) {
  const { options, program } = programOf(root, paths);
  const checker = program.getTypeChecker();
  const marks = JSON.parse(readFileSync(join(root, 'scripts/mutants/equivalent.json'), 'utf8'));
  const all = paths.flatMap((path) => named(root, program.getSourceFile(path), checker));
  const drawn = all.length <= sample ? all : draw(all, sample);
  const equivalent = drawn.flatMap((fault) => {
    const mark = marks.find(({ file, line, faults }) => {
      return file === fault.where && line === fault.code && (faults === 'any' || faults.includes(fault.name));
    });
    return mark ? [{ ...fault, why: mark.why }] : [];
  });
  const known = new Set(equivalent.map(({ key }) => key));
  const open = drawn.filter(({ key }) => !known.has(key));
  const valid = compiling(program, options, open);
  const faults = valid.map((fault, i) => ({ ...fault, id: i + 1 }));
  const texts = new Map(
    paths.map((path) => {
      const file = program.getSourceFile(path);
      return [
        path,
        instrument(
          file,
          faults.filter((fault) => fault.file === file),
        ),
      ];
    }),
  );
  return { faults, equivalent, invalid: open.length - valid.length, texts };
}

function named(root, file, checker) {
  const lines = file.text.split('\n');
  return faultsOf(file, checker).map((fault) => {
    const { line, character } = file.getLineAndCharacterOfPosition(fault.start);
    const was = short(file.text.slice(fault.start, fault.end));
    const name = `${was} → ${fault.kind === 'statement' ? 'nothing' : short(fault.text)}`;
    const where = relative(root, file.fileName);
    const key = `${where}:${fault.start}:${fault.end}:${fault.text}`;
    return { ...fault, file, where, line: line + 1, column: character + 1, code: lines[line].trim(), name, key };
  });
}

function short(text) {
  const line = text.replace(/\s+/g, ' ');
  return line.length > 70 ? `${line.slice(0, 69)}…` : line;
}

/** A program of the files and what they import, with the settings of their room. */
function programOf(root, paths) {
  const [room] = relative(join(root, 'src'), paths[0]).split('/');
  const config = join(root, 'src', room, 'tsconfig.json');
  const { config: json } = ts.readConfigFile(config, ts.sys.readFile);
  const strict = ts.parseJsonConfigFileContent({ ...json, include: [], files: [] }, ts.sys, dirname(config)).options;
  // What is not used any more is a fault like others.
  const options = { ...strict, noUnusedLocals: false, noUnusedParameters: false };
  const names = [...paths, join(root, 'src/core/env.d.ts')];
  return { options, program: ts.createProgram(names, options) };
}

/** Copies of files that one compiler looks at together: its beginning costs more than a hundred of them. */
const BATCH = 200;

/** The faults with which their file still passes the compiler; other files see only its types, which faults leave alone. */
function compiling(program, options, faults) {
  const valid = [];
  const real = ts.createCompilerHost(options);
  for (let from = 0; from < faults.length; from += BATCH) {
    const copies = new Map(
      faults.slice(from, from + BATCH).map((fault, i) => {
        const { file, start, end, text, kind } = fault;
        const faulty = `${file.text.slice(0, start)}${kind === 'statement' ? ';' : `(${text})`}${file.text.slice(end)}`;
        const name = file.fileName.replace(/\.ts$/, `.fault-${i}.ts`);
        return [name, { fault, copy: ts.createSourceFile(name, faulty, options.target, true) }];
      }),
    );
    const host = {
      ...real,
      fileExists: (name) => copies.has(name) || real.fileExists(name),
      getSourceFile: (name, ...rest) =>
        copies.get(name)?.copy ?? program.getSourceFile(name) ?? real.getSourceFile(name, ...rest),
    };
    const batch = ts.createProgram([...copies.keys(), ...program.getRootFileNames()], options, host);
    for (const { fault, copy } of copies.values()) {
      const wrong = batch.getSyntacticDiagnostics(copy).length + batch.getSemanticDiagnostics(copy).length;
      if (wrong === 0) valid.push(fault);
    }
  }
  return valid;
}

/** `count` of them by a generator of its own, so that a sample can be drawn again. */
function draw(faults, count) {
  let seed = 42;
  const random = () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 2 ** 32;
  };
  const left = [...faults];
  const drawn = Array.from({ length: count }, () => left.splice(Math.floor(random() * left.length), 1)[0]);
  return drawn.sort((a, b) => faults.indexOf(a) - faults.indexOf(b));
}
