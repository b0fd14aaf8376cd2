import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { Button } from '../ui/Button';
import { Notice } from '../ui/Notice';
import { useTask } from '../ui/useTask';
import { DeedDialog, type DeedKind } from './DeedDialog';
import { type Entry, growTree, matchSides, nameOf, parentOf, type Side } from './model';
import { fileAddress, type Pair, putFile } from './sandboxApi';
import { Tree } from './Tree';

/** A larger tree begins with its folders closed. */
const MOST_OPEN = 60;

const TITLES = { dropbox: 'Dropbox', assembly: 'Assembly' } as const;

interface SidePanelProps {
  readonly side: Side;
  readonly pair: Pair;
  readonly own: readonly Entry[];
  readonly other: readonly Entry[];
  readonly fresh: ReadonlySet<string>;
  readonly onDone: () => void;
}

export function SidePanel({ side, pair, own, other, fresh, onDone }: SidePanelProps) {
  const titleId = useId();
  const [chosenId, setChosenId] = useState<string | null>(null);
  const [deed, setDeed] = useState<DeedKind | null>(null);
  // Decided once: folders must not fall shut because a file has come.
  const [openAtFirst] = useState(own.length <= MOST_OPEN);
  const task = useTask();
  const picker = useRef<HTMLInputElement>(null);
  const chosen = own.find(({ id }) => id === chosenId) ?? null;
  // What is chosen may go, on this side or because the other side's change has arrived.
  useEffect(() => {
    if (chosenId !== null && chosen === null) setChosenId(null);
  }, [chosenId, chosen]);
  const place = chosen === null ? '' : chosen.object === 'folder' ? chosen.path : parentOf(chosen.path);
  const upload = (files: FileList | null) =>
    task.run(async () => {
      for (const file of files ?? []) await putFile(pair, side, `${place}/${file.name}`, file);
      onDone();
    });
  return (
    <section class="card side" aria-labelledby={titleId}>
      <div class="row spread">
        <h2 id={titleId}>{TITLES[side]}</h2>
        <span class="small muted">{countWords(own)}</span>
      </div>
      <fieldset class="row tools" aria-label={`Add in ${TITLES[side]}`}>
        <Button onClick={() => setDeed('text')}>New file</Button>
        <Button onClick={() => setDeed('folder')}>New folder</Button>
        <Button busy={task.busy} onClick={() => picker.current?.click()}>
          Upload
        </Button>
        <input
          ref={picker}
          class="visually-hidden"
          type="file"
          multiple
          tabIndex={-1}
          aria-label={`Upload to ${TITLES[side]}`}
          onChange={(event) => {
            void upload(event.currentTarget.files);
            event.currentTarget.value = '';
          }}
        />
        <span class="small muted">into {place === '' ? 'the top folder' : place}</span>
      </fieldset>
      {task.error === null ? null : (
        <Notice tone="bad" alert>
          <p>{task.error}</p>
        </Notice>
      )}
      {own.length === 0 ? <p class="muted nothing">Nothing is here.</p> : null}
      <Tree
        label={`Files in ${TITLES[side]}`}
        branches={growTree(own)}
        matches={matchSides(own, other)}
        fresh={fresh}
        chosenId={chosenId}
        onChoose={setChosenId}
        openAtFirst={openAtFirst}
      />
      <fieldset class="row tools chosen" aria-label={`Change in ${TITLES[side]}`}>
        {chosen === null ? (
          <p class="small muted">Choose a file or folder to edit, rename, move or delete it.</p>
        ) : (
          <>
            <strong class="small">{nameOf(chosen.path)}</strong>
            {chosen.object === 'file' ? <Button onClick={() => setDeed('edit')}>Edit</Button> : null}
            <Button onClick={() => setDeed('rename')}>Rename</Button>
            <Button onClick={() => setDeed('move')}>Move</Button>
            <Button onClick={() => setDeed('delete')}>Delete</Button>
            {chosen.object === 'file' ? (
              <a class="small" href={fileAddress(pair, side, chosen.path)}>
                Download
              </a>
            ) : null}
          </>
        )}
      </fieldset>
      {deed === null ? null : (
        <DeedDialog
          kind={deed}
          side={side}
          sideTitle={TITLES[side]}
          pair={pair}
          place={place}
          chosen={chosen}
          folders={own.filter(({ object }) => object === 'folder').map(({ path }) => path)}
          onClose={() => setDeed(null)}
          onDone={() => {
            setDeed(null);
            onDone();
          }}
        />
      )}
    </section>
  );
}

function countWords(entries: readonly Entry[]): string {
  const folders = entries.filter(({ object }) => object === 'folder').length;
  const files = entries.length - folders;
  return `${files} ${files === 1 ? 'file' : 'files'}, ${folders} ${folders === 1 ? 'folder' : 'folders'}`;
}
