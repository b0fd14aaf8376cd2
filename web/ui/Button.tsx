import type { ComponentChildren } from 'preact';

interface ButtonProps {
  readonly children: ComponentChildren;
  readonly onClick: () => void;
  readonly kind?: 'primary' | 'danger' | 'plain';
  /** Its work is under way: it stays where it is and keeps the focus, and does nothing. */
  readonly busy?: boolean;
  readonly disabled?: boolean;
  /** Where its words alone don't say what it is about. */
  readonly label?: string;
  readonly describedBy?: string;
}

/** A disabled button keeps its focus and says so, instead of vanishing from under whoever has just pressed it. */
export function Button({ children, onClick, kind, busy, disabled, label, describedBy }: ButtonProps) {
  const off = busy === true || disabled === true;
  return (
    <button
      type="button"
      class={kind === undefined ? 'button' : `button ${kind}`}
      aria-disabled={off}
      aria-busy={busy === true}
      aria-label={label}
      aria-describedby={describedBy}
      onClick={() => {
        if (!off) onClick();
      }}
    >
      {busy === true ? <span class="spinner" aria-hidden="true" /> : null}
      {children}
    </button>
  );
}
