/**
 * What shoppers type into the shop of the first day, and what they should find: 3 is what they mean, 2 what they would
 * take as well, 1 what is near. Judged from the goods, not from what an engine finds.
 */
import type { Filters } from '../../domain/search.ts';

export type Kind = 'word' | 'words' | 'beginning' | 'form' | 'typo' | 'synonym' | 'filter';

export interface Judgement {
  readonly kind: Kind;
  readonly text: string;
  readonly filters?: Omit<Filters, 'text'>;
  /** Grade by SKU. */
  readonly relevant: Readonly<Record<string, 1 | 2 | 3>>;
}

const headphones = { 'AUD-HP-OPEN': 3, 'AUD-HP-ANC': 3 } as const;
const coffees = {
  'COF-YIRG-250': 3,
  'COF-HUILA-250': 3,
  'COF-ESPRESSO-1K': 3,
  'COF-DECAF-250': 3,
  'COF-GEISHA-100': 3,
} as const;
const backpack = { 'OUT-BACKPACK-38': 3 } as const;
const teas = { 'TEA-SENCHA-100': 3, 'TEA-MATCHA-030': 3 } as const;
const notebook = { 'STA-NOTE-A5': 3 } as const;
const earlGrey = { 'TEA-EARLGREY-125': 3 } as const;
const kettle = { 'COF-KETTLE-GN': 3 } as const;
const speakers = { 'AUD-SPK-SHELF': 3, 'AUD-SPK-PORT': 3 } as const;
const lamps = {
  'LGT-DESK-ARC': 3,
  'LGT-PEND-COP': 3,
  'LGT-FLOOR-TRI': 3,
  'LGT-PAPER-60': 3,
  'OUT-HEADLAMP': 1,
  'LGT-CLIP-RED': 1,
} as const;
const knives = {
  'KIT-KNIFE-CH21': 3,
  'KIT-KNIFE-PAR9': 3,
  'OUT-KNIFE-FOLD': 3,
} as const;

export const judgements: readonly Judgement[] = [
  { kind: 'word', text: 'sencha', relevant: { 'TEA-SENCHA-100': 3 } },
  { kind: 'word', text: 'espresso', relevant: { 'COF-ESPRESSO-1K': 3, 'COF-DECAF-250': 2 } },
  { kind: 'word', text: 'headphones', relevant: { ...headphones, 'AUD-DAC-USB': 2 } },
  { kind: 'word', text: 'lamp', relevant: lamps },
  { kind: 'word', text: 'knife', relevant: knives },
  { kind: 'word', text: 'tent', relevant: { 'OUT-TENT-2P': 3 } },
  { kind: 'word', text: 'turntable', relevant: { 'AUD-TURNTABLE': 3 } },
  { kind: 'word', text: 'sourdough', relevant: { 'BOK-BREAD-01': 3 } },
  { kind: 'word', text: 'merino', relevant: { 'TXT-BLANKET-MER': 3, 'OUT-SOCK-MER': 3 } },
  { kind: 'word', text: 'copper', relevant: { 'LGT-PEND-COP': 3, 'KIT-POT-CO24': 3, 'GRD-TROWEL-CU': 3 } },
  {
    kind: 'word',
    text: 'Nordhaus',
    relevant: { 'LGT-DESK-ARC': 3, 'LGT-PEND-COP': 3, 'LGT-FLOOR-TRI': 3, 'STA-DESK-MAT': 3 },
  },
  { kind: 'word', text: 'GRD-CAN-9L', relevant: { 'GRD-CAN-9L': 3 } },
  { kind: 'word', text: 'caffe bellavista', relevant: { 'COF-ESPRESSO-1K': 3 } },
  {
    kind: 'word',
    text: 'feldgrun',
    relevant: { 'GRD-SEED-MEAD': 3, 'GRD-SEED-TOM5': 3, 'GRD-GLOVE-GOA': 3 },
  },
  { kind: 'words', text: 'green tea', relevant: { ...teas, 'BOK-TEA-ATLAS': 1 } },
  { kind: 'words', text: 'desk lamp', relevant: { 'LGT-DESK-ARC': 3 } },
  { kind: 'words', text: 'noise cancelling headphones', relevant: { 'AUD-HP-ANC': 3 } },
  { kind: 'words', text: 'wireless speaker', relevant: { 'AUD-SPK-PORT': 3 } },
  { kind: 'words', text: 'dutch oven', relevant: { 'KIT-DUTCH-45': 3 } },
  { kind: 'words', text: '"sleeping bag"', relevant: { 'OUT-SLEEP-DN': 3 } },
  { kind: 'words', text: 'cutting board oak', relevant: { 'KIT-BOARD-OAK': 3 } },
  { kind: 'words', text: 'waterproof map', relevant: { 'OUT-MAP-ALPS': 3 } },
  { kind: 'words', text: 'coffee grinder', relevant: { 'COF-GRINDER-M1': 3 } },
  { kind: 'words', text: 'linen curtain', relevant: { 'TXT-CURTAIN-LIN': 3 } },
  { kind: 'words', text: 'light roast coffee', relevant: { 'COF-YIRG-250': 3, 'COF-GEISHA-100': 3 } },
  { kind: 'words', text: 'chef knife', relevant: { 'KIT-KNIFE-CH21': 3 } },
  { kind: 'words', text: 'the patient loaf', relevant: { 'BOK-BREAD-01': 3 } },
  { kind: 'words', text: 'black tea -chai', relevant: { 'TEA-DARJ-FF-100': 3, 'TEA-EARLGREY-125': 3 } },
  { kind: 'beginning', text: 'yirga', relevant: { 'COF-YIRG-250': 3 } },
  { kind: 'beginning', text: 'senc', relevant: { 'TEA-SENCHA-100': 3 } },
  { kind: 'beginning', text: 'turnt', relevant: { 'AUD-TURNTABLE': 3 } },
  { kind: 'beginning', text: 'ceramic drip', relevant: { 'COF-V60-02': 3 } },
  { kind: 'beginning', text: 'gooseneck ket', relevant: kettle },
  { kind: 'beginning', text: 'headph', relevant: { ...headphones, 'AUD-DAC-USB': 2 } },
  { kind: 'beginning', text: 'noteb', relevant: notebook },
  { kind: 'form', text: 'notebooks', relevant: notebook },
  { kind: 'form', text: 'knives', relevant: knives },
  { kind: 'form', text: 'lamps', relevant: lamps },
  { kind: 'form', text: 'backpacks', relevant: backpack },
  { kind: 'form', text: 'hiking sock', relevant: { 'OUT-SOCK-MER': 3 } },
  { kind: 'form', text: 'bookshelf speaker', relevant: { 'AUD-SPK-SHELF': 3 } },
  { kind: 'form', text: 'garden glove', relevant: { 'GRD-GLOVE-GOA': 3 } },
  { kind: 'form', text: 'tomato seed', relevant: { 'GRD-SEED-TOM5': 3 } },
  { kind: 'form', text: 'insulating bottles', relevant: { 'OUT-BOTTLE-1L': 3 } },
  { kind: 'typo', text: 'hedphones', relevant: { ...headphones, 'AUD-DAC-USB': 2 } },
  { kind: 'typo', text: 'sencah', relevant: { 'TEA-SENCHA-100': 3 } },
  { kind: 'typo', text: 'espreso', relevant: { 'COF-ESPRESSO-1K': 3, 'COF-DECAF-250': 2 } },
  { kind: 'typo', text: 'turtnable', relevant: { 'AUD-TURNTABLE': 3 } },
  { kind: 'typo', text: 'bacpack', relevant: backpack },
  { kind: 'typo', text: 'darjelling', relevant: { 'TEA-DARJ-FF-100': 3 } },
  { kind: 'typo', text: 'keetle', relevant: kettle },
  { kind: 'typo', text: 'notbook', relevant: notebook },
  { kind: 'typo', text: 'cuting bord', relevant: { 'KIT-BOARD-OAK': 3 } },
  { kind: 'typo', text: 'earl gray', relevant: earlGrey },
  { kind: 'typo', text: 'speekers', relevant: speakers },
  { kind: 'typo', text: 'hamock', relevant: { 'GRD-HAMMOCK': 3 } },
  { kind: 'synonym', text: 'record player', relevant: { 'AUD-TURNTABLE': 3 } },
  { kind: 'synonym', text: 'rucksack', relevant: { ...backpack, 'COF-AEROPRESS': 1 } },
  { kind: 'synonym', text: 'pruning shears', relevant: { 'GRD-SECATEUR': 3 } },
  { kind: 'synonym', text: 'frying pan', relevant: { 'KIT-PAN-CI28': 3, 'KIT-POT-CO24': 2 } },
  { kind: 'synonym', text: 'earphones', relevant: { 'AUD-EAR-MINI': 3, ...headphones } },
  { kind: 'synonym', text: 'notepad', relevant: notebook },
  { kind: 'synonym', text: 'carpet', relevant: { 'TXT-RUG-KILIM': 3 } },
  { kind: 'synonym', text: 'quilt cover', relevant: { 'TXT-DUVET-LIN': 3 } },
  { kind: 'synonym', text: 'head torch', relevant: { 'OUT-HEADLAMP': 3 } },
  { kind: 'synonym', text: 'casserole', relevant: { 'KIT-DUTCH-45': 3 } },
  { kind: 'synonym', text: 'cookbook', relevant: { 'BOK-BREAD-01': 3 } },
  { kind: 'synonym', text: 'pillow', relevant: { 'TXT-CUSHION-VEL': 3 } },
  {
    kind: 'filter',
    text: 'coffee',
    filters: { category: 'coffee' },
    relevant: { ...coffees, 'COF-AEROPRESS': 2, 'COF-GRINDER-M1': 1 },
  },
  { kind: 'filter', text: 'tea', filters: { category: 'books' }, relevant: { 'BOK-TEA-ATLAS': 3 } },
  {
    kind: 'filter',
    text: 'linen',
    filters: { brand: 'Maison Verdier' },
    relevant: { 'TXT-DUVET-LIN': 3, 'KIT-APRON-LIN': 3, 'TXT-TEATOWEL-3': 2 },
  },
  {
    kind: 'filter',
    text: 'lamp',
    filters: { maxPrice: 9_999 },
    relevant: { 'LGT-PAPER-60': 3, 'OUT-HEADLAMP': 2, 'LGT-CLIP-RED': 1 },
  },
  {
    kind: 'filter',
    text: 'knife',
    filters: { category: 'kitchen', minPrice: 5_000 },
    relevant: { 'KIT-KNIFE-CH21': 3 },
  },
  {
    kind: 'filter',
    text: 'seeds',
    filters: { category: 'garden' },
    relevant: { 'GRD-SEED-MEAD': 3, 'GRD-SEED-TOM5': 3 },
  },
  {
    kind: 'filter',
    text: 'gift',
    filters: { maxPrice: 2_500 },
    relevant: { 'TEA-EARLGREY-125': 3, 'STA-CARD-LETTER': 3 },
  },
  {
    kind: 'filter',
    text: 'wireless',
    filters: { inStock: true },
    relevant: { 'AUD-HP-ANC': 3, 'AUD-EAR-MINI': 3, 'AUD-SPK-PORT': 3 },
  },
];
