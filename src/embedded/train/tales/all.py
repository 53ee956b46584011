"""From the corpora to every weight that ships: python all.py CORPORA WORK

Steps run one after another, each in a process of its own; one whose result is there is skipped, and an interrupted run of
language_model.py goes on where it was. WORK/out then holds what belongs into src/embedded, WORK/log.txt what was
measured. About four hours on two cores.
"""
import pathlib, subprocess, sys

HERE = pathlib.Path(__file__).parent
TALES = HERE.parent.parent / 'tales'

def main():
  corpora, work = map(pathlib.Path, sys.argv[1:3])
  out = work / 'out'; out.mkdir(parents=True, exist_ok=True)
  def run(script, *arguments):
    print('>', script, *arguments, flush=True)
    with open(work / 'log.txt', 'a') as log:
      process = subprocess.Popen([sys.executable, HERE / script, *map(str, arguments)], stdout=subprocess.PIPE, text=True)
      for line in process.stdout: print(line, end='', flush=True); log.write(line); log.flush()
    if process.wait() != 0: sys.exit(f'{script} failed')
  def train(name, stream, *arguments):
    if not (work / name / 'model.safetensors').exists(): run('language_model.py', work / f'streams/{stream}.u16', work / name, *arguments)
  if not (work / 'streams/balanced.u16').exists(): run('streams.py', corpora, work / 'streams', TALES)
  train('first', 'natural', '--shape', TALES, '--steps', 2800)
  train('base', 'balanced', '--start', work / 'first', '--steps', 1900, '--rate', 0.5)
  train('first-draft', 'natural', '--shape', TALES / 'draft', '--teacher', work / 'first', '--steps', 1500, '--short', 1)
  train('draft', 'balanced', '--start', work / 'first-draft', '--teacher', work / 'base', '--steps', 1600, '--rate', 0.5, '--short', 1)
  run('half.py', work, TALES)
  run('evaluate.py', work / 'streams', work / 'trunks/base', work / 'trunks/draft')
  run('lora.py', corpora, work / 'trunks/base', out / 'adapters')
  run('heads.py', corpora, work / 'trunks', out)
  run('judges.py', corpora, work / 'trunks/base', out)
  run('obedience.py', corpora, work / 'trunks/base', out / 'style-judge')

main()
