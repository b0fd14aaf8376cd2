import { testOperationsFrom } from './faultTable';

testOperationsFrom('assembly');
