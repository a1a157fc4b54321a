/** README.md of a folder that is handed over: the commands, what is in it, which settings mean the same and which do not. */
import { fixed } from '../../words/numbers';
import type { HandOver } from './hand-over';
import { settingsElsewhere } from './settings-elsewhere';

/** `files`: what is in the folder, each with what it is for. */
export function readme(handed: HandOver, files: readonly (readonly [string, string])[]): string {
  const { trainer, run, base, settings } = handed;
  const { mapped, others } = settingsElsewhere(trainer.dialect, settings);
  const where =
    base.weights === null
      ? `Its weights are fetched by name: ${base.publicName ?? base.title}. Which revision the page’s were made of their files do not say; fill in «revision» in settings.json to pin one.`
      : `Its weights are in base/, as the page read them (${base.form}).`;
  const command = (text: string): string => `\n\`\`\`sh\n${text}\n\`\`\`\n`;
  return [
    `# ${run.name}, for ${trainer.title}\n`,
    'The same rows, folds and settings as the run in the browser.\n',
    `## One command on one machine\n${command(`pip install -r requirements.txt\n${trainer.command}`)}`,
    trainer.command === 'python train.py'
      ? 'That takes one GPU, however many there are. Several of one machine go by `torchrun --nproc-per-node 4 train.py`.\n'
      : '',
    `## One on a cluster\n${command(trainer.cluster)}`,
    trainer.id.endsWith('-ray')
      ? '`/shared/out` stands for a folder that all machines see: what a job writes elsewhere goes with it. Ray sends folders of up to 512 MiB along; a bigger one has to lie where all machines see it.\n'
      : '',
    trainer.dialect === 'script'
      ? 'When it has ended, drop `out/report.json` on the page: it stands beside the run from the browser then.\n'
      : `${trainer.title} writes no report that the page reads: what it saves is a PEFT adapter.\n`,
    `## What is in it\n\n${files.map(([name, what]) => `- \`${name}\`: ${what}.`).join('\n')}\n`,
    `## Settings that mean the same there\n\n| setting | value | there |\n| --- | --- | --- |\n${mapped
      .map(
        ({ label, value, as, note }) => `| ${label} | ${shown(value)} | \`${as}\`${note === null ? '' : `: ${note}`} |`,
      )
      .join('\n')}\n`,
    others.length === 0
      ? ''
      : `## Settings that do not\n\n${others.map(({ label, name, value, why }) => `- ${label} (\`${name}\`, ${shown(value)}): ${why}.`).join('\n')}\n`,
    'Values are computed in float32 in another order than in the browser: figures agree within the spread of seeds, not to the digit.\n',
    `## The base model\n\n${base.publicName ?? base.title}. ${where} SHA-256 of those weights: \`${base.sha256}\`. ` +
      `Licence: ${base.licence}; it goes along as LICENSE and NOTICE, and is to be passed on with what you make of it.\n`,
  ]
    .filter((part) => part !== '')
    .join('\n');
}

function shown(value: number | string | boolean): string {
  if (typeof value !== 'number') return String(value);
  return Number.isInteger(value)
    ? String(value)
    : value < 0.001
      ? value.toExponential()
      : fixed(value, 4).replace(/0+$/, '');
}
