export { startTwoSides, type TwoSides } from './server';
