import { acquirePostgres } from './postgres';

export default acquirePostgres;
