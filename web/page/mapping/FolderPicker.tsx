import { useEffect, useState } from 'preact/hooks';
import { Button } from '../../ui/Button';
import { useTask } from '../../ui/useTask';
import { usePage } from '../context';
import type { Folder, List } from '../json';
import { splitPath } from '../words';
import { LoadStates } from './LoadStates';
import { useLoad } from './useLoad';

const TYPING_MS = 350;
/** A folder full of files yields empty pages; so many in a row are read without being asked. */
const EMPTY_PAGES = 4;

interface FolderPickerProps {
  readonly chosen: string | null;
  readonly onChoose: (path: string) => void;
}

export function FolderPicker({ chosen, onChoose }: FolderPickerProps) {
  const { api } = usePage();
  const [path, setPath] = useState('');
  const [typed, setTyped] = useState('');
  const query = useSettled(typed.trim());
  const [pages, setPages] = useState<{ key: string; items: Folder[]; nextCursor?: string | undefined }>();
  const key = JSON.stringify([path, query]);
  const load = useLoad(key, (signal) =>
    readFolders((search) => api.get(`api/dropbox/folders?${search}`, signal), { path, query }),
  );
  const list = pages?.key === key ? pages : load.value;
  const more = useTask();
  const readMore = () =>
    more.run(async () => {
      const next = await readFolders((search) => api.get(`api/dropbox/folders?${search}`), {
        path,
        query,
        cursor: list?.nextCursor,
      });
      setPages({ key, items: [...(list?.items ?? []), ...next.items], nextCursor: next.nextCursor });
    });
  const open = (next: string) => {
    setTyped('');
    setPath(next);
  };
  return (
    <>
      <label class="field">
        <span>Search folders{path === '' ? '' : ` in ${splitPath(path).name}`}</span>
        <input
          class="input"
          type="search"
          autocomplete="off"
          value={typed}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
      </label>
      <Crumbs path={path} onOpen={open} />
      <LoadStates load={load} what="the folders from Dropbox" />
      {list === null ? null : (
        <fieldset class="choices">
          <legend class="label">Folder in Dropbox</legend>
          {list.items.length === 0 && list.nextCursor === undefined ? (
            <p class="muted">
              {query === '' ? 'There is no folder in here.' : 'No folder below here has this in its name.'}
            </p>
          ) : null}
          {list.items.map((folder) => (
            <FolderChoice
              key={folder.id}
              folder={folder}
              where={query === '' ? null : splitPath(folder.path).folder}
              checked={chosen === folder.path}
              onChoose={() => onChoose(folder.path)}
              onOpen={() => open(folder.path)}
            />
          ))}
          {list.nextCursor === undefined ? null : (
            <Button kind="plain" busy={more.busy} onClick={() => void readMore()}>
              {query === '' ? 'Show more' : 'Search further'}
            </Button>
          )}
          {more.error === null ? null : <p role="alert">{more.error}</p>}
        </fieldset>
      )}
      {chosen === null ? null : (
        <p class="small">
          Chosen: <strong>{chosen}</strong>
        </p>
      )}
    </>
  );
}

interface FolderChoiceProps {
  readonly folder: Folder;
  /** Told where the list mixes folders of several places. */
  readonly where: string | null;
  readonly checked: boolean;
  readonly onChoose: () => void;
  readonly onOpen: () => void;
}

const FolderChoice = ({ folder, where, checked, onChoose, onOpen }: FolderChoiceProps) => (
  <div class="choice-row">
    <label class="choice">
      <input
        type="radio"
        name="folder"
        checked={checked}
        disabled={folder.syncId !== null}
        onChange={onChoose}
      />
      <span>
        {where === null ? null : <span class="muted">{where}</span>}
        {folder.name}
      </span>
      {folder.syncId === null ? null : <span class="small muted">Already synced</span>}
    </label>
    <Button kind="plain" label={`Open ${folder.name}`} onClick={onOpen}>
      Open
    </Button>
  </div>
);

function Crumbs({ path, onOpen }: { readonly path: string; readonly onOpen: (path: string) => void }) {
  const parts = path.split('/').filter((part) => part !== '');
  return (
    <nav aria-label="Place in Dropbox">
      <ol class="crumbs small">
        {['Dropbox', ...parts].map((name, index) => {
          const here = index === parts.length;
          const target = parts
            .slice(0, index)
            .map((part) => `/${part}`)
            .join('');
          return (
            <li key={target}>
              {here ? (
                <span aria-current="location">{name}</span>
              ) : (
                <Button kind="plain" onClick={() => onOpen(target)}>
                  {name}
                </Button>
              )}
            </li>
          );
        })}
      </ol>
    </nav>
  );
}

interface Wanted {
  readonly path: string;
  readonly query: string;
  readonly cursor?: string | undefined;
}

/** The next page that has a folder in it, or the last of those that were tried. */
async function readFolders(
  get: (search: URLSearchParams) => Promise<List<Folder>>,
  { path, query, cursor }: Wanted,
): Promise<List<Folder>> {
  let from = cursor;
  for (let tries = 1; ; tries += 1) {
    const search = new URLSearchParams({ path, query, cursor: from ?? '' });
    const page = await get(search);
    if (page.items.length > 0 || page.nextCursor === undefined || tries === EMPTY_PAGES) return page;
    from = page.nextCursor;
  }
}

/** What is typed, once the typing has stopped for a moment. */
function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), value === '' ? 0 : TYPING_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
