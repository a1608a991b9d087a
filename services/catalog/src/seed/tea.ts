import { listings } from './listing.ts';

export const tea = listings('tea', [
  {
    sku: 'TEA-SENCHA-100',
    name: 'Sencha Asatsuyu',
    brand: 'Kettle & Leaf',
    cents: 1_490,
    stock: 120,
    description:
      'Deep-steamed first-flush green tea from Kagoshima: bright green in the cup, sweet, with a hint of fresh peas.',
    tags: ['green tea', 'loose leaf', 'organic'],
    attributes: { origin: 'Kagoshima, Japan', weight: '100 g', brewing: '70 °C, 60 seconds' },
  },
  {
    sku: 'TEA-DARJ-FF-100',
    name: 'Darjeeling First Flush Margaret’s Hope',
    brand: 'Kettle & Leaf',
    cents: 1_890,
    stock: 64,
    description:
      'Picked in March on the southern slopes of Kurseong. Light, floral and muscatel; best without milk.',
    tags: ['black tea', 'loose leaf', 'first flush'],
    attributes: { origin: 'Darjeeling, India', weight: '100 g', brewing: '90 °C, 3 minutes' },
  },
  {
    sku: 'TEA-EARLGREY-125',
    name: 'Earl Grey with Calabrian Bergamot',
    brand: 'Harrow Tea Works',
    cents: 990,
    stock: 210,
    description:
      'Ceylon leaves scented with real bergamot oil and a few cornflower petals. The one for the afternoon.',
    tags: ['black tea', 'scented', 'gift'],
    attributes: { origin: 'Sri Lanka', weight: '125 g', brewing: '95 °C, 3 to 4 minutes' },
  },
  {
    sku: 'TEA-OOLONG-075',
    name: 'Milky Oolong Jin Xuan',
    brand: 'Kettle & Leaf',
    cents: 2_150,
    stock: 38,
    description:
      'Lightly oxidised mountain oolong, rolled by hand. Creamy and soft, good for four or five infusions.',
    tags: ['oolong', 'loose leaf'],
    attributes: { origin: 'Alishan, Taiwan', weight: '75 g', brewing: '85 °C, 90 seconds' },
  },
  {
    sku: 'TEA-MATCHA-030',
    name: 'Ceremonial Matcha Uji',
    brand: 'Murasaki',
    cents: 3_290,
    stock: 22,
    description:
      'Stone-ground shade-grown tencha from Uji. Whisks to a fine foam with an umami finish and no bitterness.',
    tags: ['green tea', 'matcha', 'ceremonial'],
    attributes: { origin: 'Uji, Japan', weight: '30 g', grade: 'ceremonial' },
  },
  {
    sku: 'TEA-ROOIBOS-150',
    name: 'Rooibos Vanilla',
    brand: 'Harrow Tea Works',
    cents: 790,
    stock: 180,
    description: 'Caffeine-free red bush with slivers of Madagascan vanilla. Pleasant with or without milk.',
    tags: ['herbal', 'caffeine-free'],
    attributes: { origin: 'Cederberg, South Africa', weight: '150 g' },
  },
  {
    sku: 'TEA-PEPPERMINT-80',
    name: 'Peppermint, Whole Leaf',
    brand: 'Harrow Tea Works',
    cents: 690,
    stock: 95,
    description: 'Unbroken peppermint leaves that keep their oil until the water meets them.',
    tags: ['herbal', 'caffeine-free', 'organic'],
    attributes: { origin: 'Franconia, Germany', weight: '80 g' },
  },
  {
    sku: 'TEA-PUERH-357',
    name: 'Aged Shou Pu-erh Cake 2012',
    brand: 'Murasaki',
    cents: 6_900,
    stock: 2,
    description:
      'A 357 g cake, stored dry for more than a decade. Dark, smooth and earthy, with notes of cocoa and damp wood.',
    tags: ['pu-erh', 'aged', 'rare'],
    attributes: { origin: 'Menghai, China', weight: '357 g', vintage: '2012' },
  },
  {
    sku: 'TEA-CHAI-200',
    name: 'Masala Chai, Whole Spices',
    brand: 'Harrow Tea Works',
    cents: 1_150,
    stock: 140,
    description:
      'Assam CTC with cracked cardamom, ginger, cinnamon and pepper. Simmer with milk, sweeten to taste.',
    tags: ['black tea', 'spiced'],
    attributes: { origin: 'Assam, India', weight: '200 g' },
  },
]);
