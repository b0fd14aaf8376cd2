import { useEffect, useState } from 'preact/hooks';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { Notice } from '../ui/Notice';
import { useTask } from '../ui/useTask';
import { type Entry, nameOf, nameProblem, parentOf, type Side } from './model';
import { act, type Pair, putFile, readFile } from './sandboxApi';

export type DeedKind = 'text' | 'folder' | 'edit' | 'rename' | 'move' | 'delete';

interface DeedDialogProps {
  readonly kind: DeedKind;
  readonly side: Side;
  readonly sideTitle: string;
  readonly pair: Pair;
  /** The folder that new things go into. */
  readonly place: string;
  readonly chosen: Entry | null;
  readonly folders: readonly string[];
  readonly onClose: () => void;
  readonly onDone: () => void;
}

const ACTIONS: Readonly<Record<DeedKind, string>> = {
  text: 'Add the file',
  folder: 'Add the folder',
  edit: 'Save',
  rename: 'Rename',
  move: 'Move',
  delete: 'Delete',
};

/** More than this is no text that a person edits in a box. */
const MAX_EDITED = 256 * 1024;

/** One thing that a person does on one side. */
export function DeedDialog(props: DeedDialogProps) {
  const { kind, side, sideTitle, pair, place, chosen, folders, onClose, onDone } = props;
  // What was chosen when the dialog opened: the tree goes on living behind it.
  const [subject] = useState(chosen);
  const [name, setName] = useState(kind === 'rename' && subject !== null ? nameOf(subject.path) : '');
  const [text, setText] = useState(kind === 'edit' ? null : '');
  const [target, setTarget] = useState(subject === null ? '' : parentOf(subject.path));
  const task = useTask();
  const reading = useTask();
  useEffect(() => {
    if (kind !== 'edit' || subject === null) return;
    void reading.run(async () => {
      const content = await readFile(pair, side, subject.path);
      if (content.size > MAX_EDITED)
        throw new Error('This file is too large to edit here. Upload a new one instead.');
      setText(await content.text());
    });
  }, []);
  const needsName = kind === 'text' || kind === 'folder' || kind === 'rename';
  const submit = () =>
    task.run(async () => {
      const problem = needsName ? nameProblem(name) : null;
      if (problem !== null) throw new Error(problem);
      await carryOut(props, subject, { name: name.trim(), text: text ?? '', target });
      onDone();
    });
  return (
    <Dialog
      title={titleOf(kind, subject, sideTitle)}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            kind={kind === 'delete' ? 'danger' : 'primary'}
            busy={task.busy}
            disabled={kind === 'edit' && text === null}
            onClick={() => void submit()}
          >
            {ACTIONS[kind]}
          </Button>
        </>
      }
    >
      {needsName ? (
        <label class="field">
          <span>Name</span>
          <input
            class="input"
            autocomplete="off"
            value={name}
            onInput={(event) => setName(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key === 'Enter') void submit();
            }}
          />
        </label>
      ) : null}
      {kind === 'text' || kind === 'edit' ? (
        <label class="field">
          <span>Content</span>
          <textarea
            class="input"
            rows={8}
            value={text ?? ''}
            disabled={text === null}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
      ) : null}
      {kind === 'text' || kind === 'folder' ? (
        <p class="small muted">It goes into {place === '' ? 'the top folder' : place}.</p>
      ) : null}
      {kind === 'move' ? (
        <label class="field">
          <span>Into</span>
          <select class="select" value={target} onChange={(event) => setTarget(event.currentTarget.value)}>
            <option value="">The top</option>
            {folders
              .filter((path) => path !== subject?.path && !path.startsWith(`${subject?.path}/`))
              .map((path) => (
                <option key={path} value={path}>
                  {path}
                </option>
              ))}
          </select>
        </label>
      ) : null}
      {kind === 'delete' ? <p>It is deleted in {sideTitle}, and then on the other side too.</p> : null}
      {[task.error, reading.error].map((error) =>
        error === null ? null : (
          <Notice key={error} tone="bad" title="This did not work" alert>
            <p>{error}</p>
          </Notice>
        ),
      )}
    </Dialog>
  );
}

function titleOf(kind: DeedKind, subject: Entry | null, side: string): string {
  const name = subject === null ? '' : nameOf(subject.path);
  switch (kind) {
    case 'text':
      return `New file in ${side}`;
    case 'folder':
      return `New folder in ${side}`;
    case 'edit':
      return `Edit ${name} in ${side}`;
    case 'rename':
      return `Rename ${name} in ${side}`;
    case 'move':
      return `Move ${name} in ${side}`;
    case 'delete':
      return `Delete ${name} in ${side}?`;
  }
}

interface Given {
  readonly name: string;
  readonly text: string;
  readonly target: string;
}

async function carryOut(
  { kind, side, pair, place }: DeedDialogProps,
  subject: Entry | null,
  { name, text, target }: Given,
): Promise<void> {
  if (kind === 'text') return putFile(pair, side, `${place}/${name}`, text);
  if (kind === 'folder') return act(pair, side, { do: 'folder', path: `${place}/${name}` });
  if (subject === null) return;
  const { path } = subject;
  switch (kind) {
    case 'edit':
      return putFile(pair, side, path, text);
    case 'rename':
      return act(pair, side, { do: 'move', path, to: `${parentOf(path)}/${name}` });
    case 'move':
      return act(pair, side, { do: 'move', path, to: `${target}/${nameOf(path)}` });
    case 'delete':
      return act(pair, side, { do: 'delete', path });
  }
}
