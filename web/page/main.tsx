import { render } from 'preact';
import { App } from './App';
import { withoutToken } from './route';
import { SessionEnded } from './SessionEnded';

// The token lives in this variable alone: the address is shown, kept in histories and passed on.
const { token, address } = withoutToken(location.href);
history.replaceState(null, '', address);

const root = document.getElementById('app');
if (root !== null) render(token === null ? <SessionEnded /> : <App token={token} />, root);
