interface WorkflowLinkProps {
  /** Missing where the Web UI has no address, or there has been no workflow. */
  readonly url: string | undefined;
  readonly of: string;
}

/** Leads to the workflow of an item, for whoever looks after Cairn. */
export function WorkflowLink({ url, of }: WorkflowLinkProps) {
  return url === undefined ? null : (
    <a class="small" href={url} target="_blank" rel="noopener noreferrer">
      Workflow
      <span class="visually-hidden"> of {of}, in the Temporal Web UI, opens a new window</span>
    </a>
  );
}
