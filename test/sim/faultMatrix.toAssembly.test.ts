import { testOperationsFrom } from './faultTable';

testOperationsFrom('dropbox');
