/** Only Assembly can open the page again: it mints the token. */
export const SessionEnded = () => (
  <main class="page">
    <div class="card empty" role="alert">
      <h1 tabIndex={-1}>Please open this again from Assembly</h1>
      <p>Your session here has ended. Nothing is lost, and syncing goes on without this page.</p>
      <p>Go back to your Assembly dashboard and open the app there once more.</p>
    </div>
  </main>
);
