/** ACS control and capability bits (semantics reference, section 0 and 3). */
export const ACS_BITS = {
  sourceValidation: 0x01,
  translationBlocking: 0x02,
  p2pRequestRedirect: 0x04,
  p2pCompletionRedirect: 0x08,
  upstreamForwarding: 0x10,
  p2pEgressControl: 0x20,
  directTranslatedP2p: 0x40,
} as const;

export type AcsBitName = keyof typeof ACS_BITS;

/** Any one of these makes a function a redirector for the kernel (semantics reference D-4). */
export const ACS_REDIRECT_MASK =
  ACS_BITS.p2pRequestRedirect | ACS_BITS.p2pCompletionRedirect | ACS_BITS.p2pEgressControl;

/** What Linux sets when an IOMMU driver asks for ACS (semantics reference A-2). */
export const ACS_LINUX_MASK =
  ACS_BITS.sourceValidation |
  ACS_BITS.p2pRequestRedirect |
  ACS_BITS.p2pCompletionRedirect |
  ACS_BITS.upstreamForwarding;
