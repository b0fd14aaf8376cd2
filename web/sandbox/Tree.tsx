import { useState } from 'preact/hooks';
import type { Branch, Match } from './model';

interface TreeProps {
  readonly label: string;
  readonly branches: readonly Branch[];
  readonly matches: ReadonlyMap<string, Match>;
  readonly fresh: ReadonlySet<string>;
  readonly chosenId: string | null;
  readonly onChoose: (id: string) => void;
}

const MATCH_WORDS: Readonly<Record<Exclude<Match, 'same'>, string>> = {
  alone: 'only here',
  differs: 'differs',
};

/** Nested lists: what is inside what is told by their nesting, and each entry is a button. */
export function Tree({ label, branches, ...rest }: TreeProps) {
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const toggle = (id: string) => {
    const next = new Set(closed);
    if (!next.delete(id)) next.add(id);
    setClosed(next);
  };
  return (
    <nav class="tree" aria-label={label}>
      <Branches branches={branches} closed={closed} onToggle={toggle} {...rest} />
    </nav>
  );
}

interface BranchesProps extends Omit<TreeProps, 'label'> {
  readonly closed: ReadonlySet<string>;
  readonly onToggle: (id: string) => void;
}

function Branches(props: BranchesProps) {
  const { branches, matches, fresh, chosenId, onChoose, closed, onToggle } = props;
  return (
    <ul>
      {branches.map(({ entry, name, children }) => {
        const match = matches.get(entry.id) ?? 'same';
        const open = !closed.has(entry.id);
        return (
          <li key={entry.id}>
            <div class={fresh.has(entry.id) ? 'leaf fresh' : 'leaf'}>
              {entry.object === 'folder' ? (
                <button
                  type="button"
                  class="twist"
                  aria-expanded={open}
                  aria-label={`What is in ${name}`}
                  onClick={() => onToggle(entry.id)}
                >
                  {open ? '▾' : '▸'}
                </button>
              ) : (
                <span class="twist" aria-hidden="true" />
              )}
              <button
                type="button"
                class="entry"
                aria-pressed={chosenId === entry.id}
                onClick={() => onChoose(entry.id)}
              >
                <span class={`kind ${entry.object}`} aria-hidden="true" />
                {name}
                {entry.object === 'folder' ? <span class="visually-hidden"> folder</span> : null}
              </button>
              {match === 'same' ? null : <span class="small tag">{MATCH_WORDS[match]}</span>}
            </div>
            {children.length > 0 && open ? <Branches {...props} branches={children} /> : null}
          </li>
        );
      })}
    </ul>
  );
}
