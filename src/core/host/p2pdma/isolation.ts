/*
 * The second layer for one pair: which IOMMU groups both are in, and whether that says what it seems to say.
 */
import { at } from '../../../base/invariant.ts';
import type { IsolationAnswer } from '../../pcie/verdict.ts';
import { groupOf } from '../iommu/groups.ts';
import type { IommuGroups } from '../iommu/groups.ts';
import { inaccuraciesOf } from '../iommu/inaccuracies.ts';
import type { ViewNames } from './names.ts';

/** @param groups as the kernel formed them at boot: later changes of ACS do not regroup. */
export function isolationOf(
  names: ViewNames,
  groups: IommuGroups,
  pair: { readonly provider: number; readonly client: number },
): IsolationAnswer {
  const idsOf = (members: readonly number[]): readonly string[] =>
    members.map((index) => at(names.functions, index).id);
  const provider = groupOf(groups, pair.provider);
  const client = groupOf(groups, pair.client);
  const sameGroup = groups.active && provider.length > 0 && provider === client;
  const inaccuracies = sameGroup ? [] : inaccuraciesOf(groups.inaccuracies, pair);
  return {
    active: groups.active,
    providerGroup: idsOf(provider),
    clientGroup: idsOf(client),
    sameGroup,
    inaccuracies: inaccuracies.map(({ rule, sentence }) => ({ rule, sentence })),
    sentence: sentenceOf(names, { active: groups.active, provider, client, sameGroup, ...pairOf(pair) }),
  };
}

function pairOf(pair: { readonly provider: number; readonly client: number }) {
  return { providerIndex: pair.provider, clientIndex: pair.client };
}

function sentenceOf(
  names: ViewNames,
  found: {
    readonly active: boolean;
    readonly provider: readonly number[];
    readonly client: readonly number[];
    readonly sameGroup: boolean;
    readonly providerIndex: number;
    readonly clientIndex: number;
  },
): string {
  const provider = at(names.functions, found.providerIndex).name;
  const client = at(names.functions, found.clientIndex).name;
  if (!found.active) return 'No IOMMU is active, so there are no groups: nothing keeps devices apart.';
  const outside = found.provider.length === 0 ? provider : found.client.length === 0 ? client : undefined;
  if (outside !== undefined) return `${outside} is in no group: the IOMMU does not take it.`;
  if (found.sameGroup) {
    const others = found.provider.length;
    return `${client} and ${provider} are in one IOMMU group of ${others} functions: the kernel cannot keep them apart.`;
  }
  return `${client} and ${provider} are in different IOMMU groups: the kernel takes them as isolated from each other.`;
}
