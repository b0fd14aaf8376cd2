import type { ComponentChildren } from 'preact';

interface NoticeProps {
  readonly tone: 'warn' | 'bad' | 'busy';
  readonly title?: string;
  readonly children?: ComponentChildren;
  /** Read out as soon as it appears: only for what a person has just caused. */
  readonly alert?: boolean;
}

export const Notice = ({ tone, title, children, alert }: NoticeProps) => (
  <div class={`notice ${tone}`} role={alert === true ? 'alert' : undefined}>
    {title === undefined ? null : <p class="title">{title}</p>}
    {children}
  </div>
);
