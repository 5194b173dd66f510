/*
 * What must hold when a machine is quiet: nothing was lost, nothing is left over.
 */
import { FLOW_COUNT } from '../pcie/tlp.ts';
import { LINK_COUNTER, LINK_COUNTER_COUNT } from '../pcie/counters.ts';
import { doubleAt } from '../sim/cells.ts';
import type { ConservationCheck } from './hardware.ts';
import type { Fabric } from './fabric/fabric.ts';

/** All checks, in a fixed order; `detail` says what is wrong or how much was checked. */
export function checkConservation(fabric: Fabric): readonly ConservationCheck[] {
  return [
    creditsReturned(fabric),
    tagsReturned(fabric),
    poolEmpty(fabric),
    queuesEmpty(fabric),
    payloadConserved(fabric),
  ];
}

function verdict(name: string, problems: readonly string[], good: string): ConservationCheck {
  return { name, ok: problems.length === 0, detail: problems.length === 0 ? good : problems.join('; ') };
}

function creditsReturned(fabric: Fabric): ConservationCheck {
  const problems = fabric.transmitters.flatMap((transmitter) => {
    const { header, data } = transmitter.credits.missing();
    return header === 0 && data === 0
      ? []
      : [`transmitter ${transmitter.index} misses ${header} header and ${data} data credits`];
  });
  return verdict(
    'credits returned',
    problems,
    `all credits of ${fabric.transmitters.length} transmitters are accounted for`,
  );
}

function tagsReturned(fabric: Fabric): ConservationCheck {
  const problems = fabric.ports.flatMap((port) =>
    port.outstandingReads === 0 ? [] : [`function ${port.functionIndex} waits for ${port.outstandingReads} reads`],
  );
  return verdict('tags returned', problems, `no reads are outstanding at ${fabric.ports.length} requesters`);
}

function poolEmpty(fabric: Fabric): ConservationCheck {
  const { inUse, made } = fabric.pool;
  return verdict(
    'no TLP left',
    inUse === 0 ? [] : [`${inUse} of ${made} TLPs are still under way`],
    `${made} TLPs were made and ended`,
  );
}

function queuesEmpty(fabric: Fabric): ConservationCheck {
  const problems = fabric.transmitters.flatMap(({ index, queues }) =>
    queues.waiting === 0 ? [] : [`${queues.waiting} TLPs wait at transmitter ${index}`],
  );
  return verdict('queues empty', problems, `nothing waits at ${fabric.transmitters.length} transmitters`);
}

function payloadConserved(fabric: Fabric): ConservationCheck {
  let total = 0;
  const problems = fabric.transmitters.flatMap(({ index, flight }) => {
    const { arrivedPayload, lostPayload } = flight;
    let sent = 0;
    for (let flow = 0; flow < FLOW_COUNT; flow++) {
      sent += doubleAt(fabric.journal.linkCounters, index * LINK_COUNTER_COUNT + LINK_COUNTER.payload + flow);
    }
    total += sent;
    return sent === arrivedPayload + lostPayload
      ? []
      : [
          `transmitter ${index} sent ${sent} payload bytes, ${arrivedPayload} arrived, ${lostPayload} were lost with a link`,
        ];
  });
  return verdict('payload in = out', problems, `${total} payload bytes left and arrived, summed over all links`);
}
