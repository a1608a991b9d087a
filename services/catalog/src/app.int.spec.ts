import { runCatalogAlone } from './spec/running-catalog.ts';
import { catalogContract } from './spec/whole-catalog.contract.ts';

catalogContract('PostgreSQL', () => runCatalogAlone());
