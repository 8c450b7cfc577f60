// The quick part of the hostile table (tests/hostile/run): each input gets the answer that it is due, and bystanders get every message, once and in order.

import assert from 'node:assert/strict';
import { House } from '../hostile/house.mjs';
import { inputs, wrong_with } from '../hostile/inputs/all.mjs';
import { scenario } from './support/stage.mjs';

const quick = inputs.filter(({ ci }) => ci);

for (const kind of new Set(quick.map(({ house }) => house))) {
  scenario(`what nobody should send is answered as it should be, and bystanders notice nothing: the ${kind} house`, async (s) => {
    const house = await House.start(kind, { bystanders: 5 });
    s.at_end(() => house.clear());
    const wrong = [];
    await house.ask('begin');
    for (const input of quick.filter((each) => each.house === kind)) {
      const answer = await input.run(house, { share: 1 });
      wrong.push(...wrong_with(input, { answer, seconds: 0 }).map((text) => `${input.part}: ${input.name}: ${text}`));
    }
    const seen = await house.ask('end');
    const noticed = [...wrong, ...seen.faults];
    assert.ok(noticed.length === 0, noticed.join('; '));
    assert.ok(seen.accepted > 0 && house.alive());
    await house.settle();
  });
}
