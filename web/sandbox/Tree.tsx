import { useState } from 'preact/hooks';
import { type Branch, type Match, within } from './model';

interface TreeProps {
  readonly label: string;
  readonly branches: readonly Branch[];
  readonly matches: ReadonlyMap<string, Match>;
  readonly fresh: ReadonlySet<string>;
  readonly chosenId: string | null;
  readonly onChoose: (id: string) => void;
  /** Whether folders are open that nobody has touched. */
  readonly openAtFirst: boolean;
}

/** Nested lists: what is inside what is told by their nesting, and each entry is a button. */
export function Tree({ label, branches, openAtFirst, ...rest }: TreeProps) {
  const [turned, setTurned] = useState<ReadonlySet<string>>(new Set());
  const toggle = (id: string) => {
    const next = new Set(turned);
    if (!next.delete(id)) next.add(id);
    setTurned(next);
  };
  return (
    <nav class="tree" aria-label={label}>
      <Branches
        branches={branches}
        isOpen={(id) => turned.has(id) !== openAtFirst}
        onToggle={toggle}
        {...rest}
      />
    </nav>
  );
}

interface BranchesProps extends Omit<TreeProps, 'label' | 'openAtFirst'> {
  readonly isOpen: (id: string) => boolean;
  readonly onToggle: (id: string) => void;
}

function Branches(props: BranchesProps) {
  return (
    <ul>
      {props.branches.map((branch) => (
        <Leaf key={branch.entry.id} branch={branch} {...props} />
      ))}
    </ul>
  );
}

function Leaf({ branch, ...props }: BranchesProps & { readonly branch: Branch }) {
  const { matches, fresh, chosenId, onChoose, isOpen, onToggle } = props;
  const { entry, name, children } = branch;
  const open = isOpen(entry.id);
  // A closed folder stands for what is in it.
  const told = open ? [entry.id] : within(branch);
  const unlike = told.filter((id) => matches.get(id) !== 'same').length;
  return (
    <li>
      <div class={told.some((id) => fresh.has(id)) ? 'leaf fresh' : 'leaf'}>
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
        {unlike === 0 ? null : (
          <span class="small tag">{tagOf(matches.get(entry.id) ?? 'same', unlike)}</span>
        )}
      </div>
      {children.length > 0 && open ? <Branches {...props} branches={children} /> : null}
    </li>
  );
}

function tagOf(match: Match, unlike: number): string {
  if (match === 'alone') return 'only here';
  if (match === 'differs') return 'differs';
  return unlike === 1 ? '1 difference in it' : `${unlike} differences in it`;
}
