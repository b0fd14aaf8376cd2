import { render } from 'preact';
import { BothSides } from './BothSides';

const root = document.getElementById('app');
if (root !== null) render(<BothSides />, root);
