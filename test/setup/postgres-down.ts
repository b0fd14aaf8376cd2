import { releasePostgres } from './postgres';

export default releasePostgres;
